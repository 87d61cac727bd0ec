import type { Identity, UrlRule } from '../model/operating-model.ts'
import type { StopMode } from '../model/release-plan.ts'
import type { Instant } from '../model/time.ts'

/**
 * The versioned document that data planes download and obey; travels signed (protocol `SignedSnapshot`).
 * A gateway refuses a version that is not newer than the one it holds (SPEC E7).
 */
export interface Snapshot {
  readonly version: number
  readonly issuedAt: Instant
  readonly shop: string
  /** Component that serves a path that no route class matches. */
  readonly servedBy: string
  readonly components: Readonly<Record<string, { readonly upstream: string }>>
  /** In file order: the first class with a matching rule wins. */
  readonly routes: readonly SnapshotRoute[]
  readonly flows: readonly SnapshotFlow[]
  readonly exposures: readonly Exposure[]
  /** Whose requests are no evidence; decisions never look at them. */
  readonly identities?: readonly SnapshotIdentity[]
  /** Key of the message authentication code on journey tokens, base64url; shared by gateways and the control plane. */
  readonly journeyKey: string
}

export type SnapshotIdentity = Identity & { readonly id: string }

export interface SnapshotRoute {
  readonly id: string
  readonly match: readonly UrlRule[]
  readonly crawlable: boolean
  readonly servedBy: string
  readonly timeoutMs: number
}

export interface SnapshotFlow {
  readonly id: string
  readonly startsAt: string
  readonly completesAt: string
  readonly pinnedFrom: string
  readonly pinMs: number
  /** A start without completion by then is an abandon; gateways count no outcome after it. Absent: no limit. */
  readonly horizonMs?: number
  readonly defaultPath: string
  readonly steps: readonly {
    readonly id: string
    readonly match: readonly UrlRule[]
    readonly event?: string
    readonly failsOn: readonly number[]
  }[]
  readonly paths: readonly { readonly id: string; readonly match: readonly UrlRule[] }[]
  /** What may be reported of a journey besides its steps. */
  readonly items?: readonly string[]
}

/** Slice x route class that the candidate may serve, while its lease lasts. */
export interface Exposure {
  readonly release: string
  readonly stage: string
  readonly salt: number
  readonly visitorBasisPoints: number
  readonly urlBasisPoints: number
  /** Route class ids. */
  readonly routes: readonly string[]
  /** Which component takes over from which: control component id -> candidate component id. */
  readonly replaces: Readonly<Record<string, string>>
  /** Flows whose journeys count as evidence of this release. */
  readonly flows: readonly string[]
  /** `open` admits new visitors; the others are what a stop leaves to those already in. */
  readonly mode: 'open' | StopMode
  readonly fallback: 'control' | 'none'
  readonly lease: Lease
}

/** Renewed by every snapshot while the control plane lives. `durationMs` counts from receipt, `expiresAt` is absolute; the earlier ends it. */
export interface Lease {
  readonly expiresAt: Instant
  readonly durationMs: number
  readonly onExpiry: 'control' | 'stay'
}
