import { bucketUpperMicros, latencyBucketCount, latencyBucketOf } from './latency-buckets.ts'

/** A distribution over the log-linear buckets: the share below each bucket's upper bound; the last entry is 1. */
export type BucketLaw = readonly number[]

/** The law of a histogram (count per bucket). */
export function bucketLaw(histogram: Readonly<Record<string, number>>): BucketLaw {
  const shares: number[] = []
  let total = 0
  for (let bucket = 0; bucket < latencyBucketCount; bucket++) {
    total += histogram[bucket] ?? 0
    shares.push(total)
  }
  return shares.map((share) => share / Math.max(1, total))
}

/** First bucket above each quantile, ascending, each once. They cut the buckets into classes. */
export function quantileEdges(law: BucketLaw, quantiles: readonly number[]): number[] {
  const edges = quantiles.map((quantile) => law.findIndex((share) => share >= quantile) + 1)
  return [...new Set(edges)]
}

/** Class of a bucket: how many edges it reaches. */
export function classBetween(edges: readonly number[], bucket: number): number {
  let index = 0
  for (const edge of edges) if (bucket >= edge) index++
  return index
}

/** Shares of the classes between edges, for a distribution given as the share below a value. */
export function classShares(edges: readonly number[], shareBelowValue: (value: number) => number): number[] {
  const below = edges.map((edge) => shareBelowValue(bucketUpperMicros(edge - 1)))
  return [...below, 1].map((share, index) => share - (below[index - 1] ?? 0))
}

/** Share of the law below a value; straight lines within buckets. */
export function shareBelow(law: BucketLaw, value: number): number {
  const bucket = latencyBucketOf(value)
  const lower = bucket === 0 ? 0 : bucketUpperMicros(bucket - 1)
  const under = law[bucket - 1] ?? 0
  const within = (law[bucket] ?? 1) - under
  return under + (within * (value - lower)) / (bucketUpperMicros(bucket) - lower)
}

/** How often each class occurs relative to a reference. Rare classes are floored, so that no single unit decides. */
export function classRatios(shares: readonly number[], reference: readonly number[]): number[] {
  return shares.map((share, index) => Math.max(share, smallest) / Math.max(reference[index] ?? 0, smallest))
}

const smallest = 0.003
