import {
  foldRecord,
  type EvidenceCell,
  type EvidenceContext,
  type EvidenceRecord,
  type EvidenceState,
  type MetricReading,
} from '@headgate/core/gate'
import { z } from 'zod'

/**
 * One link of the evidence: a frame, which stage had come into effect before it, and for which stage the gate was judged on
 * it. Frames alone give every verdict again, bit by bit.
 */
export interface FrameRecord extends EvidenceRecord {
  /** Hash of the version of the operating model whose plan was judged. */
  readonly model: string
}

const count = z.number()
const arm = z.enum(['control', 'candidate'])
const cell: z.ZodType<EvidenceCell> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('journey'),
    flow: z.string(),
    path: z.string(),
    arm,
    share: count,
    startedAt: count,
    outcome: z.enum(['started', 'completed', 'failed']),
    count,
  }),
  z.strictObject({ kind: z.literal('visit'), arm, share: count, count }),
  z.strictObject({
    kind: z.literal('page'),
    route: z.string(),
    arm,
    share: count,
    outcome: z.enum(['ok', 'error']),
    bucket: count,
    count,
  }),
  z.strictObject({
    kind: z.literal('order'),
    flow: z.string(),
    path: z.string(),
    arm,
    share: count,
    startedAt: count,
    currency: z.string(),
    bucket: count,
    count,
  }),
  z.strictObject({
    kind: z.literal('item'),
    flow: z.string(),
    path: z.string(),
    item: z.string(),
    arm,
    share: count,
    startedAt: count,
    count,
  }),
])
const reading: z.ZodType<MetricReading> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('value'), criterion: z.string(), value: z.number(), at: z.number() }),
  z.strictObject({ kind: z.literal('missing'), criterion: z.string(), reason: z.string(), at: z.number() }),
])

const frameRecordSchema: z.ZodType<FrameRecord> = z.strictObject({
  frame: z.strictObject({
    seq: z.int(),
    at: z.number(),
    cells: z.array(cell),
    heard: z.record(z.string(), z.number()),
    readings: z.array(reading),
  }),
  model: z.string(),
  mark: z.strictObject({ stage: z.int(), at: z.number() }).exactOptional(),
  judged: z.int().exactOptional(),
})

export function parseFrameRecord(text: string): FrameRecord {
  return frameRecordSchema.parse(JSON.parse(text))
}

/**
 * The evidence after a frame. It goes through its stored form each time, so that a fold over many frames in one go and one that
 * was stored after each frame cannot differ in a bit.
 */
export function foldFrame(context: EvidenceContext, state: EvidenceState, record: FrameRecord): EvidenceState {
  return parseEvidence(writeEvidence(foldRecord(context, state, record)))
}

/** Not canonical on purpose: the order of keys decides the order of sums, and must survive. */
export function writeEvidence(state: EvidenceState): string {
  return JSON.stringify(state)
}

const evidenceSchema = z.custom<EvidenceState>(isEvidence, 'evidence of another version of Headgate')

function isEvidence(value: unknown): value is EvidenceState {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === 2
}

export function parseEvidence(text: string): EvidenceState {
  return evidenceSchema.parse(JSON.parse(text))
}

/** Evidence as it was stored; undefined where another version of Headgate stored it: the frames give it again. */
export function storedEvidence(text: string | null): EvidenceState | undefined {
  const value: unknown = text === null ? undefined : JSON.parse(text)
  return isEvidence(value) ? value : undefined
}
