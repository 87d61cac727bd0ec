import { completed, lossSizes } from './completion-bets.ts'
import { delayedUntil, type DelayCounts } from './delay-law.ts'
import { logDrawRatios } from './draw-bet.ts'
import { logLabelRatio, type ArmCounts } from './label-bet.ts'

/**
 * What silent harm of each size says of a journey at one age: how much likelier a candidate's has not completed, and how much more
 * readily it then does, as logarithms (see {@link addOpenTerms}, {@link addDrawTerms}). A journey that failed counts as not completed:
 * some complete all the same, and loud harm has bets of its own.
 */
export interface OpenOdds {
  readonly open: readonly number[]
  readonly completes: readonly number[]
}

/**
 * Odds at an age (part of the horizon) under the control's law of the path. With completions at rate p by F(age), `S0 = 1 - p F` of
 * the control's journeys are open; a silent loss of d leaves `1 - p (1-d) F` open. Source: gate-statistics, section 3.3.
 */
export function openOdds(law: readonly number[], delays: DelayCounts, age: number): OpenOdds {
  const p = law[completed] ?? 0
  const completedBy = delayedUntil(delays, age)
  const stillOpen = Math.max(smallest, 1 - p * completedBy)
  const open = lossSizes.map((size) => Math.log1p((p * size * completedBy) / stillOpen))
  return { open, completes: lossSizes.map((size, index) => Math.log(1 - size) - (open[index] ?? 0)) }
}

const smallest = 1e-3

/** Adds what it says that these journeys are still open at the moment when a cohort's members are counted by arm. */
export function addOpenTerms(terms: number[], share: number, open: ArmCounts, odds: OpenOdds): void {
  odds.open.forEach((logOdds, index) => {
    terms[index] = (terms[index] ?? 0) + logLabelRatio(share, open, { alternative: Math.exp(logOdds), nullRatio: 1 })
  })
}

/** Adds the log-ratios of a tick's completions among the members of a cohort. */
export function addDrawTerms(terms: number[], atRisk: ArmCounts, drawn: ArmCounts, odds: OpenOdds): void {
  logDrawRatios(atRisk, drawn, odds.completes).forEach((value, index) => {
    terms[index] = (terms[index] ?? 0) + value
  })
}
