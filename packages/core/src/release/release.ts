import type { StopMode } from '../model/release-plan.ts'
import type { Instant } from '../model/time.ts'
import type { VerdictKind } from '../gate/verdict.ts'

/** Who acts: a person (address), automation (the control plane itself) or the system on behalf of nobody. */
export interface Actor {
  readonly kind: 'person' | 'automation'
  readonly id: string
}

/** One distinct person's yes, bound to the plan and to the evidence it was given on; void when either changes or it expires. */
export interface Approval {
  readonly by: string
  readonly at: Instant
  readonly expiresAt: Instant
  readonly planHash: string
  readonly evidenceHash: string
  /** Index of the stage that it raises to. */
  readonly toStage: number
}

/** The verdicts that neither raise nor revert. */
export type HoldingVerdict = Exclude<VerdictKind, 'pass' | 'fail'>

/** Why a release does not move. A `verdict` hold clears when the verdict does; all others need a person or their own end. */
export type HoldCause =
  | { readonly kind: 'person'; readonly by: string; readonly reason: string }
  | { readonly kind: 'verdict'; readonly verdict: HoldingVerdict; readonly reason: string }
  | { readonly kind: 'incident'; readonly incident: string }
  | { readonly kind: 'freeze'; readonly reason: string; readonly until: Instant }

/** One cause with the team that must act, and by when; passing the deadline escalates and never moves exposure. */
export interface Hold {
  readonly cause: HoldCause
  readonly since: Instant
  readonly owner: string
  readonly deadline: Instant
  readonly escalations: number
}

interface Staged {
  /** Index into the plan's stages. */
  readonly stage: number
  readonly enteredAt: Instant
  /** When every live gateway had confirmed the stage's exposure; the stage's window counts from here. */
  readonly inEffectAt?: Instant
  readonly approvals: readonly Approval[]
  /**
   * Evidence on which the exit gate passes now, the least window being over; absent otherwise. It names the record of the
   * verdict, so it stays while the verdict stays the same and changes when any criterion changes its mind.
   */
  readonly passedEvidence?: string
  /** The evidence for which people were asked to approve or to clear the way, so that they are asked once. */
  readonly askedFor?: string
}

export interface Ramping extends Staged {
  readonly phase: 'ramping'
}

/** Several causes may hold at once, each ends by itself; the release ramps again when none is left. Never empty. */
export interface Held extends Staged {
  readonly phase: 'held'
  readonly holds: readonly Hold[]
}

export interface Withdrawal {
  readonly stage: number
  readonly mode: StopMode
  readonly by: Actor
  readonly reason: string
  readonly requestedAt: Instant
}

export interface Draft {
  readonly phase: 'draft'
}

export interface Ready {
  readonly phase: 'ready'
  readonly planHash: string
  readonly approvals: readonly Approval[]
}

export interface Stopping extends Withdrawal {
  readonly phase: 'stopping'
}

export interface Stopped extends Withdrawal {
  readonly phase: 'stopped'
  readonly inEffectAt: Instant
}

export interface Live {
  readonly phase: 'live'
  readonly since: Instant
  readonly stage: number
}

export interface Closed {
  readonly phase: 'closed'
  readonly at: Instant
  readonly outcome: 'live' | 'stopped' | 'abandoned'
}

/** The states of a release; each carries exactly its own facts. Table and invariants: SPEC.md. */
export type Release = Draft | Ready | Ramping | Held | Stopping | Stopped | Live | Closed

export type ReleasePhase = Release['phase']
