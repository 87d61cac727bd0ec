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
export { verdictKinds, type CriterionVerdict, type GateVerdict, type VerdictKind } from './verdict.ts'
