/**
 * Probabilities of outcome classes at the control, learnt from units whose outcome can no longer change. Bets may use a law
 * only if it was known before the units they bet on (SPEC G13): then a wrong law costs power, never validity.
 */
export type ClassLaw = readonly number[]

/** Pseudo-counts per class: what is believed before the first unit, and how firmly. */
export type ClassPrior = readonly number[]

/** Share of each class under prior and counts; never 0 or 1, so that ratios stay finite. */
export function classLaw(observed: readonly number[], prior: ClassPrior): ClassLaw {
  let total = 0
  const mass = prior.map((pseudo, index) => {
    const value = Math.max(0, observed[index] ?? 0) + pseudo
    total += value
    return value
  })
  const floor = total * smallestShare
  let floored = 0
  for (const value of mass) floored += Math.max(value, floor)
  return mass.map((value) => Math.max(value, floor) / floored)
}

const smallestShare = 0.003

/** One standard error of the share of a class among `units` units. */
export function shareError(share: number, units: number): number {
  return Math.sqrt((share * (1 - share)) / Math.max(1, units))
}

/** Factor by which counts fade over a time, e.g. 0.5 after one half-life. */
export function fading(elapsedMs: number, halfLifeMs: number): number {
  return elapsedMs <= 0 ? 1 : 2 ** (-elapsedMs / halfLifeMs)
}
