import type { Instant } from '../model/time.ts'
import type { Arm } from './arm.ts'

/** Why a request goes where it goes. */
export type DecisionReason =
  /** No route class matches the path. */
  | 'unmatched'
  /** No exposure covers the route class. */
  | 'not-exposed'
  /** The lease of the exposure that covers it ran out: as if it did not exist. */
  | 'lease-expired'
  /** The exposure is withdrawn for everybody. */
  | 'evicted'
  /** The arm was frozen earlier in the visitor's journey. */
  | 'pinned'
  /** The visitor's bucket decided. */
  | 'bucket'
  /** The URL's bucket decided: no visitor cookie on a crawlable route. */
  | 'url'
  /** New entrants are no longer admitted (`hold`, `eject`). */
  | 'not-admitted'
  /** No visitor id, on a route without URL dial. */
  | 'no-visitor'

/** One visitor's arm in one release, and the probability (basis points) of the candidate when it was drawn. */
export interface Draw {
  readonly arm: Arm
  readonly share: number
  readonly reason: DecisionReason
}

/** Where one request goes, and everything that the proxy and the counters need to know about why. */
export interface Decision extends Draw {
  /** {@link unmatchedRoute} when no class matches. */
  readonly routeId: string
  /** Place of the route class in the snapshot, -1 when unmatched: its bit in the `hgs` cookie. */
  readonly routeIndex: number
  readonly crawlable: boolean
  /** How long the upstream may take to its first byte. */
  readonly timeoutMs: number
  /** The component that serves the request, and its base URL. */
  readonly component: string
  readonly upstream: string
  /** What serves the route without the release: where a fallback goes. */
  readonly controlUpstream: string
  /** `control`: an idempotent request whose candidate fails before its first byte is served by control. */
  readonly fallback: 'control' | 'none'
  /** The release whose exposure covers the request, on either arm; undefined when none does. Its responses differ by visitor. */
  readonly release: string | undefined
}

/** A frozen arm, as a verified journey token carries it (protocol `JourneyToken` is one). */
export interface Pin {
  readonly release: string
  readonly flow: string
  readonly arm: Arm
  readonly share: number
  readonly pinnedAt: Instant
}

/** What is known about a visitor when the arm is drawn. */
export interface Visitor {
  /** The `hgv` cookie, or an id drawn for this request; undefined = decide by URL. */
  readonly visitorId: string | undefined
  /** Canonical path, for the URL dial. */
  readonly path: string
  /** Releases the visitor was counted in before (the `hgs` cookie): who is already in when a hold admits nobody new. */
  readonly seen: { has(release: string): boolean }
  /** Verified pins only; the caller has checked their message authentication codes. */
  readonly pins: readonly Pin[]
}

/** Route id of requests that no route class matches; not an id that a model can contain. */
export const unmatchedRoute = '(unmatched)'
