/** Resolved units of one class, by arm. */
export interface ArmCounts {
  readonly control: number
  readonly candidate: number
}

/** How often a class occurs at the candidate relative to the control, as the alternative and as the null say. */
export interface ClassRatios {
  readonly alternative: number
  /** 1 is the sharp null: the candidate changes nothing. */
  readonly nullRatio: number
}

/**
 * Log of the likelihood ratio of the *labels* of units of one class: given the class, a unit is the candidate's with odds
 * `share * ratio : 1 - share`. Under the null its expectation is 1 for each unit, whatever the alternative, the traffic or the
 * time of day, and already for a single unit. Shares 0 and 1 leave nothing to guess and give 0 (SPEC G8).
 *
 *     LR = (b / a)^A (1 - pi + pi a) / (1 - pi + pi b)
 *
 * Source: Duan, Ramdas, Wasserman, "Interactive rank testing by betting" (arXiv:2009.05892); gate-statistics, section 3.2.
 */
export function logLabelRatio(share: number, counts: ArmCounts, ratios: ClassRatios): number {
  const units = counts.control + counts.candidate
  if (!(share > 0 && share < 1) || units === 0) return 0
  const { alternative, nullRatio } = ratios
  const normaliser = Math.log1p(share * (alternative - 1)) - Math.log1p(share * (nullRatio - 1))
  return counts.candidate * Math.log(alternative / nullRatio) - units * normaliser
}

/** The sum of {@link logLabelRatio} over classes, with the ratio of each class; the null is no change. */
export function logClassRatios(share: number, classes: readonly ArmCounts[], ratios: readonly number[]): number {
  let sum = 0
  classes.forEach((counts, index) => {
    sum += logLabelRatio(share, counts, { alternative: ratios[index] ?? 1, nullRatio: 1 })
  })
  return sum
}

/** Growth per candidate unit where the alternative is true: the control's classes have `law`, the candidate's `ratios` times that. */
export function classGrowth(share: number, law: readonly number[], ratios: readonly number[]): number {
  if (!(share > 0 && share < 1)) return 0
  let growth = 0
  ratios.forEach((ratio, index) => {
    const seen = law[index] ?? 0
    const normaliser = Math.log1p(share * (ratio - 1))
    growth += seen * ratio * share * (Math.log(ratio) - normaliser) - seen * (1 - share) * normaliser
  })
  return Math.max(0, growth / share)
}
