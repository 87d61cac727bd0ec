import type { Instant } from '../../model/time.ts'
import type { Estimate } from '../../stats/index.ts'
import type { CriterionVerdict, GateVerdict } from '../verdict.ts'

/** The first time that something was so, with what the gate said to it. */
export interface Moment {
  readonly at: Instant
  readonly frame: number
  /** Id of the stage; empty before the start. */
  readonly stage: string
}

export interface CriterionMoment extends Moment {
  readonly verdict: CriterionVerdict
}

/** When a criterion would have stopped the release, and what that would have saved. */
export interface StopMoment extends CriterionMoment {
  /** When the evidence of harm began to grow. */
  readonly harmBeganAt?: Instant
  /** Orders fewer than the concurrent control would have placed, up to this moment; on the path that carries the harm. */
  readonly ordersLost?: Estimate
}

/** One criterion over a recording. A shadow is told like any other: in a backtest nobody acts. */
export interface CriterionTimeline {
  readonly criterion: string
  readonly signal: string
  readonly owner: string
  /** As it was when it was last judged. */
  readonly shadow: boolean
  readonly stop?: StopMoment
  /** Its first pass in each stage, in order. */
  readonly passes: readonly CriterionMoment[]
  readonly last: CriterionVerdict
}

/** What changed at one tick: the whole verdict, and those of its criteria that say something new. */
export interface VerdictChange {
  readonly verdict: GateVerdict
  readonly criteria: readonly CriterionVerdict[]
}

/** What a gate says to a recording so far. Its size depends on the plan, not on the length of the recording. */
export interface BacktestReport {
  readonly from?: Instant
  readonly until?: Instant
  /** Ticks folded in, and those of them on which the gate was judged. */
  readonly ticks: number
  readonly judged: number
  readonly changes: number
  /** The first criterion that would have stopped the release, shadows included. */
  readonly stop?: StopMoment
  /** The gate's first pass in each stage, shadows left out as always, in order. */
  readonly passes: readonly Moment[]
  readonly criteria: readonly CriterionTimeline[]
  /** The verdict of the last tick that was judged. */
  readonly last?: GateVerdict
  /** Orders fewer than the concurrent control would have placed, over the whole recording, per flow. */
  readonly ordersLost: Readonly<Record<string, Estimate>>
  /** Counts that name a flow, path or route which the gate's plan does not know. */
  readonly foreign: number
}
