export {
  backtest,
  changedCriteria,
  openBacktest,
  reportOf,
  stepBacktest,
  type Backtest,
  type BacktestStep,
} from './backtest/backtest.ts'
export {
  amountTimeline,
  checkpointFlow,
  finalEffect,
  finalShare,
  isBinary,
  journeysOfCheckpoints,
  type AmountTimeline,
  type Checkpoint,
  type FinalEffect,
} from './backtest/checkpoints.ts'
export { foldRecord, judgeRecord, type EvidenceRecord } from './backtest/record.ts'
export {
  modelOfRecording,
  planOfGate,
  recordingOf,
  recordsForPlan,
  type GateBudgets,
  type RecordedFlow,
  type RecordedPath,
  type RecordedStage,
  type Recording,
} from './backtest/recording.ts'
export type {
  BacktestReport,
  CriterionMoment,
  CriterionTimeline,
  Moment,
  StopMoment,
  VerdictChange,
} from './backtest/timeline.ts'
export { falseStopShares, signalWeights } from './budget.ts'
export { evidenceContext, stageCriteria, type EvidenceContext, type JudgedModel } from './context.ts'
export type {
  CompletionCriterion,
  CountCriterion,
  Criterion,
  ErrorsCriterion,
  LatencyCriterion,
  MetricCriterion,
  RevenueCriterion,
  SignOff,
  SplitCriterion,
} from './criterion.ts'
export {
  journeySlotMs,
  type EvidenceCell,
  type EvidenceFrame,
  type JourneyCell,
  type ItemCell,
  type MetricReading,
  type OrderCell,
  type PageCell,
  type VisitCell,
} from './evidence.ts'
export { describeHarm, type Harm, type PathHarm } from './harm.ts'
export type { HarmSign } from './harm-sign.ts'
export { gateEvidenceHashInput } from './hash-input.ts'
export { judge } from './judge.ts'
export { expectedLoss, lossBudgetCriterion, lossOf, ordersLost } from './loss.ts'
export { enterStage, observe, openEvidence } from './observe.ts'
export { isSameToActOn, isSameVerdict } from './same-verdict.ts'
export type { EvidenceState } from './state.ts'
export { verdictKinds, type CriterionVerdict, type GateVerdict, type VerdictKind } from './verdict.ts'
export { minWindowOver, windowOver } from './window.ts'
