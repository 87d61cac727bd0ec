export { falseStopShares, signalWeights } from './budget.ts'
export { evidenceContext, stageCriteria, type EvidenceContext } from './context.ts'
export type {
  CompletionCriterion,
  Criterion,
  ErrorsCriterion,
  LatencyCriterion,
  MetricCriterion,
  SplitCriterion,
} from './criterion.ts'
export {
  journeySlotMs,
  type EvidenceCell,
  type EvidenceFrame,
  type JourneyCell,
  type MetricReading,
  type PageCell,
  type VisitCell,
} from './evidence.ts'
export { describeHarm, type Harm, type PathHarm } from './harm.ts'
export type { HarmSign } from './harm-sign.ts'
export { gateEvidenceHashInput } from './hash-input.ts'
export { judge } from './judge.ts'
export { expectedLoss, lossBudgetCriterion, ordersLost } from './loss.ts'
export { enterStage, observe, openEvidence } from './observe.ts'
export type { EvidenceState } from './state.ts'
export { verdictKinds, type CriterionVerdict, type GateVerdict, type VerdictKind } from './verdict.ts'
export { minWindowOver, windowOver } from './window.ts'
