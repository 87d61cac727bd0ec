import { bucketUpperMicros, latencyBucketCount } from '../stats/index.ts'

/** Large enough that shares below one unit are kept. */
const units = 1e6

/** The histogram over the log-linear buckets of a law that is given as the share below a value. */
export function histogramWith(shareBelow: (value: number) => number): Readonly<Record<string, number>> {
  const histogram: Record<string, number> = {}
  let below = 0
  for (let bucket = 0; bucket < latencyBucketCount; bucket++) {
    const upTo = shareBelow(bucketUpperMicros(bucket))
    if (upTo - below > 1e-9) histogram[bucket] = (upTo - below) * units
    below = upTo
  }
  return histogram
}
