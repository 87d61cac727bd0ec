import type { Notice, Reading } from '@headgate/core/ports'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { listenForNotifications, type Database, type Notifications } from '../db/index.ts'
import { createExposure, loadKeys, type ExposureService } from '../exposure/index.ts'
import { createReleaseControl, type ReleaseControl, type ReleaseControlOptions } from '../release-control.ts'
import { createSignals, signalsMetrics } from '../signals/index.ts'

/** What one process of the control plane meets: a database, keys, a clock, a metric source, and people to be told. */
export interface World {
  readonly folder: string
  readonly database: Database
  readonly now: () => number
  readonly sent: Notice[]
  metric: number | undefined
  readonly closers: (() => Promise<void>)[]
}

/** Release control as a process would have it. */
export async function openControl(
  world: World,
  hooks?: ReleaseControlOptions['hooks'],
): Promise<{ readonly control: ReleaseControl; readonly exposure: ExposureService }> {
  const { database, now, sent } = world
  const notifications = listenForNotifications(database.connection)
  const exposure = await openExposure(world, notifications)
  world.closers.push(async () => {
    await exposure.close()
    await notifications.close()
  })
  const control = createReleaseControl({
    db: database.db,
    now,
    random: () => 0,
    version: '0.0.0',
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

function readingOf({ metric, now }: World): Reading {
  return metric === undefined
    ? { kind: 'missing', reason: 'the source is down' }
    : { kind: 'value', value: metric, at: now() }
}

/** Every round of every kind of work, again while it says that there is more. */
export async function workOnce(control: ReleaseControl): Promise<void> {
  const never = new AbortController().signal
  for (const { round } of control.background) while ((await round(never)) === true) continue
}

async function openExposure({ database, now, folder }: World, notifications: Notifications): Promise<ExposureService> {
  const { db } = database
  const keys = loadKeys({ dataDir: folder })
  const exposure = createExposure({ db, now, notifications, keys, gatewaySilentAfterMs: 10_000 })
  await exposure.registerKeys(false)
  return exposure
}

function openSignals({ database: { db }, now }: World, exposure: ExposureService) {
  return createSignals({
    db,
    now,
    journeyKey: 'k'.repeat(43),
    gatewaySilentAfterMs: 10_000,
    metrics: signalsMetrics(new Registry(), db),
    flows: () => exposure.flows(),
  })
}
