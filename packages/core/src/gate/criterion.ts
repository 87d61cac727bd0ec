import type { Instant } from '../model/time.ts'

/**
 * A rule on a signal with a harm margin. Every kind but `metric` bets on the arm label of resolved units, so it needs a
 * concurrent control; `weight` (default 1) multiplies the criterion's part of the release's false-stop budget (of its false-hold
 * budget for `split`), see `falseStopShares`.
 */
export type Criterion = ArmCriterion | SplitCriterion | MetricCriterion

/** Whether a completion criterion watches a path. */
export function watchesPath({ onlyPaths }: CompletionCriterion, path: string): boolean {
  return onlyPaths === undefined || onlyPaths.includes(path)
}

/** The criteria that compare the candidate with the concurrent control. */
export type ArmCriterion = CompletionCriterion | ErrorsCriterion | LatencyCriterion | RevenueCriterion | CountCriterion

interface CriterionBase {
  /** Stable through a release: the stop evidence of equal ids continues from stage to stage. */
  readonly id: string
  /** Team that owns its verdicts; the gate's owner where absent. */
  readonly owner?: string
  readonly weight?: number
  /** Judged and recorded, never acted upon. */
  readonly shadow?: boolean
  /** The incident that taught it: inherited by the plan, not written in the release's file (SPEC R7). */
  readonly incident?: string
  /** Somebody knows that it sees too little at the shop's traffic, and accepts it. */
  readonly signedOff?: SignOff
}

export interface SignOff {
  /** Id of a team, or a person's address. */
  readonly by: string
  readonly reason: string
  /** From this instant on it no longer counts. */
  readonly until?: Instant
}

/** Journeys that start must complete as often as at the control, on the whole flow and on each path. */
export interface CompletionCriterion extends CriterionBase {
  readonly signal: 'completion'
  readonly flow: string
  /**
   * The only paths it watches; all where absent. Its stop test then bets on harm on those paths alone, so it needs fewer of their
   * journeys than one that looks everywhere.
   */
  readonly onlyPaths?: readonly string[]
  /** Largest relative loss of completions over all paths that may pass, 0..1. */
  readonly margin: number
  /** The same per path; a path that is absent is guarded by the stop test but needs no pass. */
  readonly pathMargins: Readonly<Record<string, number>>
  /** Resolved candidate journeys below which nothing passes. */
  readonly minUnits: number
}

/** Visitors whose first request to a route class fails (5xx, timeout, or a failure masked by fallback). */
export interface ErrorsCriterion extends CriterionBase {
  readonly signal: 'errors'
  /** Route classes; all of the shop's where empty. It stops on any one of them and passes on all of them together. */
  readonly routes: readonly string[]
  /** Largest absolute increase of the share of visitors that may pass, 0..1. */
  readonly margin: number
  /** Candidate visitors of the busiest route class below which nothing passes. */
  readonly minUnits: number
}

/** Time to first byte of visitors' first request to a route class. */
export interface LatencyCriterion extends CriterionBase {
  readonly signal: 'latency'
  /** As for errors. */
  readonly routes: readonly string[]
  /** Largest relative slow-down that is no harm, e.g. 0.2. */
  readonly tolerance: number
  /** As for errors. */
  readonly minUnits: number
}

/** Orders must be worth as much as the control's. Their number is the completion criterion's business. */
export interface RevenueCriterion extends CriterionBase {
  readonly signal: 'revenue'
  readonly flow: string
  /** Orders in other currencies are not compared; absent where the shop has one. */
  readonly currency?: string
  /** Largest relative loss of order value that may pass, 0..1. */
  readonly margin: number
  /** Candidate orders below which nothing passes. */
  readonly minUnits: number
}

/** Journeys that get an item of a kind that the flow declares (a mismatch, a refund, a complaint), each at most once. */
export interface CountCriterion extends CriterionBase {
  readonly signal: 'count'
  readonly flow: string
  /** Id of the item kind. */
  readonly event: string
  /** Largest absolute increase of the share of started journeys that may pass, 0..1. */
  readonly margin: number
  /** Candidate journeys past the item's time below which nothing passes. */
  readonly minUnits: number
}

/** Sample-ratio check: entries must split as the exposure says. A biased split holds; it never passes. */
export interface SplitCriterion extends CriterionBase {
  readonly signal: 'split'
}

/** A number read from an outside source, against fixed limits. A dead source is a provider-error, never a pass or a fail. */
export interface MetricCriterion extends CriterionBase {
  readonly signal: 'metric'
  readonly source: string
  readonly query: string
  readonly max?: number
  readonly min?: number
  /** A reading older than this is no reading. */
  readonly freshnessMs: number
  /** Readings outside the limits, one after another, that make a fail. */
  readonly consecutive: number
}
