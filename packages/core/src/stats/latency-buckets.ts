/**
 * Log-linear latency buckets: below 32 us one bucket per microsecond, above that 32 buckets per power of two, so that a
 * bucket is at most 1/32 = 3.2 % wide. 896 buckets reach 71 minutes; slower counts as that.
 */
const mantissaBits = 5
const perOctave = 1 << mantissaBits
const largestMicros = 0xffff_ffff

/** Number of buckets; every index is below it. */
export const latencyBucketCount = (32 - mantissaBits + 1) * perOctave

/** Bucket of a duration in microseconds. Negative, fractional and non-finite durations fall into the nearest bucket. */
export function latencyBucketOf(micros: number): number {
  if (!(micros > 0)) return 0
  const whole = micros >= largestMicros ? largestMicros : Math.floor(micros)
  if (whole < perOctave) return whole
  const shift = 31 - mantissaBits - Math.clz32(whole)
  return shift * perOctave + (whole >>> shift)
}

/** Smallest duration above the bucket, microseconds: a bucket holds `bucketUpperMicros(i - 1) <= micros < bucketUpperMicros(i)`. */
export function bucketUpperMicros(bucket: number): number {
  const index = Math.max(0, Math.min(latencyBucketCount - 1, Math.floor(bucket)))
  if (index < perOctave) return index + 1
  const shift = Math.floor(index / perOctave) - 1
  return (index - shift * perOctave + 1) * 2 ** shift
}
