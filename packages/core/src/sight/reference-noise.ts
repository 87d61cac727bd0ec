import { classBetween, latencyBucketOf, valueReferenceUnits, type ValueModel } from '../stats/index.ts'
import type { Bucket } from './order-values.ts'

/** What an alternative says of an order: `part` of those of a value are seen as worth another. */
export interface Told {
  readonly part: number
  readonly seenAs: (value: number) => number
}

/**
 * The judge takes its ratios from a sample of the control's orders, not from their law. Per class, the variance of the logarithm of
 * its ratio times the number of orders in the sample: the ratio is that of two counts, of orders seen in a class and of orders in it,
 * each a weighted sum over the buckets (delta method; the weights are parts because the judge draws straight lines within buckets).
 */
export function ratioNoise(model: ValueModel, buckets: readonly Bucket[], { part, seenAs }: Told): readonly number[] {
  const told = buckets.map((bucket) => ({
    share: bucket.share,
    own: classBetween(model.edges, bucket.index),
    seen: partsByClass(model, bucket.values.map(seenAs)),
  }))
  return model.law.map((_, index) => {
    let mass = 0
    let seen = 0
    for (const each of told) {
      seen += each.share * (each.seen[index] ?? 0)
      if (each.own === index) mass += each.share
    }
    const ratio = seen / Math.max(smallestMass, mass)
    let varying = 0
    for (const each of told) {
      varying += each.share * ((each.seen[index] ?? 0) - (each.own === index ? ratio : 0)) ** 2
    }
    const whole = Math.max(smallestMass, Math.max(smallestMass, mass) * (1 - part + part * ratio))
    return (part ** 2 * varying) / whole ** 2
  })
}

function partsByClass({ edges, law }: ValueModel, values: readonly number[]): readonly number[] {
  const parts = law.map(() => 0)
  for (const value of values) {
    const index = classBetween(edges, latencyBucketOf(value))
    parts[index] = (parts[index] ?? 0) + 1 / values.length
  }
  return parts
}

/** As the judge floors them. */
const smallestMass = 0.003

/**
 * What a noisy ratio costs on average with each unit, times the size of the sample: half of its variance times the label's own (the
 * curvature of the logistic loss).
 */
export function noiseCost(share: number, ratio: number, variance: number): number {
  const odds = share * ratio
  const chance = odds / (1 - share + odds)
  return (Math.min(valueReferenceUnits, variance) * chance * (1 - chance)) / 2
}

/** Sum of one over the size of the sample while it grows: it is taken anew whenever it has doubled, and stays below a limit. */
export function inverseSamples(from: number, until: number): number {
  const growing = Math.max(0, Math.log2(Math.min(until, largestSample) / Math.min(from, largestSample)))
  return growing + Math.max(0, until - Math.max(from, largestSample)) / largestSample
}

const largestSample = 15_000
