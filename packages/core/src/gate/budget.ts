import type { Criterion } from './criterion.ts'
import { sum } from './sums.ts'

/**
 * Parts of the false-stop budget by signal; renormalised over the signals in use. A metric involves no chance, and a biased split only
 * holds: neither stops anybody by chance, so neither takes a part. Most harm is lost orders, and those are rare enough that every nat
 * counts: a part of 0.8 costs completion 0.2 nats beside the 4.6 of a budget of 1 %. Errors (2.5 nats) and latency (3 nats) see a
 * unit with every visitor, and loud harm brings a nat or more with each; so does each item of a count (3.9 nats) that only one arm gets.
 */
export const signalWeights = {
  completion: 0.8,
  errors: 0.08,
  latency: 0.05,
  revenue: 0.05,
  count: 0.02,
  split: 0,
  metric: 0,
} as const satisfies Record<Criterion['signal'], number>

/**
 * Splits the false-stop budget of a release over its distinct criteria (SPEC G1): signals by {@link signalWeights}, criteria of
 * one signal evenly. `weight` multiplies a criterion's part. Alpha is split, not averaged, because the signals see one visitor at
 * different moments (Choe, Ramdas, arXiv:2402.09698).
 */
export function falseStopShares(criteria: readonly Criterion[]): ReadonlyMap<string, number> {
  return sharesBy(criteria, (signal) => signalWeights[signal])
}

/**
 * Splits the false-hold budget, which is of the same size as that for false stops, over the criteria that can only hold: a harmless
 * candidate is held for a biased split no more often than it is stopped (SPEC G1).
 */
export function falseHoldShares(criteria: readonly Criterion[]): ReadonlyMap<string, number> {
  return sharesBy(criteria, (signal) => (signal === 'split' ? 1 : 0))
}

/**
 * Criteria that act share the budget among themselves, as if there were no shadows: one that only watches must not slow those that act
 * (SPEC G19). A shadow is judged at the level that it would have if it acted beside them.
 */
function sharesBy(
  criteria: readonly Criterion[],
  weightOf: (signal: Criterion['signal']) => number,
): ReadonlyMap<string, number> {
  const distinct = new Map<string, Criterion>()
  for (const criterion of criteria) {
    const known = distinct.get(criterion.id)
    if (known === undefined || (known.shadow === true && criterion.shadow !== true))
      distinct.set(criterion.id, criterion)
  }
  const acting = [...distinct.values()].filter(({ shadow }) => shadow !== true)
  const shares = split(acting, weightOf)
  return new Map(
    [...distinct].map(([id, criterion]) => [
      id,
      (criterion.shadow === true ? split([...acting, criterion], weightOf) : shares).get(id) ?? 0,
    ]),
  )
}

function split(
  criteria: readonly Criterion[],
  weightOf: (signal: Criterion['signal']) => number,
): ReadonlyMap<string, number> {
  const siblings = new Map<Criterion['signal'], number>()
  for (const { signal } of criteria) siblings.set(signal, (siblings.get(signal) ?? 0) + 1)
  const raw = criteria.map(({ id, signal, weight }) => {
    const part = weightOf(signal) / (siblings.get(signal) ?? 1)
    return [id, part * Math.max(0, weight ?? 1)] as const
  })
  const total = sum(raw.map(([, part]) => part))
  return new Map(raw.map(([id, part]) => [id, total > 0 ? part / total : 0]))
}
