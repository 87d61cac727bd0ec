import type { Money } from '../model/operating-model.ts'
import type { HarmKind } from '../stats/index.ts'
import type { Reveals } from './walk.ts'

/** What is asked of a test: at which share, under which harm (none = healthy), and what was learnt of the control before. */
export interface Question {
  /** Probability of the candidate, 0..1. */
  readonly share: number
  readonly harm?: AskedHarm
  /** Time for which the control has been measured. */
  readonly learntMs: number
  /** Part of it that lies before the stage. */
  readonly beforeMs: number
}

/** Relative loss for flows, order values and entries, absolute increase for errors and items, relative slow-down for latency. */
export interface AskedHarm {
  readonly size: number
  readonly kind: HarmKind
}

/** A pass test; its evidence starts at 0 with the stage and is the average over its alternatives. */
export interface PassQuestion {
  readonly alternatives: number
  readonly reveals: (question: Question) => readonly Reveals[]
  /** Candidate units below which nothing passes, and what brings them. */
  readonly minUnits: number
  readonly unitsPerMs: number
  /** Age at which a unit counts; 0 where absent. */
  readonly unitAgeMs?: number
}

/** One e-process of a criterion. */
export interface StopTest {
  /** ln of the weights of its alternatives, as far as they matter to the place. */
  readonly logWeights: readonly number[]
  /** Part of the criterion's budget that it has. */
  readonly part: number
  readonly reveals: (question: Question) => readonly Reveals[]
}

/** Something that can be harmed by itself: a whole flow, one of its paths, a route class; and the tests that would see it. */
export interface Place {
  /** '' for everything that the criterion watches. */
  readonly id: string
  /** Units of both arms together. */
  readonly perMs: number
  /** The e-processes that see it; the first to reach its level stops. */
  readonly stops: readonly StopTest[]
  readonly kinds: readonly HarmKind[]
  readonly sizes: readonly number[]
  /** Absent where only the stop test watches: nothing waits for it. */
  readonly pass?: PassQuestion
  /** The pass test that it would have with this margin; absent where a margin of its own is not to be had. */
  readonly passAt?: (margin: number) => PassQuestion
  /** A criterion that cannot see it is blind: the whole, a critical path, a path with a margin of its own. */
  readonly isGuarded: boolean
  /** Completions a millisecond of both arms, of which a harm takes its part; absent where orders are not counted. */
  readonly ordersPerMs?: number
  /** What one of them is worth, where the place knows it better than the flow. */
  readonly averageOrder?: Money
  readonly margin?: number
}

/** Harms that every report asks about; 1 is a total break. */
export const askedLosses = [0.05, 0.1, 0.2, 0.5, 1] as const
