import type { Criterion } from './criterion.ts'
import { sum } from './sums.ts'

/** Parts of the false-stop budget by signal, where a criterion names no weight; renormalised over the signals in use. */
export const signalWeights = { completion: 0.7, errors: 0.12, latency: 0.08, split: 0.1, metric: 0 } as const

/**
 * Splits the false-stop budget of a release over its distinct criteria (SPEC G1): signals by {@link signalWeights}, criteria of
 * one signal evenly. `weight` multiplies a criterion's part. Alpha is split, not averaged, because the signals see one visitor at
 * different moments (Choe, Ramdas, arXiv:2402.09698). Metric criteria involve no chance and take nothing.
 */
export function falseStopShares(criteria: readonly Criterion[]): ReadonlyMap<string, number> {
  const distinct = new Map<string, Criterion>()
  for (const criterion of criteria) if (!distinct.has(criterion.id)) distinct.set(criterion.id, criterion)
  const siblings = new Map<Criterion['signal'], number>()
  for (const { signal } of distinct.values()) siblings.set(signal, (siblings.get(signal) ?? 0) + 1)
  const raw = [...distinct].map(([id, criterion]) => {
    const part = signalWeights[criterion.signal] / (siblings.get(criterion.signal) ?? 1)
    return [id, part * Math.max(0, criterion.weight ?? 1)] as const
  })
  const total = sum(raw.map(([, part]) => part))
  return new Map(raw.map(([id, part]) => [id, total > 0 ? part / total : 0]))
}
