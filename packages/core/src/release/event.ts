import type { StopMode } from '../model/release-plan.ts'
import type { Instant } from '../model/time.ts'
import type { VerdictKind } from '../gate/verdict.ts'
import type { Actor, Approval } from './release.ts'

/** The judge looked. The gate's limits travel with the verdict, so that the event alone decides. */
export interface Judged {
  readonly kind: 'judged'
  readonly verdict: VerdictKind
  readonly reason: string
  /** Names the record of this verdict; the same as long as no criterion changes its mind. */
  readonly evidenceHash: string
  /** The rights let automation raise to the next stage. */
  readonly automatic: boolean
  /** The approvals that count (see `countingApprovals`) reach the quorum. */
  readonly granted: boolean
  readonly windowOver: boolean
  readonly minWindowOver: boolean
  readonly owner: string
  readonly respondWithinMs: number
  readonly onFail: StopMode
}

/** What can happen to a release. The shell has checked identity and rights; `step` checks everything else. */
export type ReleaseEvent =
  /** The plan exists and every reference in it resolves; again when it changed before the start. */
  | { readonly kind: 'prepared'; readonly planHash: string }
  /** What incidents taught has changed while it runs: from here on its gates have other criteria (SPEC R7). */
  | { readonly kind: 'inherited'; readonly planHash: string; readonly reason: string }
  /** A person's yes to the next raise (start included). `granted` says that with it the right's quorum is reached. */
  | { readonly kind: 'approved'; readonly approval: Approval; readonly granted: boolean }
  /** Raise to the next stage; from `ready` it is the start. `granted` = a valid grant of the raise right exists (SPEC R1). */
  | { readonly kind: 'raise-requested'; readonly by: Actor; readonly granted: boolean; readonly reason: string }
  | Judged
  | {
      readonly kind: 'hold-requested'
      readonly by: Actor
      readonly reason: string
      readonly owner: string
      readonly respondWithinMs: number
    }
  | { readonly kind: 'resume-requested'; readonly by: Actor; readonly reason: string }
  | { readonly kind: 'stop-requested'; readonly by: Actor; readonly reason: string; readonly mode: StopMode }
  /** Every live gateway confirmed the exposure last published, or its lease has run out. */
  | { readonly kind: 'exposure-confirmed' }
  /** Time to look at deadlines: holds that are over theirs go to `escalateTo`, who has `respondWithinMs`. */
  | { readonly kind: 'deadline-passed'; readonly escalateTo: string; readonly respondWithinMs: number }
  | {
      readonly kind: 'incident-opened'
      readonly incident: string
      readonly owner: string
      readonly respondWithinMs: number
    }
  | { readonly kind: 'incident-closed'; readonly incident: string }
  | { readonly kind: 'freeze-began'; readonly reason: string; readonly until: Instant; readonly owner: string }
  | { readonly kind: 'freeze-ended' }
  | { readonly kind: 'close-requested'; readonly by: Actor; readonly reason: string }

export type ReleaseEventKind = ReleaseEvent['kind']

/** What the shell must do after saving the state, in the same transaction or through the outbox. */
export type Effect =
  /** Publish a new snapshot: the exposure of this release changed. */
  | { readonly kind: 'publish-exposure' }
  | { readonly kind: 'open-incident'; readonly reason: string; readonly by: Actor }
  | { readonly kind: 'notify'; readonly to: string; readonly topic: NotifyTopic; readonly message: string }

export type NotifyTopic =
  | 'started'
  | 'raised'
  | 'inherited'
  | 'approval-needed'
  | 'held'
  | 'escalated'
  | 'resumed'
  | 'stopping'
  | 'stopped'
  | 'live'
  | 'closed'

/**
 * What forbids a raise now though gate and grant are there: R4 overlap, R5 incident or freeze, findings of the model, or a
 * judge that has not looked for too long (`blind`).
 */
export interface Obstacle {
  readonly kind: 'overlap' | 'incident' | 'freeze' | 'finding' | 'blind'
  readonly reason: string
}

export interface StageFacts {
  readonly id: string
  readonly reversible: boolean
  /** The roll-forward runbook was rehearsed (SPEC R6); says nothing for a reversible stage. */
  readonly rehearsed: boolean
}

/** Facts that a transition needs beside state and event. Recorded with the event, so that a replay needs nothing else. */
export interface StepContext {
  readonly at: Instant
  /** Team that answers for the release. */
  readonly owner: string
  /** Teams asked for approval. */
  readonly approvers: readonly string[]
  readonly planHash: string
  readonly stages: readonly StageFacts[]
  readonly obstacles: readonly Obstacle[]
  /** The operating model names the candidate as what serves: a live release may close without a change for shoppers. */
  readonly cutOver: boolean
}

/** Next state, effects as data, and why. An event that a phase ignores or refuses returns the same object and no effects. */
export interface Step<State> {
  readonly release: State
  readonly effects: readonly Effect[]
  readonly outcome: 'changed' | 'ignored' | 'refused'
  readonly reason: string
}
