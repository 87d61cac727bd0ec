import type { EvidenceCell } from '@headgate/core/gate'
import type { Instant, MetricSourceConfig } from '@headgate/core/model'
import type { Reading } from '@headgate/core/ports'
import type { Tx } from '../db/index.ts'
import type { ReleaseDeps } from '../releases/index.ts'

/** Reads one number from a metric source of the operating model; adapters answer also when they fail. */
export type ReadMetric = (source: MetricSourceConfig, query: string, signal: AbortSignal) => Promise<Reading>

/** The steps of a tick, in order; a test may end the process at each of them. */
export const tickSteps = [
  'claimed',
  'frame-appended',
  'frame-committed',
  'judged',
  'evidence-saved',
  'tick-committed',
] as const
export type TickStep = (typeof tickSteps)[number]

export interface GateDeps extends ReleaseDeps {
  /** Takes what was counted for the release and not taken before, in the caller's transaction. */
  readonly takePendingCells: (tx: Tx, release: string) => Promise<readonly EvidenceCell[]>
  /** When signals were last heard: `gateways` and `outcomes` at least. */
  readonly lastHeard: (tx: Tx) => Promise<Readonly<Record<string, Instant>>>
  readonly readMetric: ReadMetric
  /** Hears of every step of a tick. For tests that end the process there. */
  readonly reachedInTick?: (step: TickStep) => void
}
