import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { bucketUpperMicros, latencyBucketCount, latencyBucketOf } from './latency-buckets.ts'

test.prop([fc.integer({ min: 0, max: 0xffff_fffe })])(
  'every duration lies within its bucket, and buckets are at most 3.2 % wide',
  (micros) => {
    const bucket = latencyBucketOf(micros)
    const lower = bucket === 0 ? 0 : bucketUpperMicros(bucket - 1)
    expect(bucket).toBeLessThan(latencyBucketCount)
    expect(lower).toBeLessThanOrEqual(micros)
    expect(bucketUpperMicros(bucket)).toBeGreaterThan(micros)
    expect(bucketUpperMicros(bucket) - lower).toBeLessThanOrEqual(Math.max(1, lower / 32))
  },
)

test('bucket bounds rise without a gap over the whole range', () => {
  for (let bucket = 1; bucket < latencyBucketCount; bucket++) {
    expect(latencyBucketOf(bucketUpperMicros(bucket - 1))).toBe(bucket)
  }
})

test('fewer than 1024 buckets, as the wire allows', () => {
  expect(latencyBucketCount).toBe(896)
})

test.each([
  [Number.NaN, 0],
  [-1, 0],
  [0.4, 0],
  [Infinity, 895],
  [1e30, 895],
])('a duration of %s falls into bucket %i', (micros, bucket) => {
  expect(latencyBucketOf(micros)).toBe(bucket)
})
