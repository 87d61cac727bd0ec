import { logLabelRatio, type ArmCounts } from './label-bet.ts'
import { bucketUpperMicros, latencyBucketCount, latencyBucketOf } from './latency-buckets.ts'
import { mixtureDesign, type MixtureDesign } from './mixture.ts'

/**
 * Latency as classes between quantiles of the control. The null tolerates a slow-down of `tolerance`, because two arms are never
 * identical in latency; alternatives are slower than that, all requests or a part of them.
 */
export interface LatencyModel {
  /** First bucket above each class but the last, ascending. */
  readonly edges: readonly number[]
  /** Ratio per class at a slow-down of exactly the tolerance. */
  readonly tolerated: readonly number[]
  /** Ratio per class at half of it. */
  readonly halfTolerated: readonly number[]
  /** Ratio per class of each alternative. */
  readonly alternatives: readonly (readonly number[])[]
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

const quantiles = [0.5, 0.75, 0.9, 0.95, 0.99] as const

/** Control requests without which there is no reference. */
export const latencyReferenceUnits = 150

/** The model for a control histogram (count per bucket). */
export function latencyModel(histogram: Readonly<Record<string, number>>, tolerance: number): LatencyModel {
  const distribution = cumulative(histogram)
  const edges = quantileEdges(distribution)
  const law = (factor: number): number[] => classShares(distribution, edges, factor)
  const reference = law(1)
  const tolerated = law(1 + tolerance)
  const ratios = (shares: readonly number[]): number[] =>
    shares.map((share, index) => Math.max(share, smallest) / Math.max(reference[index] ?? 0, smallest))
  return {
    edges,
    tolerated: ratios(tolerated),
    halfTolerated: ratios(law(1 + tolerance / 2)),
    alternatives: slowDowns.map(({ part, factor }) => {
      const slower = law((1 + tolerance) * factor)
      return ratios(tolerated.map((share, index) => (1 - part) * share + part * (slower[index] ?? 0)))
    }),
  }
}

const smallest = 0.003

/** Class of a bucket: how many edges it reaches. */
export function latencyClassOf(model: LatencyModel, bucket: number): number {
  let index = 0
  for (const edge of model.edges) if (bucket >= edge) index++
  return index
}

/** Log-ratio per alternative of {@link slowDowns}; `classes` holds the revealed units per latency class. */
export function latencyIncrements(model: LatencyModel, share: number, classes: readonly ArmCounts[]): number[] {
  return model.alternatives.map((ratios) => sumOfClasses(share, classes, { ratios, nulls: model.tolerated }))
}

/** Log-ratios of the pass test: the null is a slow-down of exactly the tolerance, the alternatives none and half of it. */
export function latencyPassIncrements(model: LatencyModel, share: number, classes: readonly ArmCounts[]): number[] {
  const none = model.tolerated.map(() => 1)
  return [none, model.halfTolerated].map((ratios) => sumOfClasses(share, classes, { ratios, nulls: model.tolerated }))
}

/** Growth of the pass test per candidate unit when the candidate is as fast as the control. */
export function latencyPassGrowth(model: LatencyModel, share: number, law: readonly number[]): number {
  if (!(share > 0 && share < 1)) return 0
  let growth = 0
  model.tolerated.forEach((ratio, index) => {
    growth += (law[index] ?? 0) * (Math.log1p(share * (ratio - 1)) - share * Math.log(ratio))
  })
  return Math.max(0, growth / share)
}

function sumOfClasses(
  share: number,
  classes: readonly ArmCounts[],
  against: { readonly ratios: readonly number[]; readonly nulls: readonly number[] },
): number {
  let sum = 0
  classes.forEach((counts, index) => {
    sum += logLabelRatio(share, counts, {
      alternative: against.ratios[index] ?? 1,
      nullRatio: against.nulls[index] ?? 1,
    })
  })
  return sum
}

/** Share of the histogram below each bucket's upper bound; the last entry is 1. */
function cumulative(histogram: Readonly<Record<string, number>>): number[] {
  const shares: number[] = []
  let total = 0
  for (let bucket = 0; bucket < latencyBucketCount; bucket++) {
    total += histogram[bucket] ?? 0
    shares.push(total)
  }
  return shares.map((share) => share / Math.max(1, total))
}

function quantileEdges(distribution: readonly number[]): number[] {
  const edges = quantiles.map((quantile) => distribution.findIndex((share) => share >= quantile) + 1)
  return [...new Set(edges)]
}

/** Shares of the classes when every request takes `factor` times as long; straight lines within buckets. */
function classShares(distribution: readonly number[], edges: readonly number[], factor: number): number[] {
  const below = edges.map((edge) => shareBelow(distribution, bucketUpperMicros(edge - 1) / factor))
  return [...below, 1].map((share, index) => share - (below[index - 1] ?? 0))
}

function shareBelow(distribution: readonly number[], micros: number): number {
  const bucket = latencyBucketOf(micros)
  const lower = bucket === 0 ? 0 : bucketUpperMicros(bucket - 1)
  const under = distribution[bucket - 1] ?? 0
  const within = (distribution[bucket] ?? 1) - under
  return under + (within * (micros - lower)) / (bucketUpperMicros(bucket) - lower)
}
