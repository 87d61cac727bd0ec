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

/** Why a release does not move. A `verdict` hold clears when the verdict does; all others need a person or their own end. */
export type HoldCause =
  | { readonly kind: 'person'; readonly by: string; readonly reason: string }
  | { readonly kind: 'verdict'; readonly verdict: Exclude<VerdictKind, 'pass' | 'fail'>; readonly reason: string }
  | { readonly kind: 'incident'; readonly incident: string }
  | { readonly kind: 'freeze'; readonly reason: string; readonly until: Instant }

interface Staged {
  /** Index into the plan's stages. */
  readonly stage: number
  readonly enteredAt: Instant
  /** When every live gateway had confirmed the stage's exposure; the stage's window counts from here. */
  readonly inEffectAt?: Instant
  readonly approvals: readonly Approval[]
  /** Hash of the evidence on which the exit gate passes now; absent while it does not pass. */
  readonly passedEvidence?: string
}

export interface Ramping extends Staged {
  readonly phase: 'ramping'
}

export interface Held extends Staged {
  readonly phase: 'held'
  readonly cause: HoldCause
  readonly since: Instant
  /** Team that must act, and by when; passing the deadline escalates and never moves exposure. */
  readonly owner: string
  readonly deadline: Instant
  readonly escalations: number
}

export interface Withdrawal {
  readonly stage: number
  readonly mode: StopMode
  readonly by: Actor
  readonly reason: string
  readonly requestedAt: Instant
}

/** The states of a release; each carries exactly its own facts. Table and invariants: SPEC.md, "Release". */
export type Release =
  | { readonly phase: 'draft' }
  | { readonly phase: 'ready'; readonly approvals: readonly Approval[] }
  | Ramping
  | Held
  | ({ readonly phase: 'stopping' } & Withdrawal)
  | ({ readonly phase: 'stopped'; readonly inEffectAt: Instant } & Withdrawal)
  | { readonly phase: 'live'; readonly since: Instant; readonly stage: number }
  | { readonly phase: 'closed'; readonly at: Instant; readonly outcome: 'live' | 'stopped' | 'abandoned' }

export type ReleasePhase = Release['phase']
