import type { ArmCounts } from './label-bet.ts'
import { logSumExp } from './log-math.ts'

/**
 * Log-ratios of a draw from a cohort, one per alternative. Once a cohort's members are counted by arm, each next event takes
 * one of those at risk; under the null all are alike, so the candidate's number among `drawn` is hypergeometric. An alternative
 * under which the candidate's members have the event `e^logOdds` times as readily multiplies the wealth by
 *
 *     LR = theta^k / E0[theta^K],   K ~ hypergeometric(at risk, drawn)
 *
 * whose expectation under the null is exactly 1. The whole draw is one step, so its order does not matter (SPEC G4). A draw of
 * more than there are at risk gives 0: members are missing from the books. So does a draw of more than {@link mostDrawn}. Source: ter Schure, Pérez-Ortiz, Ly, Grünwald,
 * "The safe logrank test" (arXiv:2011.06931), with Fisher's noncentral law for draws of several at once.
 */
export function logDrawRatios(atRisk: ArmCounts, drawn: ArmCounts, logOdds: readonly number[]): number[] {
  const { control, candidate } = atRisk
  if (control < 1 || candidate < 1 || drawn.control > control || drawn.candidate > candidate) {
    return logOdds.map(() => 0)
  }
  const units = drawn.control + drawn.candidate
  if (units > mostDrawn) return logOdds.map(() => 0)
  if (units === 1) return logOdds.map((odds) => single(candidate / (candidate + control), drawn.candidate, odds))
  return units > 1 ? several(atRisk, drawn, logOdds) : logOdds.map(() => 0)
}

/**
 * The work grows with the draw, and a frame may hold any count. No cohort has as many members as this, so that only a broken counter draws
 * more; passing over it by its number over both arms favours none.
 */
const mostDrawn = 100_000

function single(share: number, candidate: number, logOdds: number): number {
  return candidate * logOdds - Math.log1p(share * Math.expm1(logOdds))
}

function several({ control, candidate }: ArmCounts, drawn: ArmCounts, logOdds: readonly number[]): number[] {
  const units = drawn.control + drawn.candidate
  const fewest = Math.max(0, units - control)
  const most = Math.min(units, candidate)
  const weights = [0]
  for (let k = fewest; k < most; k++) {
    const step = ((candidate - k) * (units - k)) / ((k + 1) * (control - units + k + 1))
    weights.push((weights.at(-1) ?? 0) + Math.log(step))
  }
  const all = logSumExp(weights)
  return logOdds.map((odds) => {
    const tilted = logSumExp(weights.map((weight, index) => weight + (fewest + index) * odds))
    return drawn.candidate * odds - (tilted - all)
  })
}
