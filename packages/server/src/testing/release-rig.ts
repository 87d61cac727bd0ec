import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Notice } from '@headgate/core/ports'
import type { ReleaseView, VerificationView } from '@headgate/protocol/api'
import { parseSnapshotPayload } from '@headgate/protocol/snapshot'
import { createTestDatabase, fakeClock, type FakeClock, type TestDatabase } from '@headgate/testkit'
import { verifyRelease } from '../audit/index.ts'
import { latestSnapshot, type ExposureService } from '../exposure/index.ts'
import type { Principal } from '../http/index.ts'
import type { ReleaseControl, ReleaseControlOptions } from '../release-control.ts'
import { openControl, workOnce, type World } from './control-world.ts'
import { principal } from './principal.ts'
import { releaseFiles, type ReleaseFiles } from './release-files.ts'

/** One control plane on a database of its own, with a clock, a metric and gateways that do as they are told. */
export interface ReleaseRig {
  readonly database: TestDatabase
  /** Where the keys are. */
  readonly folder: string
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

const machine: Principal = { name: 'gateways', tokenId: 'token', scopes: ['gateway'] }
const source = '0190c5a1-0000-7000-8000-000000000001'

export async function createReleaseRig(): Promise<ReleaseRig> {
  const folder = mkdtempSync(path.join(tmpdir(), 'headgate-releases-'))
  const database = await createTestDatabase({ maxConnections: 30 })
  const clock = fakeClock()
  const world: World = { folder, database, now: clock.now, sent: [], metric: 1, closers: [] }
  const { control, exposure } = await openControl(world)
  const acknowledge = createAcknowledge(world, exposure)
  const work = () => workOnce(control)
  return {
    database,
    folder,
    clock,
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
        clock.advance(1_000)
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

function createAcknowledge({ database, now }: World, exposure: ExposureService): ReleaseRig['acknowledge'] {
  const gateways = new Set<string>()
  return async (gateway) => {
    if (gateway !== undefined) gateways.add(gateway)
    const version = (await latestSnapshot(database.db))?.version ?? 0
    for (const name of gateways) {
      await exposure.acknowledge({ gateway: name, source, version, appliedAt: now() }, machine)
    }
  }
}
