import { z } from 'zod'

const arm = z.enum(['control', 'candidate'])
const id = z.string().min(1).max(100)
const share = z.int().min(0).max(10_000)
const count = z.int().min(1).max(10_000_000)
const instant = z.int().min(0)

/** One counted thing of one release since the batch before; the wire form of core's `EvidenceCell`. */
export const deltaCell = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('journey'),
    release: id,
    flow: id,
    path: id,
    arm,
    share,
    startedAt: instant,
    outcome: z.enum(['started', 'completed', 'failed']),
    count,
  }),
  z.strictObject({ kind: z.literal('visit'), release: id, arm, share, count }),
  z.strictObject({
    kind: z.literal('page'),
    release: id,
    route: id,
    arm,
    share,
    outcome: z.enum(['ok', 'error']),
    bucket: z.int().min(0).max(1023),
    count,
  }),
])
export type DeltaCell = z.infer<typeof deltaCell>

/** Operational counters of the gateway itself, per route class and arm; shown and exported, never judged. */
export const trafficCell = z.strictObject({
  route: id,
  arm,
  requests: z.int().min(0),
  errors: z.int().min(0),
  /** Candidate failures that the fallback hid from the shopper; counted as candidate errors as well (SPEC E9). */
  masked: z.int().min(0),
  /** Sum of the times to first byte, microseconds. */
  latencyMicros: z.int().min(0),
})
export type TrafficCell = z.infer<typeof trafficCell>

/** Requests of one registered identity: served, shown, never judged. */
const excludedCount = z.strictObject({ identity: id, requests: z.int().min(1) })
export type ExcludedCount = z.infer<typeof excludedCount>

/**
 * What a gateway counted since its last batch. `source` is one run of one gateway; `seq` counts its batches from 1, so
 * that a resend counts once. A batch goes out every interval even when it is empty: silence is evidence of blindness.
 */
export const deltaBatch = z.strictObject({
  gateway: id,
  source: z.uuid(),
  seq: z.int().min(1),
  /** The gateway's clock when the batch was closed. */
  at: instant,
  /** Version of the snapshot in effect. */
  snapshotVersion: z.int().min(0),
  cells: z.array(deltaCell).max(20_000),
  traffic: z.array(trafficCell).max(5_000),
  /** Requests of registered identities, which are in no cell; absent when there were none. */
  excluded: z.array(excludedCount).max(1_000).exactOptional(),
})
export type DeltaBatch = z.infer<typeof deltaBatch>

export const deltaReceipt = z.object({ accepted: z.boolean(), duplicate: z.boolean(), seq: z.int() })
export type DeltaReceipt = z.infer<typeof deltaReceipt>
