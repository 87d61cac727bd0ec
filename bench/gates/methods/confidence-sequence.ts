/**
 * Asymptotic confidence sequences (Waudby-Smith et al., arXiv:2103.06476, equation 9) as GrowthBook's gbstats writes them
 * (growthbook/growthbook @0336b28, packages/stats/gbstats/frequentist/tests.py, later sequential_rho and sequential_interval_halfwidth): the
 * interval is tightest at about `tuning` units.
 */
export const gbstatsTuning = 5_000

/** `variance` is that of one observation: the estimate's, times the number of units. */
export interface Spread {
  readonly variance: number
  readonly units: number
}

export function halfWidth({ variance, units }: Spread, alpha: number, tuning = gbstatsTuning): number {
  const rho2 = (-2 * Math.log(alpha) + Math.log(1 - 2 * Math.log(alpha))) / tuning
  const grown = units * rho2 + 1
  return Math.sqrt(variance) * Math.sqrt((2 * grown * Math.log(Math.sqrt(grown) / alpha)) / (units * units * rho2))
}

/** ln(1/alpha) of the smallest alpha at which a difference of `size` would still be outside; 0 where none is. */
export function surprise(size: number, spread: Spread, tuning = gbstatsTuning): number {
  if (!(size > halfWidth(spread, 0.5, tuning))) return 0
  let low = Math.log(2)
  let high = 200
  for (let turn = 0; turn < 24; turn++) {
    const middle = (low + high) / 2
    if (size > halfWidth(spread, Math.exp(-middle), tuning)) low = middle
    else high = middle
  }
  return low
}
