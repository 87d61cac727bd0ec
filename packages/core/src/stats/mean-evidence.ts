import { logSumExp } from './log-math.ts'

/** What is known of one arm of an amount: how many units, their mean and their variance, all since the start. */
export interface ArmMoments {
  readonly units: number
  readonly mean: number
  readonly variance: number
}

/** Difference of means, candidate less control, with its standard error; undefined where an arm is too thin or malformed. */
export function meanDifference(
  control: ArmMoments,
  candidate: ArmMoments,
): { readonly difference: number; readonly error: number } | undefined {
  const error = Math.sqrt(control.variance / control.units + candidate.variance / candidate.units)
  const difference = candidate.mean - control.mean
  const isUsable = control.units > 1 && candidate.units > 1 && Number.isFinite(difference) && error > 0
  return isUsable && Number.isFinite(error) ? { difference, error } : undefined
}

/** Relative losses that the mixture expects, as standard deviations of its half-normal laws. */
const expectedLosses = [0.005, 0.02, 0.08, 0.3]

/**
 * ln of the evidence that the candidate's mean is below the control's: an ASYMPTOTIC e-process. It is one-sided normal-mixture evidence
 * (Howard, Ramdas, McAuliffe, Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences", arXiv:1810.08240, sec. 3.2) of the
 * standardised sum, with the estimated variance in place of the true one (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas,
 * "Time-uniform central limit theory and asymptotic confidence sequences", arXiv:2103.06476, thm. 2.2): valid as units grow,
 * not at any number of them. With V = 1 / error², S = -difference V and a half-normal law of scale t over the size of the loss:
 *
 *   M(t) = 2 (1 + t² V)^(-1/2) exp(t² S² / (2 (1 + t² V))) Phi(t S / (1 + t² V)^(1/2))
 *
 * and the average over four scales. `scale` turns relative losses into absolute ones: the control's mean when it was first seen.
 */
export function logMeanLossEvidence(
  { difference, error }: { readonly difference: number; readonly error: number },
  scale: number,
): number {
  if (!(scale > 0) || !Number.isFinite(scale)) return 0
  const z = -difference / error
  const parts = expectedLosses.map((loss) => {
    const spread = (loss * scale) / error
    const shrink = 1 + spread * spread
    const pull = (spread * z) / Math.sqrt(shrink)
    return Math.LN2 - Math.log(shrink) / 2 + logTilted(pull)
  })
  return logSumExp(parts) - Math.log(expectedLosses.length)
}

/**
 * x² / 2 + ln Phi(x). Phi has an absolute error below 7.5e-8 (Abramowitz, Stegun, 26.2.17); where that would be all of it, its first
 * asymptotic term stands for it (26.2.12), and the squares cancel.
 */
function logTilted(x: number): number {
  if (x < -5) return -Math.log(-x * Math.sqrt(2 * Math.PI))
  const t = 1 / (1 + 0.231_641_9 * Math.abs(x))
  const series =
    t * (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))))
  const tail = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * series
  return (x * x) / 2 + Math.log(x >= 0 ? 1 - tail : tail)
}
