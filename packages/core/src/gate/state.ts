import type { Instant } from '../model/time.ts'
import type { DelayCounts, Drought, HarmKind, LatencyModel, MixtureState, ValueModel } from '../stats/index.ts'
import type { HarmSign } from './harm-sign.ts'

/**
 * What the judge remembers: a fold over frames and stage entries, plain JSON, of a size that depends on the plan (criteria, paths,
 * routes) and not on traffic (SPEC G9, G10).
 */
export interface EvidenceState {
  /** Grows when the shape changes; evidence of another version is folded anew from its frames. */
  readonly version: 2
  /** Last frame that was folded in. */
  readonly frame: number
  /** When the first frame came. */
  readonly openedAt?: Instant
  /** The latest instant seen; never goes back (SPEC G7). */
  readonly at?: Instant
  readonly stage?: StageMark
  readonly heard: Readonly<Record<string, Instant>>
  readonly flows: Readonly<Record<string, FlowState>>
  readonly routes: Readonly<Record<string, RouteState>>
  /** By `flow/currency`. */
  readonly orders: Readonly<Record<string, OrderState>>
  /** By `flow/item`. */
  readonly items: Readonly<Record<string, ItemState>>
  readonly visits: SplitState
  readonly metrics: Readonly<Record<string, MetricState>>
  readonly criteria: Readonly<Record<string, CriterionState>>
  /** Counted cells that no flow, path or route of the plan knows. */
  readonly foreign: number
}

/** Since when, and after which frame, the current stage has been in effect everywhere. */
export interface StageMark {
  readonly index: number
  readonly at: Instant
  readonly frame: number
}

export interface FlowState {
  /** Open slots, oldest first. */
  readonly slots: readonly Slot[]
  /** Slots that start before it are closed; what arrives for them is late. */
  readonly closedUntil: Instant
  readonly firstStartAt?: Instant
  /** Abandons of slots that start up to here are not evidence: outcomes were being lost. */
  readonly taintedUntil: Instant
  readonly drought: { readonly control: Drought; readonly both: Drought }
  /** Mean time from start to completion, and of how many journeys (bounded). */
  readonly delay: { readonly meanMs: number; readonly units: number }
  readonly delays: DelayState
  /** Per path: how many journeys start, in both arms together. */
  readonly pace: readonly Pace[]
  /** Slots that start before it have been given to a cohort or none, per path. */
  readonly assignedUntil: readonly Instant[]
  readonly cohorts: readonly Cohort[]
  /** Per path: decayed matured control journeys by class. */
  readonly baseline: readonly (readonly number[])[]
  readonly stop: Readonly<Record<HarmKind, MixtureState>>
  readonly starts: MixtureState
  /** Journeys of the release per `path@share`, see {@link tally}. */
  readonly totals: Readonly<Record<string, readonly number[]>>
  readonly stage: FlowStageState
  readonly late: {
    readonly started: number
    readonly results: number
    readonly cohorts: number
    readonly inARow: number
  }
  /** Abandons set aside because outcomes were being lost. */
  readonly lost: number
  /** Per `path.share`, [control, candidate]: outcomes beyond the starts of slots that are closed. They hide as many abandons of later ones. */
  readonly owed: Readonly<Record<string, readonly number[]>>
}

/** Started in the current stage, per path. */
export interface FlowStageState {
  /** [control, candidate] */
  readonly started: readonly (readonly number[])[]
  readonly resolved: readonly (readonly number[])[]
  /** Past the horizon, see {@link tally}: started, completed, failed per arm. */
  readonly matured: readonly (readonly number[])[]
}

/**
 * How long the control's journeys took until they completed. What came soon is seen first, so only blocks of journeys whose
 * horizon is over count as known.
 */
export interface DelayState {
  readonly known: DelayCounts
  /** Journeys that started before `until`, in blocks of a quarter of the horizon. */
  readonly blocks: readonly DelayBlock[]
}

export interface DelayBlock {
  readonly until: Instant
  readonly counts: DelayCounts
}

/** Starts over a time, both fading alike. */
export interface Pace {
  readonly ms: number
  readonly starts: number
}

/**
 * Journeys of one path that start in `from <= start < until`. While it fills, what they come to is bet on one by one; then its
 * members that have not completed are counted by arm, and each completion is bet on as a draw from those at risk.
 */
export interface Cohort {
  readonly path: number
  readonly from: Instant
  readonly until: Instant
  /** Members that have not completed, [control, candidate] per share; absent while it fills. */
  readonly atRisk?: Readonly<Record<string, readonly number[]>>
  /** A member came to light after they were counted: nothing more is bet on the others. */
  readonly isSpoilt?: boolean
}

/** One slot's journeys, keyed `pathIndex.share`, see {@link tally}. */
export interface Slot {
  readonly start: Instant
  readonly cells: Readonly<Record<string, readonly number[]>>
}

/** Positions of journeys in a tally: [started, completed, failed] of the control, then of the candidate. */
export const tally = { started: 0, completed: 1, failed: 2, candidate: 3, size: 6 } as const

/** The control's histogram (units per bucket), and the number of units at which models are built from it next. */
export interface Reference {
  readonly histogram: Readonly<Record<string, number>>
  readonly units: number
  readonly refreshAt: number
  readonly rebuilds: number
}

export interface RouteState extends Reference {
  /** Decayed control visitors: [ok, error]. */
  readonly baseline: readonly number[]
  readonly errors: MixtureState
  /** Visitors of the release: [ok, error] of the control, then of the candidate; shares strictly between 0 and 1 only. */
  readonly totals: readonly number[]
  readonly stage: readonly number[]
  /** Per tolerance, keyed by its decimal text. */
  readonly latency: Readonly<Record<string, LatencyState>>
}

export interface LatencyState {
  readonly model?: LatencyModel
  readonly stop: MixtureState
  /** Units bet on, per latency class: [control, candidate]; of the release and of the stage. */
  readonly totals: readonly (readonly number[])[]
  readonly stage: readonly (readonly number[])[]
}

export interface OrderState extends Reference {
  readonly model?: ValueModel
  readonly stop: MixtureState
  /**
   * Orders bet on and their values (minor units, capped at the control's 99th percentile): [orders, value] of the control, then of the
   * candidate; of the release and of the stage.
   */
  readonly totals: readonly number[]
  readonly stage: readonly number[]
  /** Orders of the stage that came with a value and those that came without: [with, without] of the control, then of the candidate. */
  readonly valued: readonly number[]
}

export interface ItemState {
  readonly stop: MixtureState
  /** Open slots, oldest first; slots that start before `closedUntil` are closed. */
  readonly slots: readonly ItemSlot[]
  readonly closedUntil: Instant
  /** Decayed control journeys past the item's time: [without, with]. */
  readonly baseline: readonly number[]
  /** Journeys past the item's time, or with an item before it: [without, with] of the control, then of the candidate. */
  readonly totals: readonly number[]
  readonly stage: readonly number[]
  /** Candidate journeys that started in the stage. */
  readonly started: number
  /** Journeys set aside because their items may have been lost. */
  readonly lost: number
}

/** Journeys of one slot under a concurrent control: [started, with the item] of the control, then of the candidate. */
export interface ItemSlot {
  readonly start: Instant
  readonly counts: readonly number[]
}

export interface SplitState {
  readonly bets: MixtureState
  /** [control, candidate, expected candidates] */
  readonly counts: readonly number[]
}

export interface MetricState {
  readonly value?: number
  readonly at?: Instant
  /** Readings outside the limits, one after another. */
  readonly outside: number
  /** Why the last attempt brought nothing. */
  readonly missing?: { readonly reason: string; readonly at: Instant }
}

export interface CriterionState {
  /** The crossing of the stop level; final for the release. */
  readonly stopped?: Crossing
  /** Pass tests of the current stage, keyed by `` (whole), path or route. */
  readonly tests: Readonly<Record<string, PassTest>>
  /** Since when all pass tests of the current stage have been through. */
  readonly passed?: { readonly frame: number; readonly at: Instant }
  /** Last stage whose tests it passed. */
  readonly provenIn?: number
}

/** What the leading alternative said at that moment. */
export interface Crossing extends HarmSign {
  readonly frame: number
  readonly at: Instant
  /** ln of the evidence. */
  readonly log: number
  readonly harmBeganAt: Instant
}

export interface PassTest {
  /** ln of the evidence, one per alternative of the test (their average counts). */
  readonly logs: readonly number[]
  /** Frame at which the level was reached. */
  readonly reached?: number
}
