export type { Effect, NotifyTopic, ReleaseEvent, ReleaseEventKind, Step, StepContext } from './event.ts'
export type { Actor, Approval, Held, HoldCause, Ramping, Release, ReleasePhase, Withdrawal } from './release.ts'
