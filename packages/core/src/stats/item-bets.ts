import { logLabelRatio, type ArmCounts } from './label-bet.ts'
import { mixtureDesign, type MixtureDesign } from './mixture.ts'

/** How many times as many journeys of the candidate get an item that are bet on. Fewer is no harm. */
export const itemRatios = [1.25, 1.5, 2, 3, 6, 15, 40] as const
const weights = [0.15, 0.15, 0.2, 0.15, 0.15, 0.1, 0.1] as const
const wholeShare = 0.65

/** One set of ratios over all paths, then one per path. */
export function itemDesign(paths: number): MixtureDesign {
  const whole = weights.map((weight) => weight * wholeShare)
  const local = Array.from({ length: paths }, () => weights.map((weight) => (weight * (1 - wholeShare)) / paths))
  return mixtureDesign([...whole, ...local.flat()])
}

/**
 * Log-ratio per ratio for the items of one path and share: `LR = b^A / (1 - pi + pi b)`. An item carries the label of the journey
 * that caused it, and nothing needs to be known about how often items occur.
 */
export function itemIncrements(share: number, items: ArmCounts): number[] {
  return itemRatios.map((alternative) => logLabelRatio(share, items, { alternative, nullRatio: 1 }))
}
