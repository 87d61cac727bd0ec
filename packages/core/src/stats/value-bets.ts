import type { Arm } from '../exposure/arm.ts'
import {
  bucketLaw,
  classBetween,
  classRatios,
  classShares,
  quantileEdges,
  shareBelow,
  type BucketLaw,
} from './bucket-law.ts'
import { classGrowth, logClassRatios, type ArmCounts } from './label-bet.ts'
import { bucketUpperMicros, latencyBucketCount, latencyBucketOf } from './latency-buckets.ts'
import { mixtureDesign, type MixtureDesign } from './mixture.ts'
import { bucketMiddle } from './value-buckets.ts'

/**
 * Order values as classes between quantiles of the control's. However heavy the tail, one order is one unit of one class, so no
 * single large order moves the evidence by more than any other does (gate-statistics, section 3.6).
 */
export interface ValueModel {
  /** First bucket above each class but the last, ascending. */
  readonly edges: readonly number[]
  /** The control's share per class. */
  readonly law: readonly number[]
  /** Ratio per class of each alternative of {@link valueLosses}. */
  readonly alternatives: readonly (readonly number[])[]
  /** The pass tests, by the margin's decimal text. */
  readonly margins: Readonly<Record<string, Readonly<Record<ValueTest, ValueMargin>>>>
  /** Minor units at which a report counts a value as that: the top edge. */
  readonly cap: number
}

/**
 * A pass test undoes the loss that it must rule out: candidate orders from `from` on are divided by `left`. Had the candidate lost
 * exactly that, the labels would then be fair coins, whatever the control's values are: no estimate enters the null. With the null's
 * ratios taken from 150 control orders instead, 15 of 40 releases at a margin of 10 % passed.
 */
export interface ValueMargin {
  /** Minor units. */
  readonly from: number
  readonly left: number
  /** Ratio per class where the candidate has lost nothing, and half of the margin. */
  readonly alternatives: readonly (readonly number[])[]
}

/** The pass tests of a margin: all orders lose it alike, or only the upper half does, by as much in sum. */
export const valueTests = ['whole', 'large'] as const
export type ValueTest = (typeof valueTests)[number]

/** `part` of the orders, or the upper half of them, are worth `factor` of what they would be. */
export const valueLosses = [
  { part: 1, factor: 0.98, weight: 0.1 },
  { part: 1, factor: 0.95, weight: 0.15 },
  { part: 1, factor: 0.9, weight: 0.2 },
  { part: 1, factor: 0.8, weight: 0.15 },
  { part: 1, factor: 0.5, weight: 0.1 },
  { part: 'upper half', factor: 0.9, weight: 0.08 },
  { part: 'upper half', factor: 0.7, weight: 0.07 },
  { part: 0.1, factor: 0.5, weight: 0.05 },
  // Prices of nothing: few orders, and each of them says it all.
  { part: 0.03, factor: 0.02, weight: 0.1 },
] as const

export function valueDesign(): MixtureDesign {
  return mixtureDesign(valueLosses.map(({ weight }) => weight))
}

/** Deciles, and the outer hundredths: prices of nothing and the tail. */
const quantiles = [0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99] as const

/** Control orders without which there is no reference. */
export const valueReferenceUnits = 150

/** The model for a histogram of the control's order values (count per bucket). */
export function valueModel(histogram: Readonly<Record<string, number>>, margins: readonly number[]): ValueModel {
  const law = bucketLaw(histogram)
  const edges = quantileEdges(law, quantiles)
  const median = bucketUpperMicros((quantileEdges(law, [0.5])[0] ?? 1) - 1)
  const lost = (from: number, factor: number): number[] =>
    classShares(edges, (value) => shareBelowAfter(law, { value, from, factor }))
  const reference = lost(0, 1)
  const ratios = (shares: readonly number[]): number[] => classRatios(shares, reference)
  const undone = (from: number, left: number): ValueMargin => ({
    from,
    left,
    alternatives: [1, (1 + left) / 2].map((factor) =>
      ratios(
        classShares(edges, (value) =>
          shareBelowAfter(law, { value: value <= from ? value : Math.max(from, value * left), from, factor }),
        ),
      ),
    ),
  })
  const worth = upperShareOfValue(histogram, median)
  return {
    edges,
    law: reference,
    alternatives: valueLosses.map(({ part, factor }) => {
      if (part === 'upper half') return ratios(lost(median, factor))
      const lower = lost(0, factor)
      return ratios(reference.map((share, index) => (1 - part) * share + part * (lower[index] ?? 0)))
    }),
    margins: Object.fromEntries(
      margins.map((margin) => [
        String(margin),
        { whole: undone(0, leftOf(margin, 1)), large: undone(median, leftOf(margin, worth)) },
      ]),
    ),
    cap: bucketUpperMicros((edges.at(-1) ?? 1) - 1),
  }
}

/** What is left of the values that bear a loss; `worth` is their share of all value. */
function leftOf(loss: number, worth: number): number {
  return Math.max(leastLeft, 1 - loss / Math.max(worth, 0.5))
}

/** Keeps the ratios of an absurd margin finite. */
const leastLeft = 0.02

/** Share of orders below `value` when those worth `from` or more are worth `factor` of what they were. */
function shareBelowAfter(
  law: BucketLaw,
  { value, from, factor }: { readonly value: number; readonly from: number; readonly factor: number },
): number {
  const untouched = shareBelow(law, Math.min(value, from))
  return untouched + Math.max(0, shareBelow(law, value / factor) - shareBelow(law, from))
}

function upperShareOfValue(histogram: Readonly<Record<string, number>>, median: number): number {
  let all = 0
  let upper = 0
  for (let bucket = 0; bucket < latencyBucketCount; bucket++) {
    const value = (histogram[bucket] ?? 0) * bucketMiddle(bucket)
    all += value
    if (bucketMiddle(bucket) >= median) upper += value
  }
  return all > 0 ? upper / all : 1
}

/** Log-ratio per alternative of {@link valueLosses}; the null is no change. */
export function valueIncrements(model: ValueModel, share: number, classes: readonly ArmCounts[]): number[] {
  return model.alternatives.map((ratios) => logClassRatios(share, classes, ratios))
}

/** Orders of one arm in one bucket. */
export interface ValueCount {
  readonly arm: Arm
  readonly bucket: number
  readonly count: number
}

/** Orders per class of the model. */
export function valueClasses(model: ValueModel, orders: readonly ValueCount[], undo?: ValueMargin): ArmCounts[] {
  const classes = model.law.map(() => ({ control: 0, candidate: 0 }))
  for (const { arm, bucket, count } of orders) {
    const seenAs = arm === 'candidate' && undo !== undefined ? undoneBucket(bucket, undo) : bucket
    const own = classes[classBetween(model.edges, seenAs)]
    if (own !== undefined) own[arm] += count
  }
  return classes
}

function undoneBucket(bucket: number, { from, left }: ValueMargin): number {
  const value = bucketMiddle(bucket)
  return value < from ? bucket : latencyBucketOf(value / left)
}

/** Log-ratios of one pass test: the null is a loss of exactly the margin, the alternatives none and half of it. */
export function valuePassIncrements(
  model: ValueModel,
  own: { readonly margin: number; readonly test: ValueTest },
  share: number,
  orders: readonly ValueCount[],
): number[] {
  const test = model.margins[String(own.margin)]?.[own.test]
  if (test === undefined) return [0, 0]
  const classes = valueClasses(model, orders, test)
  return test.alternatives.map((ratios) => logClassRatios(share, classes, ratios))
}

/** Growth of a pass test per candidate order when the candidate's orders are worth as much as the control's. */
export function valuePassGrowth(model: ValueModel, margin: number, test: ValueTest, share: number): number {
  const [ratios = []] = model.margins[String(margin)]?.[test].alternatives ?? []
  return classGrowth(share, model.law, ratios)
}
