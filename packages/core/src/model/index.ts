export { durationPattern, parseDuration } from './duration.ts'
export { errorCodes, HeadgateError, type ErrorCode, type Problem } from './errors.ts'
export { entryOf } from './entry.ts'
export { findingSeverities, type Finding, type FindingCode, type FindingSeverity } from './lint/finding.ts'
export { lintModel } from './lint/lint-model.ts'
export { nearestWord, suggest } from './nearest.ts'
export type {
  Component,
  Domain,
  Entity,
  Flow,
  FlowItem,
  Identity,
  FlowPath,
  FlowStep,
  Integration,
  MetricSourceConfig,
  Money,
  NotifierConfig,
  OperatingModel,
  RightName,
  RightRule,
  RouteClass,
  Runbook,
  Shop,
  Team,
  UrlRule,
} from './operating-model.ts'
export { rightNames } from './operating-model.ts'
export { stopModes, type Freeze, type Gate, type ReleasePlan, type Stage, type StopMode } from './release-plan.ts'
export type { Instant } from './time.ts'
