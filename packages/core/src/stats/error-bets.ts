import { shareError } from './class-law.ts'
import { logLabelRatio, type ArmCounts } from './label-bet.ts'
import { mixtureDesign, type MixtureDesign } from './mixture.ts'

/** Absolute increases of the share of visitors with an error that are bet on. Loud harm carries the most weight: it must act within a handful. */
export const errorIncreases = [0.005, 0.02, 0.08, 0.25, 0.5, 0.95] as const

export function errorDesign(): MixtureDesign {
  return mixtureDesign([0.12, 0.13, 0.15, 0.15, 0.2, 0.25])
}

/** Log-ratio per increase: `b = ((1-p)(1-e)/(1-p), (p + e(1-p))/p)` for the classes ok and error, p = error share of the control. */
export function errorIncrements(
  share: number,
  units: { ok: ArmCounts; error: ArmCounts },
  errorShare: number,
): number[] {
  return errorIncreases.map((increase) => {
    const more = (errorShare + increase * (1 - errorShare)) / errorShare
    return (
      logLabelRatio(share, units.ok, { alternative: 1 - increase, nullRatio: 1 }) +
      logLabelRatio(share, units.error, { alternative: more, nullRatio: 1 })
    )
  })
}

/**
 * The pass test of an absolute margin. Labels of ok visitors say almost nothing about a rare error, so this one bets on the
 * candidate's outcomes themselves: the null is an error share of at least `limit` = control's share (one standard error low, never
 * below 0) + margin, the alternative the control's share. Its expectation is at most 1 wherever the true share is the limit or more.
 */
export function logErrorPass(units: { ok: number; error: number }, limit: number, alternative: number): number {
  const bounded = Math.min(0.999, Math.max(1e-6, limit))
  const hoped = Math.min(alternative, bounded / 2)
  return units.ok * Math.log((1 - hoped) / (1 - bounded)) + units.error * Math.log(hoped / bounded)
}

/** The candidate's error share that a pass must rule out, and the one hoped for; `units` have shown the control's share. */
export function errorPassLimit(
  margin: number,
  errorShare: number,
  units: number,
): { readonly limit: number; readonly hoped: number } {
  const low = Math.max(0, errorShare - shareError(errorShare, units))
  return { limit: margin + low, hoped: Math.max(0.0005, errorShare) }
}

/** Growth of {@link logErrorPass} per candidate visitor when the candidate errs as often as the control. */
export function errorPassGrowth(limit: number, alternative: number): number {
  const bounded = Math.min(0.999, Math.max(1e-6, limit))
  const hoped = Math.min(alternative, bounded / 2)
  return (1 - alternative) * Math.log((1 - hoped) / (1 - bounded)) + alternative * Math.log(hoped / bounded)
}
