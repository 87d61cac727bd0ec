import { completed, type RevealedUnits } from './completion-bets.ts'
import { logLabelRatio } from './label-bet.ts'
import { shareError } from './class-law.ts'

/**
 * The pass test of a completion margin: an SPRT whose null is "the candidate loses exactly `margin` of its completions" and whose
 * alternative is "it loses none". Classes are completed or not: with failed and abandoned apart, a loss that shows as explicit
 * failures would pass too easily (a margin of 20 % and p0 = 0.7 gave an expected ratio of 1.01 per unit instead of 1).
 * The ratio of the second class needs the control's completion rate; while that is unknown only the first class is bet on, whose
 * ratio needs nothing.
 */
export function logCompletionPass(units: RevealedUnits, margin: number, completionRate: number | undefined): number {
  const kept = logLabelRatio(units.share, armCounts(units, true), { alternative: 1, nullRatio: 1 - margin })
  if (completionRate === undefined) return kept
  const nullRatio = incompleteRatio(margin, completionRate)
  return kept + logLabelRatio(units.share, armCounts(units, false), { alternative: 1, nullRatio })
}

function armCounts(units: RevealedUnits, isCompleted: boolean): { control: number; candidate: number } {
  const count = (classes: readonly number[]): number => {
    let total = 0
    classes.forEach((value, index) => {
      if ((index === completed) === isCompleted) total += value
    })
    return total
  }
  return { control: count(units.control), candidate: count(units.candidate) }
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
