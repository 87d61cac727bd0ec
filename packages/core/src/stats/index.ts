export { bucketUpperMicros, latencyBucketCount, latencyBucketOf } from './latency-buckets.ts'
