import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Notice, Reading } from '@headgate/core/ports'
import type { ReleaseView, VerificationView } from '@headgate/protocol/api'
import { parseSnapshotPayload } from '@headgate/protocol/snapshot'
import { createTestDatabase, fakeClock, type FakeClock, type TestDatabase } from '@headgate/testkit'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { verifyRelease } from '../audit/index.ts'
import { listenForNotifications, type Notifications } from '../db/index.ts'
import { createExposure, latestSnapshot, loadKeys, type ExposureService } from '../exposure/index.ts'
import type { Principal } from '../http/index.ts'
import { createReleaseControl, type ReleaseControl, type ReleaseControlOptions } from '../release-control.ts'
import { createSignals, signalsMetrics } from '../signals/index.ts'
import { releaseFiles, type ReleaseFiles } from './release-files.ts'

/** One control plane on a database of its own, with a clock, a metric and gateways that do as they are told. */
export interface ReleaseRig {
  readonly database: TestDatabase
  readonly clock: FakeClock
  readonly control: ReleaseControl
  readonly exposure: ExposureService
  readonly sent: readonly Notice[]
  /** What the metric source answers; undefined = it does not. */
  metric: number | undefined
  apply(changes?: ReleaseFiles): Promise<void>
  view(id?: string): Promise<ReleaseView>
  /** Every gateway that was ever named obeys the newest snapshot. */
  acknowledge(gateway?: string): Promise<void>
  /** Runs all background work that is due, once. */
  work(): Promise<void>
  /** Advances second by second, with gateways that obey and everything due done in between. */
  pass(seconds: number): Promise<void>
  exposures(): Promise<
    readonly { readonly release: string; readonly mode: string; readonly visitorBasisPoints: number }[]
  >
  verify(id?: string): Promise<VerificationView>
  /** A second process of the same control plane. */
  another(hooks?: ReleaseControlOptions['hooks']): Promise<ReleaseControl>
  close(): Promise<void>
}

export function principal(name: string): Principal {
  return { name, tokenId: 'token', scopes: ['act', 'admin'] }
}

const machine: Principal = { name: 'gateways', tokenId: 'token', scopes: ['gateway'] }
const source = '0190c5a1-0000-7000-8000-000000000001'

export async function createReleaseRig(): Promise<ReleaseRig> {
  const folder = mkdtempSync(path.join(tmpdir(), 'headgate-releases-'))
  const database = await createTestDatabase({ maxConnections: 30 })
  const world: World = { folder, database, clock: fakeClock(), sent: [], metric: 1, closers: [] }
  const { control, exposure } = await openControl(world)
  const acknowledge = createAcknowledge(world, exposure)
  const work = () => workOnce(control)
  return {
    database,
    clock: world.clock,
    control,
    exposure,
    sent: world.sent,
    get metric() {
      return world.metric
    },
    set metric(value) {
      world.metric = value
    },
    async apply(changes) {
      await control.releases.applyModel(releaseFiles(changes), principal('admin@example.com'))
    },
    view: (id = 'next') => control.releases.view(id),
    acknowledge,
    work,
    async pass(seconds) {
      for (let second = 0; second < seconds; second += 1) {
        world.clock.advance(1_000)
        await acknowledge()
        await work()
      }
    },
    async exposures() {
      const stored = await latestSnapshot(database.db)
      return stored === undefined ? [] : parseSnapshotPayload(stored.payload).exposures
    },
    verify: (id = 'next') => verifyRelease(database.db, id),
    another: async (hooks) => (await openControl(world, hooks)).control,
    async close() {
      for (const close of world.closers) await close()
      await database.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface World {
  readonly folder: string
  readonly database: TestDatabase
  readonly clock: FakeClock
  readonly sent: Notice[]
  metric: number | undefined
  readonly closers: (() => Promise<void>)[]
}

async function openControl(
  world: World,
  hooks?: ReleaseControlOptions['hooks'],
): Promise<{ readonly control: ReleaseControl; readonly exposure: ExposureService }> {
  const { database, clock, sent } = world
  const notifications = listenForNotifications(database.connection)
  const exposure = await openExposure(world, notifications)
  world.closers.push(async () => {
    await exposure.close()
    await notifications.close()
  })
  const control = createReleaseControl({
    db: database.db,
    now: clock.now,
    random: () => 0,
    notifications,
    exposure,
    signals: openSignals(world, exposure),
    log: pino({ level: 'silent' }),
    readMetric: () => Promise.resolve(readingOf(world)),
    createNotifier: (kind) => ({
      send: async (notice) => void sent.push({ ...notice, topic: `${kind} ${notice.topic}` }),
    }),
    ...(hooks && { hooks }),
  })
  return { control, exposure }
}

function readingOf({ metric, clock }: World): Reading {
  return metric === undefined
    ? { kind: 'missing', reason: 'the source is down' }
    : { kind: 'value', value: metric, at: clock.now() }
}

/** Every round of every kind of work, again while it says that there is more. */
export async function workOnce(control: ReleaseControl): Promise<void> {
  const never = new AbortController().signal
  for (const { round } of control.background) while ((await round(never)) === true) continue
}

function createAcknowledge({ database, clock }: World, exposure: ExposureService): ReleaseRig['acknowledge'] {
  const gateways = new Set<string>()
  return async (gateway) => {
    if (gateway !== undefined) gateways.add(gateway)
    const version = (await latestSnapshot(database.db))?.version ?? 0
    for (const name of gateways) {
      await exposure.acknowledge({ gateway: name, source, version, appliedAt: clock.now() }, machine)
    }
  }
}

async function openExposure(
  { database, clock, folder }: World,
  notifications: Notifications,
): Promise<ExposureService> {
  const { db } = database
  const keys = loadKeys({ dataDir: folder })
  const exposure = createExposure({ db, now: clock.now, notifications, keys, gatewaySilentAfterMs: 10_000 })
  await exposure.registerKeys(false)
  return exposure
}

function openSignals({ database: { db }, clock }: World, exposure: ExposureService) {
  return createSignals({
    db,
    now: clock.now,
    journeyKey: 'k'.repeat(43),
    gatewaySilentAfterMs: 10_000,
    metrics: signalsMetrics(new Registry(), db),
    flows: () => exposure.flows(),
  })
}
