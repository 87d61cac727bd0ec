import type { StopMode } from '../model/release-plan.ts'
import type { VerdictKind } from '../gate/verdict.ts'
import type { Actor, Approval } from './release.ts'

/** What can happen to a release. The shell has checked identity and rights; `step` checks everything else. */
export type ReleaseEvent =
  /** `headgate check` and the readiness of every reference succeeded. */
  | { readonly kind: 'prepared' }
  /** A person's yes to the next raise (start included). `granted` says that with it the right's quorum is reached. */
  | { readonly kind: 'approved'; readonly approval: Approval; readonly granted: boolean }
  /** Raise to the next stage; from `ready` it is the start. `granted` = a valid grant of the raise right exists (SPEC R1). */
  | { readonly kind: 'raise-requested'; readonly by: Actor; readonly granted: boolean; readonly reason: string }
  /** The judge looked. `automatic` = rights let automation raise to the next stage. */
  | {
      readonly kind: 'judged'
      readonly verdict: VerdictKind
      readonly reason: string
      readonly evidenceHash: string
      readonly automatic: boolean
      readonly windowOver: boolean
      readonly minWindowOver: boolean
      readonly owner: string
      readonly respondWithinMs: number
      readonly onFail: StopMode
    }
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
  | { readonly kind: 'deadline-passed' }
  | {
      readonly kind: 'incident-opened'
      readonly incident: string
      readonly owner: string
      readonly respondWithinMs: number
    }
  | { readonly kind: 'incident-closed'; readonly incident: string }
  | { readonly kind: 'freeze-began'; readonly reason: string; readonly until: number; readonly owner: string }
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
  | 'approval-needed'
  | 'held'
  | 'escalated'
  | 'resumed'
  | 'stopping'
  | 'stopped'
  | 'live'
  | 'closed'

/** Facts of the plan that a transition needs; the same for the life of the release. */
export interface StepContext {
  readonly at: number
  readonly stageCount: number
  readonly owner: string
}

/** Next state, effects as data, and why. An event that a phase ignores or refuses returns the same object and no effects. */
export interface Step<State> {
  readonly release: State
  readonly effects: readonly Effect[]
  readonly outcome: 'changed' | 'ignored' | 'refused'
  readonly reason: string
}
