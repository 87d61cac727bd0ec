import { completed, failed, lossSizes } from './completion-bets.ts'
import { delayedUntil, type DelayCounts } from './delay-law.ts'
import { logDrawRatios } from './draw-bet.ts'
import { logLabelRatio, type ArmCounts } from './label-bet.ts'

/**
 * What silent harm of each size says of a journey at one age: how much likelier a candidate's is still open, and how much more
 * readily it then completes or fails, as logarithms (see {@link addOpenTerms}, {@link addDrawTerms}).
 */
export interface OpenOdds {
  readonly open: readonly number[]
  readonly completes: readonly number[]
  readonly fails: readonly number[]
}

/** How long completions and failures take at the control. */
export interface DelayLaws {
  readonly completed: DelayCounts
  readonly failed: DelayCounts
}

/**
 * Odds at an age (part of the horizon) under the control's law of the path. With completions at rate p by F(age) and failures at
 * rate e by G(age), `S0 = 1 - e G - p F` of the control's journeys are open; a silent loss of d leaves `1 - e G - p (1-d) F` open.
 * Source: gate-statistics, section 3.3.
 */
export function openOdds(law: readonly number[], delays: DelayLaws, age: number): OpenOdds {
  const p = law[completed] ?? 0
  const e = law[failed] ?? 0
  const completedBy = delayedUntil('completed', delays.completed, age)
  const failedBy = delayedUntil('failed', delays.failed, age)
  const stillOpen = Math.max(smallest, 1 - e * failedBy - p * completedBy)
  const open = lossSizes.map((size) => Math.log1p((p * size * completedBy) / stillOpen))
  return {
    open,
    completes: lossSizes.map((size, index) => Math.log(1 - size) - (open[index] ?? 0)),
    fails: open.map((logOdds) => -logOdds),
  }
}

const smallest = 1e-3

/** Adds what it says that these journeys are still open at the moment when a cohort's members are counted by arm. */
export function addOpenTerms(terms: number[], share: number, open: ArmCounts, odds: OpenOdds): void {
  odds.open.forEach((logOdds, index) => {
    terms[index] = (terms[index] ?? 0) + logLabelRatio(share, open, { alternative: Math.exp(logOdds), nullRatio: 1 })
  })
}

/** Events of one tick among the members of a cohort. */
export interface CohortDraw {
  readonly atRisk: ArmCounts
  readonly failed: ArmCounts
  readonly completed: ArmCounts
}

/** Adds the log-ratios of a tick's events: first those that failed, then those of the rest that completed. */
export function addDrawTerms(terms: number[], draw: CohortDraw, odds: OpenOdds): void {
  const failing = logDrawRatios(draw.atRisk, draw.failed, odds.fails)
  const left = {
    control: draw.atRisk.control - draw.failed.control,
    candidate: draw.atRisk.candidate - draw.failed.candidate,
  }
  const completing = logDrawRatios(left, draw.completed, odds.completes)
  failing.forEach((value, index) => {
    terms[index] = (terms[index] ?? 0) + value + (completing[index] ?? 0)
  })
}
