import type { Arm } from '../exposure/arm.ts'
import type { Instant } from '../model/time.ts'

/**
 * Everything that became known between two ticks. Frames are append-only, numbered from 1 per release, and the judge's
 * state is a fold over them, so a replay gives bit-identical verdicts (SPEC G9).
 */
export interface EvidenceFrame {
  readonly seq: number
  readonly at: Instant
  readonly cells: readonly EvidenceCell[]
  /**
   * When each source was last heard, also when it had nothing to count. `gateways` and `outcomes` are always present. A journey
   * counts as abandoned only when all that could tell of its completion were heard after its horizon, so a source that is alive must
   * be heard every few seconds, with empty batches if need be; after five ticks of silence (10 s at least) the gate is blind.
   */
  readonly heard: Readonly<Record<string, Instant>>
  readonly readings: readonly MetricReading[]
}

/** `share` is the probability (basis points) with which the unit's arm was drawn: the exposure when its arm was frozen. */
export type EvidenceCell = JourneyCell | VisitCell | PageCell | OrderCell | ItemCell

/** Journeys of one flow and path that started in the slot `startedAt` (start of a slot of `journeySlotMs`). */
export interface JourneyCell {
  readonly kind: 'journey'
  readonly flow: string
  readonly path: string
  readonly arm: Arm
  readonly share: number
  readonly startedAt: Instant
  readonly outcome: 'started' | 'completed' | 'failed'
  readonly count: number
}

/** Visitors seen for the first time in the release with a cookie they were given earlier. */
export interface VisitCell {
  readonly kind: 'visit'
  readonly arm: Arm
  readonly share: number
  readonly count: number
}

/** A visitor's first request to a route class in the release; `bucket` is a log-linear latency bucket (see stats/latency-buckets). */
export interface PageCell {
  readonly kind: 'page'
  readonly route: string
  readonly arm: Arm
  readonly share: number
  readonly outcome: 'ok' | 'error'
  readonly bucket: number
  readonly count: number
}

/**
 * Completed journeys of one flow and path, by what was ordered: `bucket` is a log-linear bucket of the value (see stats/value-buckets).
 * An order that came without a value has no currency and bucket 0.
 */
export interface OrderCell {
  readonly kind: 'order'
  readonly flow: string
  readonly path: string
  readonly arm: Arm
  readonly share: number
  readonly startedAt: Instant
  readonly currency: string
  readonly bucket: number
  readonly count: number
}

/** Journeys of one flow and path that got their first item of a kind. */
export interface ItemCell {
  readonly kind: 'item'
  readonly flow: string
  readonly path: string
  readonly item: string
  readonly arm: Arm
  readonly share: number
  readonly startedAt: Instant
  readonly count: number
}

export type MetricReading =
  | { readonly kind: 'value'; readonly criterion: string; readonly value: number; readonly at: Instant }
  | { readonly kind: 'missing'; readonly criterion: string; readonly reason: string; readonly at: Instant }

/** Width of the start slots of journeys. Narrow enough for horizons of seconds (labs), wide enough to stay small. */
export const journeySlotMs = 1_000
