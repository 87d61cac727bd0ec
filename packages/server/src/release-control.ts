import type { Logger } from 'pino'
import { addAuditRoutes } from './audit/index.ts'
import type { BackgroundWork } from './background.ts'
import type { Db, Notifications } from './db/index.ts'
import type { ExposureService } from './exposure/index.ts'
import {
  addEvidenceRoutes,
  confirmExposures,
  readStopEvidence,
  runDueTicks,
  type GateDeps,
  type ReadMetric,
} from './gates/index.ts'
import type { Api } from './http/index.ts'
import { addIncidentRoutes, createIncidents } from './incidents/index.ts'
import { addLessonRoutes, createLessons, type LessonService } from './lessons/index.ts'
import { addModelRoutes, createModelStore, requireVersion, type ModelStore } from './model/index.ts'
import { addReleaseRoutes, createReleases, type ReleaseService } from './releases/index.ts'
import { addSightRoutes, createSight } from './sight/index.ts'
import type { SignalsService } from './signals/index.ts'
import { createSend, deliverDueNotices, pruneNotices, type CreateNotifier } from './work/index.ts'

export interface ReleaseControlOptions {
  readonly db: Db
  readonly now: () => number
  readonly random: () => number
  readonly notifications: Notifications
  readonly log: Logger
  readonly exposure: ExposureService
  readonly signals: Pick<SignalsService, 'takePendingCells' | 'lastHeard' | 'forgetRelease'>
  readonly readMetric: ReadMetric
  readonly createNotifier: CreateNotifier
  /** Of this Headgate; written into what it exports. */
  readonly version: string
  /** Called at the steps of transitions and ticks. For tests that end the process there. */
  readonly hooks?: Pick<GateDeps, 'reached' | 'reachedInTick'>
}

/** Model, releases, gates, incidents, audit and outbox, wired to each other and to the planes beside them. */
export interface ReleaseControl {
  readonly releases: ReleaseService
  readonly lessons: LessonService
  readonly models: ModelStore
  readonly background: readonly BackgroundWork[]
  addRoutes(api: Api): void
}

/**
 * @example
 * const control = createReleaseControl({
 *   db, now, random: Math.random, notifications, log, exposure, signals,
 *   version,
 *   readMetric: ({ kind, options }, query, signal) => createMetricSource(kind, options, deps).read(query, signal),
 *   createNotifier: (kind, options) => createNotifier(kind, options, deps),
 * })
 * control.addRoutes(api)
 * startBackground([...control.background], ...)
 */
export function createReleaseControl(options: ReleaseControlOptions): ReleaseControl {
  const { db, now, notifications, exposure, signals } = options
  const models = createModelStore()
  const deps: GateDeps = {
    db,
    now,
    models,
    exposure,
    forgetSignals: (tx, release) => signals.forgetRelease(tx, release),
    stopEvidence: (tx, release) => readStopEvidence(tx, models, release),
    takePendingCells: (tx, release) => signals.takePendingCells(tx, release),
    lastHeard: (tx) => signals.lastHeard(tx),
    readMetric: options.readMetric,
    ...options.hooks,
  }
  const releases = createReleases(deps, notifications)
  exposure.onLocalStop((report) => releases.commands.stopLocally(report))
  const model = async () => requireVersion(await models.latest(db)).model
  const incidents = createIncidents({ db, now, model })
  const lessons = createLessons(deps)
  return {
    releases,
    lessons,
    models,
    background: [...releaseWork(deps, releases), ...outboxWork(options, models)],
    addRoutes(api) {
      addModelRoutes(api, { db, models, apply: (files, by) => releases.applyModel(files, by) })
      addReleaseRoutes(api, releases)
      addIncidentRoutes(api, incidents)
      addLessonRoutes(api, lessons)
      addAuditRoutes(api, db)
      addSightRoutes(api, createSight({ db, now, models }))
      addEvidenceRoutes(api, { db, models, version: options.version })
    },
  }
}

function releaseWork(deps: GateDeps, releases: ReleaseService): readonly BackgroundWork[] {
  return [
    { name: 'ticks', everyMs: 200, round: (signal) => runDueTicks(deps, signal) },
    { name: 'confirmations', everyMs: 500, wakeOn: ['gateway'], round: () => confirmExposures(deps) },
    {
      name: 'lease renewal',
      everyMs: 500,
      round: async () => void (await deps.exposure.renewSnapshot((tx) => releases.readExposures(tx))),
    },
  ]
}

const sentNoticesKeptMs = 30 * 24 * 60 * 60_000

function outboxWork(options: ReleaseControlOptions, models: ModelStore): readonly BackgroundWork[] {
  const { db, now, random, log, createNotifier } = options
  const outbox = {
    db,
    now,
    random,
    send: createSend({ model: async () => (await models.latest(db))?.model, createNotifier }),
    onFailure: (notice: { id: string }, error: unknown, dead: boolean): void =>
      log[dead ? 'error' : 'warn']({ err: error, notice: notice.id }, dead ? 'gave a notice up' : 'a notice failed'),
  }
  return [
    {
      name: 'outbox',
      everyMs: 1_000,
      wakeOn: ['outbox'],
      round: async (signal) => (await deliverDueNotices(outbox, signal)) > 0,
    },
    { name: 'prune outbox', everyMs: 3_600_000, round: () => pruneNotices(db, new Date(now() - sentNoticesKeptMs)) },
  ]
}
