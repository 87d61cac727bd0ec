export { classBetween } from './bucket-law.ts'
export { classLaw, fading, shareError, type ClassLaw, type ClassPrior } from './class-law.ts'
export { addDrawTerms, addOpenTerms, openOdds, type OpenOdds } from './cohort-bets.ts'
export {
  abandoned,
  addCompletionTerms,
  completed,
  completionAlternatives,
  completionDesign,
  completionIncrements,
  failed,
  harmKinds,
  harmKindShares,
  journeyClasses,
  lossSizes,
  type CompletionAlternative,
  type HarmKind,
  type RevealedUnits,
} from './completion-bets.ts'
export {
  completionFloor,
  completionPassGrowth,
  logCompletionPass,
  passUnits,
  unitsToPass,
  type PassUnits,
} from './completion-pass.ts'
export { delayBinOf, delayedUntil, noDelays, type DelayCounts } from './delay-law.ts'
export { logDrawRatios } from './draw-bet.ts'
export { droughtCertain, droughtSuspected, noDrought, stepDrought, type Drought } from './drought.ts'
export {
  errorDesign,
  errorIncreases,
  errorIncrements,
  errorPassGrowth,
  errorPassLimit,
  logErrorPass,
} from './error-bets.ts'
export { itemDesign, itemIncrements, itemRatios } from './item-bets.ts'
export { logLabelRatio, type ArmCounts, type ClassRatios } from './label-bet.ts'
export {
  latencyClassCount,
  latencyClassOf,
  latencyDesign,
  latencyIncrements,
  latencyModel,
  latencyPassGrowth,
  latencyPassIncrements,
  latencyReferenceUnits,
  latencyUndone,
  slowDowns,
  type LatencyModel,
} from './latency-bets.ts'
export { bucketUpperMicros, latencyBucketCount, latencyBucketOf } from './latency-buckets.ts'
export { expFinite, logAddExp, logSumExp } from './log-math.ts'
export { logMeanLossEvidence, meanDifference, type ArmMoments } from './mean-evidence.ts'
export {
  leadingAlternative,
  logWealth,
  mixtureDesign,
  openMixture,
  restartCash,
  restartCashLeft,
  stepMixture,
  type MixtureDesign,
  type MixtureState,
} from './mixture.ts'
export { scaleEstimate, shareDifference, shareInterval, sumEstimates, type Estimate } from './proportion.ts'
export {
  valueClasses,
  valueDesign,
  valueIncrements,
  valueLosses,
  valueModel,
  valuePassGrowth,
  valuePassIncrements,
  valueReferenceUnits,
  valueTests,
  type ValueCount,
  type ValueMargin,
  type ValueModel,
  type ValueTest,
} from './value-bets.ts'
export { bucketMiddle, minorUnits, valueBucketOf } from './value-buckets.ts'
export { splitDesign, splitIncrements, splitRatios } from './split-bets.ts'
