import { classPassGrowth, logClassRatios, type ArmCounts } from './label-bet.ts'
import { bucketLaw, classBetween, classRatios, classShares, quantileEdges, shareBelow } from './bucket-law.ts'
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
  const distribution = bucketLaw(histogram)
  const edges = quantileEdges(distribution, quantiles)
  const law = (factor: number): number[] => classShares(edges, (micros) => shareBelow(distribution, micros / factor))
  const reference = law(1)
  const tolerated = law(1 + tolerance)
  const ratios = (shares: readonly number[]): number[] => classRatios(shares, reference)
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

/** Class of a bucket. */
export function latencyClassOf(model: LatencyModel, bucket: number): number {
  return classBetween(model.edges, bucket)
}

/** Log-ratio per alternative of {@link slowDowns}; `classes` holds the revealed units per latency class. */
export function latencyIncrements(model: LatencyModel, share: number, classes: readonly ArmCounts[]): number[] {
  return model.alternatives.map((ratios) => logClassRatios(share, classes, { ratios, nulls: model.tolerated }))
}

/** Log-ratios of the pass test: the null is a slow-down of exactly the tolerance, the alternatives none and half of it. */
export function latencyPassIncrements(model: LatencyModel, share: number, classes: readonly ArmCounts[]): number[] {
  const none = model.tolerated.map(() => 1)
  return [none, model.halfTolerated].map((ratios) => logClassRatios(share, classes, { ratios, nulls: model.tolerated }))
}

/** Growth of the pass test per candidate unit when the candidate is as fast as the control. */
export function latencyPassGrowth(model: LatencyModel, share: number, law: readonly number[]): number {
  return classPassGrowth(share, law, model.tolerated)
}
