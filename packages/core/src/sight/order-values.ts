import type { Money } from '../model/operating-model.ts'
import {
  bucketUpperMicros,
  latencyBucketOf,
  minorUnits,
  valueClasses,
  type ValueCount,
  type ValueModel,
} from '../stats/index.ts'
import { histogramWith } from './histogram.ts'
import { normalBelow } from './normal.ts'
import type { FlowTraffic } from './traffic.ts'

/** What the control's orders of a flow are worth. */
export interface OrderValues {
  /** Orders per value bucket. */
  readonly histogram: Readonly<Record<string, number>>
  readonly averageOrder: Money
  /** Nobody has recorded any: log-normal around the average. */
  readonly isAssumed: boolean
}

/** Standard deviation of the logarithm of order values where only their average is known; shops' lie between 0.8 and 1.2. */
const usualSpread = 1

/** The values in a currency; undefined where nothing is known of them. */
export function orderValuesOf({ values, averageOrder }: FlowTraffic, currency: string): OrderValues | undefined {
  const histogram = Object.hasOwn(values, currency) ? values[currency] : undefined
  const declared = averageOrder?.currency === currency ? averageOrder : undefined
  if (histogram !== undefined && Object.keys(histogram).length > 0) {
    return { histogram, averageOrder: declared ?? averageOf(histogram, currency), isAssumed: false }
  }
  if (declared === undefined) return undefined
  const median = declared.amount * minorUnits(currency) * Math.exp(-(usualSpread ** 2) / 2)
  const assumed = histogramWith((value) => normalBelow(Math.log(value / median) / usualSpread))
  return { histogram: assumed, averageOrder: declared, isAssumed: true }
}

function averageOf(histogram: OrderValues['histogram'], currency: string): Money {
  const worth = sumOf(pointsOf(bucketsOf(histogram)), ({ value, share }) => value * share)
  return { amount: worth / minorUnits(currency), currency }
}

/** Orders of a value bucket. */
export interface Bucket {
  readonly index: number
  /** Part of all orders. */
  readonly share: number
  /** Values that stand for those in it, evenly: a small loss moves a part of a bucket into the next one. */
  readonly values: readonly number[]
}

const valuesPerBucket = 8

export function bucketsOf(histogram: OrderValues['histogram']): readonly Bucket[] {
  const total = Math.max(
    1e-12,
    sumOf(Object.values(histogram), (count) => count),
  )
  return Object.entries(histogram).map(([bucket, count]) => {
    const index = Number(bucket)
    const from = index <= 0 ? 0 : bucketUpperMicros(index - 1)
    const width = bucketUpperMicros(index) - from
    const values = Array.from({ length: valuesPerBucket }, (_, part) => from + (width * (part + 0.5)) / valuesPerBucket)
    return { index, share: count / total, values }
  })
}

/** Orders of one value, minor units, as a part of all. */
interface Point {
  readonly value: number
  readonly share: number
}

function pointsOf(buckets: readonly Bucket[]): readonly Point[] {
  return buckets.flatMap(({ share, values }) => values.map((value) => ({ value, share: share / values.length })))
}

/** Orders worth `from` or more lose the same part of their value. */
export interface ValueLoss {
  readonly from: number
  readonly factor: number
}

/** The loss of a part of all order value that orders worth `from` or more bear. */
export function lossBorneFrom(buckets: readonly Bucket[], from: number, size: number): ValueLoss {
  const points = pointsOf(buckets)
  const all = sumOf(points, ({ value, share }) => value * share)
  const own = sumOf(points, ({ value, share }) => (value >= from ? value * share : 0))
  return { from, factor: Math.max(0, 1 - (size * all) / Math.max(1e-12, own)) }
}

/** The candidate's orders after a loss, as shares of all of them. */
export function ordersAfter(buckets: readonly Bucket[], { from, factor }: ValueLoss): readonly ValueCount[] {
  const shares = new Map<number, number>()
  for (const { value, share } of pointsOf(buckets)) {
    const bucket = latencyBucketOf(value >= from ? value * factor : value)
    shares.set(bucket, (shares.get(bucket) ?? 0) + share)
  }
  return [...shares].map(([bucket, count]) => ({ arm: 'candidate', bucket, count }))
}

/** Share of orders per class of the judge's model. */
export function classesOf(model: ValueModel, orders: readonly ValueCount[]): readonly number[] {
  return valueClasses(model, orders).map(({ candidate }) => candidate)
}

function sumOf<Item>(items: readonly Item[], value: (item: Item) => number): number {
  let sum = 0
  for (const item of items) sum += value(item)
  return sum
}
