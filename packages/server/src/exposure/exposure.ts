import type { SnapshotFlow } from '@headgate/core/exposure'
import { HeadgateError } from '@headgate/core/model'
import type { Acknowledgement, GatewayView, LocalStopReport } from '@headgate/protocol/api'
import { parseSnapshotPayload } from '@headgate/protocol/snapshot'
import type { Db, Notifications, Tx } from '../db/index.ts'
import type { Principal, ReadinessCheck } from '../http/index.ts'
import { countConfirmations, forgetGateway, listGateways, noteGateway, type Confirmation } from './gateway-store.ts'
import { keyProblem, listPublicKeys, registerKeys, type PublicKeyRow } from './key-store.ts'
import type { Keys } from './keys.ts'
import { createPublisher, type ReadExposures } from './publish.ts'
import { createSnapshotFeed, type SnapshotFeed } from './snapshot-feed.ts'
import { closeExposed, latestSnapshot } from './snapshot-store.ts'

export interface ExposureOptions {
  readonly db: Db
  readonly now: () => number
  readonly notifications: Notifications
  readonly keys: Keys
  /** A gateway not heard of for so long is silent. */
  readonly gatewaySilentAfterMs: number
}

/** What release control does with a stop that somebody commanded at a gateway. Must be idempotent: reports repeat. */
export type OnLocalStop = (report: LocalStopReport, by: Principal) => Promise<void>

export interface ExposureService {
  readonly feed: SnapshotFeed
  readonly readiness: ReadinessCheck
  /** Call once after migrating. @throws HeadgateError `CONFLICT` when other servers use other keys */
  registerKeys(rotate: boolean): Promise<void>
  listKeys(): Promise<readonly PublicKeyRow[]>
  /** See `Publisher.publish`: the caller's transaction, as its last act. */
  publishSnapshot(tx: Tx, read: ReadExposures): Promise<number>
  /** For a worker, called every second or so; does nothing until a lease needs it. */
  renewSnapshot(read: ReadExposures): Promise<number | undefined>
  /** How many gateways obey `version` or a later one, of how many that count. */
  confirmation(tx: Tx | Db, version: number): Promise<Confirmation>
  /** Flows of the newest snapshot, by id. */
  flows(): Promise<ReadonlyMap<string, SnapshotFlow>>
  /** The release is closed: its evidence is not accepted any more. */
  closeRelease(tx: Tx, release: string): Promise<void>
  acknowledge(acknowledgement: Acknowledgement, by: Principal): Promise<void>
  gateways(): Promise<readonly GatewayView[]>
  /** @throws HeadgateError `NOT_FOUND`; `CONFLICT` while it is live */
  forgetGateway(id: string): Promise<void>
  /** Sets who acts on local stops; until then they are refused as `UNAVAILABLE` and the gateway repeats them. */
  onLocalStop(act: OnLocalStop): void
  reportLocalStop: OnLocalStop
  close(): Promise<void>
}

export function createExposure(options: ExposureOptions): ExposureService {
  const { db, now, keys, gatewaySilentAfterMs: silentAfterMs } = options
  const publisher = createPublisher(keys, now)
  const feed = createSnapshotFeed(db, options.notifications)
  let actOnLocalStop: OnLocalStop | undefined
  return {
    feed,
    readiness: { name: 'keys', problem: () => keyProblem(db, keys).catch(() => 'the database does not answer') },
    registerKeys: (rotate) => registerKeys(db, keys, new Date(now()), rotate),
    listKeys: () => listPublicKeys(db),
    publishSnapshot: (tx, read) => publisher.publish(tx, read),
    renewSnapshot: (read) => publisher.renew(db, read),
    confirmation: (tx, version) => countConfirmations(tx, { version, at: now(), silentAfterMs }),
    flows: createFlowsReader(db, feed),
    closeRelease: (tx, release) => closeExposed(tx, release, new Date(now())),
    acknowledge: ({ gateway, source, version, appliedAt }, by) =>
      noteGateway(
        db,
        { gateway, source, version, appliedAt, principal: by.name, heardAt: now(), counted: false },
        silentAfterMs,
      ),
    gateways: () => listGateways(db, now(), silentAfterMs),
    forgetGateway: (id) => forgetSilent(db, id, { at: now(), silentAfterMs }),
    onLocalStop(act) {
      actOnLocalStop = act
    },
    async reportLocalStop(report, by) {
      if (actOnLocalStop === undefined) throw new HeadgateError('UNAVAILABLE', 'Release control has not started yet')
      await actOnLocalStop(report, by)
    },
    close: () => feed.close(),
  }
}

async function forgetSilent(db: Db, id: string, when: { at: number; silentAfterMs: number }): Promise<void> {
  const known = (await listGateways(db, when.at, when.silentAfterMs)).find((gateway) => gateway.id === id)
  if (known?.status === 'live') {
    throw new HeadgateError('CONFLICT', `Gateway ${id} is live; shut it down first, or it will be back at once`)
  }
  if (!(await forgetGateway(db, id))) throw new HeadgateError('NOT_FOUND', `There is no gateway ${id}`)
}

/** Parsed once per version: events arrive far more often than snapshots. */
function createFlowsReader(db: Db, feed: SnapshotFeed): () => Promise<ReadonlyMap<string, SnapshotFlow>> {
  let version = 0
  let flows: ReadonlyMap<string, SnapshotFlow> = new Map()
  return async () => {
    const latest = feed.latest() ?? (await latestSnapshot(db))
    if (latest !== undefined && latest.version !== version) {
      flows = new Map(parseSnapshotPayload(latest.payload).flows.map((flow) => [flow.id, flow]))
      version = latest.version
    }
    return flows
  }
}
