import { abandoned, completed, failed, type RevealedUnits } from './completion-bets.ts'
import { logLabelRatio, type ArmCounts } from './label-bet.ts'
import { shareError } from './class-law.ts'

/**
 * The pass test of a completion margin: an SPRT whose null is "the candidate loses exactly `margin` of its completions" and whose
 * alternative is "it loses none". Classes are completed or not: with failed and abandoned apart, a loss that shows as explicit
 * failures would pass too easily (a margin of 20 % and p0 = 0.7 gave an expected ratio of 1.01 per unit instead of 1).
 * The ratio of the second class needs the control's completion rate; while that is unknown only the first class is bet on, whose
 * ratio needs nothing.
 */
export function logCompletionPass(units: PassUnits, margin: number, completionRate: number | undefined): number {
  const kept = logLabelRatio(units.share, units.completed, { alternative: 1, nullRatio: 1 - margin })
  if (completionRate === undefined) return kept
  const nullRatio = incompleteRatio(margin, completionRate)
  return kept + logLabelRatio(units.share, units.others, { alternative: 1, nullRatio })
}

/** Revealed units as the pass test sees them: completed or not. */
export interface PassUnits {
  /** Probability of the candidate, 0..1. */
  readonly share: number
  readonly completed: ArmCounts
  readonly others: ArmCounts
}

export function passUnits({ share, control, candidate }: RevealedUnits): PassUnits {
  return {
    share,
    completed: { control: control[completed] ?? 0, candidate: candidate[completed] ?? 0 },
    others: { control: othersOf(control), candidate: othersOf(candidate) },
  }
}

function othersOf(classes: readonly number[]): number {
  return (classes[failed] ?? 0) + (classes[abandoned] ?? 0)
}

function incompleteRatio(margin: number, completionRate: number): number {
  return 1 + (margin * completionRate) / Math.max(1e-6, 1 - completionRate)
}

/**
 * Half a standard error below the control's completion rate: too high a rate would let harm at the margin pass. Measured with it at
 * the margin (level 1 %, six paths): 8 false passes in 1,500 releases.
 */
export function completionFloor(rate: number, units: number): number {
  return Math.max(0.01, rate - shareError(rate, units) / 2)
}

/** Growth of the pass test's log-evidence per candidate unit when the candidate is as good as the control. */
export function completionPassGrowth(share: number, margin: number, completionRate: number): number {
  if (!(share > 0 && share < 1) || !(margin > 0)) return 0
  const lost = 1 - margin
  const gained = incompleteRatio(margin, completionRate)
  const ofCompleted = Math.log1p(share * (lost - 1)) - share * Math.log(lost)
  const ofOthers = Math.log1p(share * (gained - 1)) - share * Math.log(gained)
  return Math.max(0, (completionRate * ofCompleted + (1 - completionRate) * ofOthers) / share)
}

/** Resolved candidate units that a pass at level `budget` needs on average (gate-statistics 3.7, for a concurrent control). */
export function unitsToPass(budget: number, growthPerUnit: number): number {
  return growthPerUnit > 0 ? Math.ceil(Math.log(1 / budget) / growthPerUnit) : Number.MAX_SAFE_INTEGER
}
