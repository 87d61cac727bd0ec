import { mixtureDesign, type MixtureDesign } from './mixture.ts'

/** Outcome classes of a journey, revealed once: completed, failed explicitly, or not completed by the horizon. */
export const journeyClasses = ['completed', 'failed', 'abandoned'] as const
export const completed = 0
export const failed = 1
export const abandoned = 2

/** Silent: lost orders show as abandons. Loud: as explicit failures. */
export const harmKinds = ['silent', 'loud'] as const
export type HarmKind = (typeof harmKinds)[number]

/** Relative losses of completions that are bet on: over all paths, and on one path alone (a subset, so that terms are shared). */
const sizes = [0.02, 0.05, 0.1, 0.2, 0.5, 0.97] as const
const wholeWeights = [0.28, 0.28, 0.16, 0.14, 0.07, 0.07] as const
const wholeKindWeights = { silent: 0.75, loud: 0.25 } as const
const localSizes = [1, 3, 4, 5] as const
const localWeights = [0.1, 0.2, 0.2, 0.5] as const
const wholeShare = 0.65

/** One alternative of the mixture; `path` is absent where all paths lose alike. */
export interface CompletionAlternative {
  readonly path?: number
  readonly size: number
  readonly kind: HarmKind
  /** Index into the terms of one path, see {@link addCompletionTerms}. */
  readonly term: number
}

/** Terms per path: every size, silent and loud. */
export const completionTermCount = sizes.length * harmKinds.length

/**
 * Alternatives and weights: 0.65 on harm that all paths share, 0.35 spread evenly over single paths (gate-statistics,
 * section 3.4). An average is the valid merge because all of them see the same units at the same moments.
 */
export function completionAlternatives(paths: number): readonly CompletionAlternative[] {
  const whole = sizes.flatMap((size, index) => harmKinds.map((kind, k) => ({ size, kind, term: index * 2 + k })))
  const local = Array.from({ length: paths }, (_, path) =>
    localSizes.flatMap((index) =>
      harmKinds.map((kind, k) => ({ path, size: sizes[index] ?? 0, kind, term: index * 2 + k })),
    ),
  )
  return [...whole, ...local.flat()]
}

export function completionDesign(paths: number): MixtureDesign {
  const whole = wholeWeights.flatMap((weight) => harmKinds.map((kind) => wholeShare * weight * wholeKindWeights[kind]))
  const local = Array.from({ length: paths }, () =>
    localWeights.flatMap((weight) => harmKinds.map(() => ((1 - wholeShare) * weight * 0.5) / paths)),
  )
  return mixtureDesign([...whole, ...local.flat()])
}

/** Units of one path and one share that were revealed in a tick: control and candidate per class. */
export interface RevealedUnits {
  /** Probability of the candidate, 0..1. */
  readonly share: number
  readonly control: readonly number[]
  readonly candidate: readonly number[]
}

/**
 * Adds the log-ratios of one path's revealed units to `terms` (size-major, silent before loud), given the control's law of the path.
 * Silent: `b = (1-d, 1, (p2 + d p0)/p2)`; loud: `b = (1-d, (p1 + d p0)/p1, 1)`.
 */
export function addCompletionTerms(terms: number[], units: RevealedUnits, law: readonly number[]): void {
  if (!(units.share > 0 && units.share < 1)) return
  const p0 = law[completed] ?? 0
  sizes.forEach((size, index) => {
    const lost = classTerm(units, completed, 1 - size)
    const moved = size * p0
    const silent = lost + classTerm(units, abandoned, 1 + moved / (law[abandoned] ?? 1))
    const loud = lost + classTerm(units, failed, 1 + moved / (law[failed] ?? 1))
    terms[index * 2] = (terms[index * 2] ?? 0) + silent
    terms[index * 2 + 1] = (terms[index * 2 + 1] ?? 0) + loud
  })
}

function classTerm(units: RevealedUnits, outcome: number, ratio: number): number {
  const candidate = units.candidate[outcome] ?? 0
  const total = (units.control[outcome] ?? 0) + candidate
  return total === 0 ? 0 : candidate * Math.log(ratio) - total * Math.log1p(units.share * (ratio - 1))
}

/** Spreads the terms of the paths over the alternatives: a product over paths where all lose alike, one path's term elsewhere. */
export function completionIncrements(
  alternatives: readonly CompletionAlternative[],
  termsOfPaths: readonly (readonly number[])[],
): number[] {
  const whole = Array.from({ length: completionTermCount }, (_, term) => {
    let sum = 0
    for (const terms of termsOfPaths) sum += terms[term] ?? 0
    return sum
  })
  return alternatives.map(({ path, term }) => (path === undefined ? whole[term] : termsOfPaths[path]?.[term]) ?? 0)
}
