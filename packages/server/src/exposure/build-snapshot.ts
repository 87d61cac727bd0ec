import type { Exposure, Lease, Snapshot, SnapshotIdentity } from '@headgate/core/exposure'
import type { Flow, Identity, Instant, OperatingModel } from '@headgate/core/model'

/** An exposure as release control states it; the publication itself dates the lease. */
export type GrantedExposure = Omit<Exposure, 'lease'> & { readonly lease: Omit<Lease, 'expiresAt'> }

/** What a snapshot is made of besides its version, time and journey key. */
export interface SnapshotInput {
  readonly model: OperatingModel
  readonly exposures: readonly GrantedExposure[]
}

export interface SnapshotStamp {
  readonly version: number
  readonly issuedAt: Instant
  readonly journeyKey: string
}

export function buildSnapshot({ model, exposures }: SnapshotInput, stamp: SnapshotStamp): Snapshot {
  const withUpstream = Object.entries(model.components).flatMap(([id, { upstream }]) =>
    upstream === undefined ? [] : [[id, { upstream }] as const],
  )
  return {
    version: stamp.version,
    issuedAt: stamp.issuedAt,
    shop: model.shop.name,
    servedBy: model.shop.servedBy,
    components: Object.fromEntries(withUpstream),
    routes: Object.entries(model.routes).map(([id, { match, crawlable, servedBy, timeoutMs }]) => ({
      id,
      match,
      crawlable,
      servedBy: servedBy ?? model.shop.servedBy,
      timeoutMs,
    })),
    flows: Object.entries(model.flows).map(([id, flow]) => snapshotFlow(id, flow)),
    exposures: exposures.map((exposure) => ({
      ...exposure,
      lease: { ...exposure.lease, expiresAt: stamp.issuedAt + exposure.lease.durationMs },
    })),
    ...(model.identities === undefined ? {} : { identities: identitiesOf(model.identities) }),
    journeyKey: stamp.journeyKey,
  }
}

function identitiesOf(identities: Readonly<Record<string, Identity>>): readonly SnapshotIdentity[] {
  return Object.entries(identities).map(([id, identity]) => ({ id, ...identity }))
}

function snapshotFlow(id: string, flow: Flow): Snapshot['flows'][number] {
  return {
    id,
    startsAt: flow.startsAt,
    completesAt: flow.completesAt,
    pinnedFrom: flow.pinnedFrom,
    pinMs: flow.pinMs,
    horizonMs: flow.horizonMs,
    defaultPath: flow.defaultPath,
    steps: flow.steps,
    paths: Object.entries(flow.paths).map(([path, { match }]) => ({ id: path, match })),
    ...(flow.items === undefined ? {} : { items: Object.keys(flow.items) }),
  }
}

/** When the leases of a snapshot end and when it must be renewed; both absent when no gateway may serve a candidate by it. */
export interface LeaseTimes {
  readonly until?: Instant | 'never'
  readonly renewAt?: Instant
}

/** Renewal after a third of the shortest lease: two may fail before a gateway goes back to control. */
export function leaseTimes({ issuedAt, exposures }: Snapshot): LeaseTimes {
  const effective = exposures.filter((exposure) => exposure.mode !== 'evict')
  if (effective.length === 0) return {}
  const leases = effective.map((exposure) => exposure.lease)
  const shortestMs = Math.min(...leases.map((lease) => lease.durationMs))
  return {
    until: leases.some((lease) => lease.onExpiry === 'stay')
      ? 'never'
      : Math.max(...leases.map((lease) => lease.expiresAt)),
    renewAt: issuedAt + Math.floor(shortestMs / 3),
  }
}
