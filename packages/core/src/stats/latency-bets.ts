import { classGrowth, logClassRatios, type ArmCounts } from './label-bet.ts'
import {
  bucketLaw,
  classBetween,
  classRatios,
  classShares,
  quantileEdges,
  shareBelow,
  type BucketLaw,
} from './bucket-law.ts'
import { latencyBucketOf } from './latency-buckets.ts'
import { mixtureDesign, type MixtureDesign } from './mixture.ts'
import { bucketMiddle } from './value-buckets.ts'

/**
 * Latency as classes between quantiles of the control. Two arms are never identical in latency, so a slow-down of `tolerance` is no harm;
 * both tests undo it: candidate requests are taken for `1 + tolerance` times faster than they were ({@link latencyUndone}). A
 * candidate that is slower by exactly the tolerance then leaves the labels fair coins, whatever the control's latencies are: no
 * estimate enters the null. With the null's ratios taken from 150 control requests instead, 14 of 60 releases passed that were slower
 * by exactly 10 %, at a level of 1 %.
 */
export interface LatencyModel {
  readonly tolerance: number
  /** First bucket above each class but the last, ascending. */
  readonly edges: readonly number[]
  /** Ratio per class, after undoing, of a candidate that is slower than tolerated, per entry of {@link slowDowns}. */
  readonly alternatives: readonly (readonly number[])[]
  /** The same of one that is no slower than the control, and of one that is slower by half of the tolerance. */
  readonly tolerable: readonly (readonly number[])[]
}

/** `part` of the requests become `factor` times slower than tolerated. */
export const slowDowns = [
  { part: 1, factor: 1.15, weight: 0.2 },
  { part: 1, factor: 1.4, weight: 0.25 },
  { part: 1, factor: 2, weight: 0.2 },
  { part: 1, factor: 4, weight: 0.15 },
  { part: 0.1, factor: 4, weight: 0.1 },
  { part: 0.03, factor: 10, weight: 0.1 },
] as const

export function latencyDesign(): MixtureDesign {
  return mixtureDesign(slowDowns.map(({ weight }) => weight))
}

/** With the tolerance undone a healthy candidate is faster than the control: the lower quantiles show that, the upper ones harm. */
const quantiles = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99] as const

/** The quantiles, and below them where the control begins: what is faster than nearly all of it is a class of its own. */
function latencyEdges(law: BucketLaw): number[] {
  const first = law.findIndex((share) => share >= 0.01)
  const edges = quantileEdges(law, quantiles)
  return first > 0 && first < (edges[0] ?? 0) ? [first, ...edges] : edges
}

/** Control requests without which there is no reference. */
export const latencyReferenceUnits = 150

/** The model for a control histogram (count per bucket). */
export function latencyModel(histogram: Readonly<Record<string, number>>, tolerance: number): LatencyModel {
  const distribution = bucketLaw(histogram)
  const edges = latencyEdges(distribution)
  const law = (factor: number): number[] => classShares(edges, (micros) => shareBelow(distribution, micros / factor))
  const reference = law(1)
  const undone = [1, 1 + tolerance / 2].map((factor) => law(factor / (1 + tolerance)))
  return {
    tolerance,
    edges,
    alternatives: slowDowns.map(({ part, factor }) => {
      const slower = law(factor)
      const mixed = reference.map((share, index) => (1 - part) * share + part * (slower[index] ?? 0))
      return rising(classRatios(mixed, reference))
    }),
    tolerable: undone.map((shares) => classRatios(shares, reference)),
  }
}

/**
 * What is slower never makes a faster class likelier than a slower one. Where the control has nothing, floors would say so: a
 * candidate that is faster than all of it would then look slow, because it is missing where the control is.
 */
function rising(ratios: readonly number[]): number[] {
  let lowest = Infinity
  return ratios
    .toReversed()
    .map((ratio) => (lowest = Math.min(lowest, ratio)))
    .toReversed()
}

/** Bucket of a candidate's request with the tolerated slow-down undone. */
export function latencyUndone({ tolerance }: LatencyModel, bucket: number): number {
  return latencyBucketOf(bucketMiddle(bucket) / (1 + tolerance))
}

/** Classes of the model. */
export function latencyClassCount({ edges }: LatencyModel): number {
  return edges.length + 1
}

/** Class of a bucket. */
export function latencyClassOf(model: LatencyModel, bucket: number): number {
  return classBetween(model.edges, bucket)
}

/** Log-ratio per alternative of {@link slowDowns}; `classes` holds the revealed units per latency class, the tolerance undone. */
export function latencyIncrements(model: LatencyModel, share: number, classes: readonly ArmCounts[]): number[] {
  return model.alternatives.map((ratios) => logClassRatios(share, classes, ratios))
}

/** Log-ratios of the pass test: the null is a slow-down of exactly the tolerance, the alternatives none and half of it. */
export function latencyPassIncrements(model: LatencyModel, share: number, classes: readonly ArmCounts[]): number[] {
  return model.tolerable.map((ratios) => logClassRatios(share, classes, ratios))
}

/** Growth of the pass test per candidate unit when the candidate is as fast as the control. */
export function latencyPassGrowth(model: LatencyModel, share: number, law: readonly number[]): number {
  return classGrowth(share, law, model.tolerable[0] ?? [])
}
