import { mixtureDesign, type MixtureDesign } from './mixture.ts'

/** Outcome classes of a journey, revealed once: completed, failed explicitly, or not completed by the horizon. */
export const journeyClasses = ['completed', 'failed', 'abandoned'] as const
export const completed = 0
export const failed = 1
export const abandoned = 2

/** Silent: lost orders show as abandons. Loud: as explicit failures. */
export const harmKinds = ['silent', 'loud'] as const
export type HarmKind = (typeof harmKinds)[number]

/**
 * Part of a criterion's false-stop budget by kind of harm. Each kind has an e-process of its own, because the two see journeys at
 * different moments (loud harm at once, silent harm through cohorts): a split of the budget is the valid merge then (Choe, Ramdas,
 * arXiv:2402.09698).
 */
export const harmKindShares = { silent: 0.66, loud: 0.34 } as const satisfies Record<HarmKind, number>

/** Relative losses of completions that are bet on: over all paths, and on one path alone (a subset, so that terms are shared). */
export const lossSizes = [0.02, 0.05, 0.1, 0.2, 0.5, 0.97] as const
const wholeWeights = [0.2, 0.28, 0.18, 0.19, 0.08, 0.07] as const
const localSizes = [1, 3, 4, 5] as const
const localWeights = [0.07, 0.12, 0.16, 0.65] as const
const wholeShares = { silent: 0.6, loud: 0.2 } as const

/** One alternative of a mixture; `path` is absent where all paths lose alike. */
export interface CompletionAlternative {
  readonly path?: number
  readonly size: number
  /** Index into {@link lossSizes}, and into the terms of a path. */
  readonly term: number
}

/**
 * Alternatives of one kind of harm: what all paths share, and single paths. An average over them is the valid merge because all of
 * them see the same units at the same moments (gate-statistics, section 3.4).
 */
export function completionAlternatives(paths: number): readonly CompletionAlternative[] {
  const whole = lossSizes.map((size, term) => ({ size, term }))
  const local = Array.from({ length: paths }, (_, path) =>
    localSizes.map((term) => ({ path, size: lossSizes[term], term })),
  )
  return [...whole, ...local.flat()]
}

/**
 * Weights of {@link completionAlternatives}. `pathShares` are the paths' shares of the journeys as declared, 0 where unknown: what a
 * path that brings nearly all of them loses by itself is nearly what the whole loses, so it takes less of the single paths' weight.
 */
export function completionDesign(kind: HarmKind, pathShares: readonly number[]): MixtureDesign {
  const wholeShare = wholeShares[kind]
  const whole = wholeWeights.map((weight) => wholeShare * weight)
  const edge = pathShares.map((share) => Math.max(leastEdge, 1 - share))
  let edges = 0
  for (const value of edge) edges += value
  const local = edge.map((own) => localWeights.map((weight) => ((1 - wholeShare) * weight * own) / edges))
  return mixtureDesign([...whole, ...local.flat()])
}

const leastEdge = 0.1

/** Units of one path and one share that were revealed in a tick: control and candidate per class. */
export interface RevealedUnits {
  /** Probability of the candidate, 0..1. */
  readonly share: number
  readonly control: readonly number[]
  readonly candidate: readonly number[]
}

/**
 * Adds the log-ratios of one path's revealed units to `terms` (one per size), given the control's law of the path.
 * Silent: `b = (1-d, 1, (p2 + d p0)/p2)`; loud: `b = (1-d, (p1 + d p0)/p1, 1)`.
 */
export function addCompletionTerms(
  terms: number[],
  kind: HarmKind,
  units: RevealedUnits,
  law: readonly number[],
): void {
  if (!(units.share > 0 && units.share < 1)) return
  const p0 = law[completed] ?? 0
  const where = kind === 'silent' ? abandoned : failed
  lossSizes.forEach((size, term) => {
    const lost = classTerm(units, completed, 1 - size)
    const moved = classTerm(units, where, 1 + (size * p0) / (law[where] ?? 1))
    terms[term] = (terms[term] ?? 0) + lost + moved
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
  const whole = lossSizes.map((_, term) => {
    let sum = 0
    for (const terms of termsOfPaths) sum += terms[term] ?? 0
    return sum
  })
  return alternatives.map(({ path, term }) => (path === undefined ? whole[term] : termsOfPaths[path]?.[term]) ?? 0)
}
