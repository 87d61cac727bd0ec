import { bucketUpperMicros, latencyBucketOf } from './latency-buckets.ts'

/** Currencies without a minor unit in use, and those with thousandths (ISO 4217); all others count hundredths. */
const wholeUnits = new Set('BIF CLP DJF GNF IDR IRR ISK JPY KMF KRW LBP PYG RWF UGX VND VUV XAF XOF XPF'.split(' '))
const thousandths = new Set('BHD IQD JOD KWD LYD OMR TND'.split(' '))

/** Minor units per unit of a currency. */
export function minorUnits(currency: string): number {
  return wholeUnits.has(currency) ? 1 : thousandths.has(currency) ? 1_000 : 100
}

/**
 * Bucket of an order value: the log-linear buckets of latencies over minor units, each at most 3.2 % wide, up to 42.9 million euros.
 * Values of nothing and below share the first.
 */
export function valueBucketOf(amount: number, currency: string): number {
  return latencyBucketOf(Math.round(amount * minorUnits(currency)))
}

/** The middle of a bucket, in minor units. */
export function bucketMiddle(bucket: number): number {
  return bucket <= 0 ? 0 : (bucketUpperMicros(bucket - 1) + bucketUpperMicros(bucket)) / 2
}
