import { logLabelRatio, type ArmCounts } from './label-bet.ts'
import { mixtureDesign, type MixtureDesign } from './mixture.ts'

/** Ratios of candidate entries to the planned ones that are bet on; below 1 the candidate loses entries before they are counted. */
export const splitRatios = [0.5, 0.8, 0.9, 0.95, 0.98, 1.02, 1.05, 1.1, 1.25, 2] as const

/** One set of ratios over everything, then one per group (path); half of the weight each where there are groups. */
export function splitDesign(groups: number): MixtureDesign {
  const whole = splitRatios.map(() => 1)
  const local = Array.from({ length: groups * splitRatios.length }, () => 1 / groups)
  return mixtureDesign([...whole, ...local])
}

/** Log-ratios in the order of {@link splitDesign} without groups: `LR = b^A / (1 - pi + pi b)` for every entry. */
export function splitIncrements(share: number, entries: ArmCounts): number[] {
  return splitRatios.map((alternative) => logLabelRatio(share, entries, { alternative, nullRatio: 1 }))
}
