import type { Criterion } from '../gate/criterion.ts'
import type { Money } from './operating-model.ts'
import type { Instant } from './time.ts'

/** What follows a fail, or a person's stop: for new entrants only, for all but pinned journeys, or for everybody. */
export const stopModes = ['hold', 'eject', 'evict'] as const
export type StopMode = (typeof stopModes)[number]

/** A plan that raises exposure from 0 to 100 %. The domain form of `releases/*.yaml`. */
export interface ReleasePlan {
  readonly id: string
  /** The candidate: one or several components that change as one unit. */
  readonly components: readonly string[]
  /** Team that answers for the release. */
  readonly owner: string
  /** Flows the gates watch. */
  readonly flows: readonly string[]
  /** Seed of the bucket hash, an unsigned 32-bit integer; fixed for the life of the release. */
  readonly salt: number
  /** Probability of one false stop over the whole release; split over criteria (SPEC G1). */
  readonly falseStopBudget: number
  /** Probability that a gate passes though the true harm equals its margin. */
  readonly falsePassBudget: number
  /** Expected loss that stops the release even without significance. */
  readonly lossBudgetOrders?: number
  /** The same in money: orders lost times what an order is worth. */
  readonly lossBudgetRevenue?: Money
  readonly stages: readonly Stage[]
  readonly freezes: readonly Freeze[]
  /** How often the gate is judged. */
  readonly tickMs: number
  readonly lease: { readonly durationMs: number; readonly onExpiry: 'control' | 'stay' }
}

export interface Stage {
  readonly id: string
  /** Share of visitors (cookie bucket), basis points 0..10000. */
  readonly visitorBasisPoints: number
  /** Share of URLs of crawlable routes for requests without a cookie, basis points 0..10000. */
  readonly urlBasisPoints: number
  /** Route class ids exposed; all of the shop's when empty. */
  readonly routes: readonly string[]
  /** No raise before `minMs`; a gate undecided at `maxMs` holds with its owner and deadline. */
  readonly window: { readonly minMs: number; readonly maxMs: number }
  /** Must pass before exposure rises to this stage, judged on the evidence of the stage before (SPEC R1). */
  readonly entry?: Gate
  /** Must pass before exposure rises beyond this stage. */
  readonly exit: Gate
  /** Where an idempotent request goes when the candidate fails before its first byte. */
  readonly fallback: 'control' | 'none'
  /** A one-way stage needs its roll-forward runbook rehearsed before entry (SPEC R6). */
  readonly reversible: boolean
  readonly rollForward?: string
}

export interface Gate {
  readonly id: string
  /** Team that owns a verdict that holds. */
  readonly owner: string
  readonly criteria: readonly Criterion[]
  readonly onFail: StopMode
  /** How long the owner has to act on a hold before it escalates. */
  readonly respondWithinMs: number
}

/** Nothing rises between `from` (inclusive) and `until` (exclusive). */
export interface Freeze {
  readonly from: Instant
  readonly until: Instant
  readonly reason: string
}
