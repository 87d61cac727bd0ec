export { countingApprovals, flawOf, nextRaise, type NextRaise } from './approvals.ts'
export type {
  Effect,
  Judged,
  NotifyTopic,
  Obstacle,
  ReleaseEvent,
  ReleaseEventKind,
  StageFacts,
  Step,
  StepContext,
} from './event.ts'
export { exposureOf, type GrantedExposure } from './exposure-of.ts'
export { describeCause } from './holds.ts'
export { gateActor } from './judged.ts'
export type {
  Actor,
  Approval,
  Closed,
  Draft,
  Held,
  Hold,
  HoldCause,
  HoldingVerdict,
  Live,
  Ramping,
  Ready,
  Release,
  ReleasePhase,
  Stopped,
  Stopping,
  Withdrawal,
} from './release.ts'
export { draft, step } from './step.ts'
