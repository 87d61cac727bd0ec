import { compileSnapshot, withdraw, type CompiledSnapshot, type Snapshot } from '@headgate/core/exposure'
import { HeadgateError, type Instant, type StopMode } from '@headgate/core/model'
import { parseSnapshotPayload, signedSnapshot, type SignedSnapshot } from '@headgate/protocol/snapshot'
import { compileFlows, createJourneyCodec, type CompiledFlow, type JourneyCodec } from '../journey/index.ts'
import { createIdentify, type Identify } from './identities.ts'
import type { EdgeClock } from './edge-clock.ts'
import type { SignatureCheck } from './snapshot-keys.ts'

/** What requests are decided by: one snapshot, lowered by local stops, with everything prepared. Replaced as a whole. */
export interface LiveSnapshot {
  readonly compiled: CompiledSnapshot
  readonly flows: readonly CompiledFlow[]
  readonly journeys: JourneyCodec
  /** Releases that the snapshot exposes in any mode: whose counts the `hgs` cookie keeps. */
  readonly releases: ReadonlySet<string>
  /** Whose request it is, when it is no shopper's. */
  readonly identify: Identify
}

/** A snapshot as it came, with the instant it did: what has to survive a restart. */
export interface KeptSnapshot {
  readonly signed: SignedSnapshot
  readonly receivedAt: Instant
}

export type SnapshotRefusal =
  | 'malformed'
  | 'unknown-key'
  | 'bad-signature'
  | 'wrong-shop'
  /** Not newer than the newest ever accepted: replayed or rolled back. */
  | 'not-newer'
  /** A route has no component with an upstream to serve it. */
  | 'unservable'

export type SnapshotOffer =
  | { readonly kind: 'accepted'; readonly live: LiveSnapshot; readonly kept: KeptSnapshot }
  | { readonly kind: 'refused'; readonly reason: SnapshotRefusal; readonly message: string }

/** Holds the snapshot in effect. A refused one changes nothing: the last good one stays until its leases end. */
export interface SnapshotCache {
  /** Undefined until the first snapshot is accepted. */
  current(): LiveSnapshot | undefined
  /** The snapshot as the control plane sent it, without local stops. */
  received(): Snapshot | undefined
  /** 0 when nothing is held. */
  version(): number
  /** A snapshot from the control plane. Never throws. */
  offer(signed: unknown): SnapshotOffer
  /** The snapshot that an earlier run kept; its leases go on from when that run received it. */
  restore(kept: KeptSnapshot): SnapshotOffer
  /** Lowers the snapshot in effect, and all later ones, by these local stops. */
  setStops(stops: ReadonlyMap<string, StopMode>): void
}

export interface SnapshotCacheOptions {
  readonly signatures: SignatureCheck
  readonly clock: EdgeClock
  /** Name of the shop that this gateway serves; that of the first accepted snapshot when not configured. */
  readonly shop?: string | undefined
  /** The newest version ever accepted, from an earlier run. */
  readonly newestVersion?: number
}

interface Held {
  readonly snapshot: Snapshot
  readonly receivedAt: Instant
  readonly live: LiveSnapshot
}

export function createSnapshotCache(options: SnapshotCacheOptions): SnapshotCache {
  const { clock, signatures } = options
  let held: Held | undefined
  let newest = options.newestVersion ?? 0
  let stops: ReadonlyMap<string, StopMode> = new Map()

  const take = (offered: unknown, receivedAt: () => Instant): SnapshotOffer => {
    const checked = checkSnapshot(offered, signatures)
    if (checked.kind === 'refused') return checked
    const { snapshot, signed } = checked
    const shop = options.shop ?? held?.snapshot.shop ?? snapshot.shop
    if (snapshot.shop !== shop)
      return refuse('wrong-shop', `the snapshot is for shop ${snapshot.shop}, this gateway serves ${shop}`)
    // With nothing held the newest version itself is welcome: it can be the one whose file was lost.
    if (snapshot.version < newest || (held !== undefined && snapshot.version === newest))
      return refuse('not-newer', notNewer(snapshot.version, newest))
    try {
      held = hold({ snapshot, receivedAt: receivedAt() }, stops, held)
    } catch (error) {
      if (error instanceof HeadgateError) return refuse('unservable', error.message)
      throw error
    }
    newest = snapshot.version
    return { kind: 'accepted', live: held.live, kept: { signed, receivedAt: held.receivedAt } }
  }

  return {
    current: () => held?.live,
    received: () => held?.snapshot,
    version: () => held?.snapshot.version ?? 0,
    offer: (signed) => take(signed, () => clock.anchor()),
    restore: ({ signed, receivedAt }) => take(signed, () => leaseStart(receivedAt, clock.now())),
    setStops(next) {
      stops = new Map(next)
      if (held !== undefined) held = hold(held, stops, held)
    },
  }
}

/** A snapshot received "later than now" was kept under another clock: nobody knows how much of its leases is left, so none. */
function leaseStart(receivedAt: Instant, now: Instant): Instant {
  return receivedAt > now ? Number.NEGATIVE_INFINITY : receivedAt
}

function hold(
  { snapshot, receivedAt }: Pick<Held, 'snapshot' | 'receivedAt'>,
  stops: ReadonlyMap<string, StopMode>,
  before: Held | undefined,
): Held {
  const compiled = compileSnapshot(withdraw(snapshot, stops), receivedAt)
  // The same key, the same codec: it remembers the tokens that it has verified.
  const isSameKey = before?.snapshot.journeyKey === snapshot.journeyKey
  const live = {
    compiled,
    flows: compileFlows(compiled),
    journeys: isSameKey ? before.live.journeys : createJourneyCodec(snapshot.journeyKey),
    releases: new Set(snapshot.exposures.map(({ release }) => release)),
    identify: createIdentify(snapshot.identities),
  }
  return { snapshot, receivedAt, live }
}

type Checked =
  | { readonly kind: 'genuine'; readonly snapshot: Snapshot; readonly signed: SignedSnapshot }
  | { readonly kind: 'refused'; readonly reason: SnapshotRefusal; readonly message: string }

/** Form and signature first, content afterwards: nothing unsigned is interpreted. */
function checkSnapshot(offered: unknown, signatures: SignatureCheck): Checked {
  const envelope = signedSnapshot.safeParse(offered)
  if (!envelope.success) return refuse('malformed', 'the answer is not a signed snapshot')
  const { keyId, payload, signature } = envelope.data
  const verdict = signatures.check(keyId, payload, signature)
  if (verdict === 'unknown-key')
    return refuse('unknown-key', `signed with key ${keyId}, which this gateway does not trust`)
  if (verdict === 'invalid') return refuse('bad-signature', `the signature of key ${keyId} does not match the payload`)
  try {
    return { kind: 'genuine', snapshot: parseSnapshotPayload(payload), signed: envelope.data }
  } catch (error) {
    return refuse(
      'malformed',
      `the signed payload is not a snapshot: ${error instanceof Error ? error.message : 'unknown'}`,
    )
  }
}

function refuse(
  reason: SnapshotRefusal,
  message: string,
): { readonly kind: 'refused'; readonly reason: SnapshotRefusal; readonly message: string } {
  return { kind: 'refused', reason, message }
}

function notNewer(version: number, newest: number): string {
  return (
    `version ${version} is not newer than ${newest}, the newest accepted so far; ` +
    `if the control plane was restored from a backup, empty the gateway's state folder`
  )
}
