/**
 * How long after their start journeys complete: counts per age, in bins that widen quadratically up to the horizon. Used for
 * what a journey's silence so far says; a wrong law costs power, never validity.
 */
export type DelayCounts = readonly number[]

const bins = 24

export const noDelays: DelayCounts = Array.from({ length: bins }, () => 0)

/**
 * Before anything was seen: log-normal with sigma 0.8 and, as horizons are set to about the 98th percentile of completions, a median
 * of 0.19 horizons. Worth 20 completions.
 */
const priorEvents = 20
const priorSigma = 0.8
const priorMedian = 0.19
const prior = priorCounts()

function priorCounts(): DelayCounts {
  const below = (bin: number): number =>
    bin === 0 ? 0 : 1 / (1 + Math.exp((-1.702 * Math.log((bin / bins) ** 2 / priorMedian)) / priorSigma))
  const all = below(bins)
  return Array.from({ length: bins }, (_, bin) => (priorEvents * (below(bin + 1) - below(bin))) / all)
}

/** Bin of an age given as a part of the horizon. */
export function delayBinOf(age: number): number {
  return Math.min(bins - 1, Math.max(0, Math.floor(Math.sqrt(Math.max(0, age)) * bins)))
}

/** Probability that a completion which comes within the horizon has come by `age` (part of the horizon): straight lines within bins. */
export function delayedUntil(counts: DelayCounts, age: number): number {
  if (!(age > 0)) return 0
  if (age >= 1) return 1
  const bin = delayBinOf(age)
  let total = 0
  let below = 0
  let own = 0
  prior.forEach((pseudo, index) => {
    const value = pseudo + (counts[index] ?? 0)
    total += value
    if (index < bin) below += value
    if (index === bin) own = value
  })
  const lower = (bin / bins) ** 2
  const upper = ((bin + 1) / bins) ** 2
  return (below + (own * (age - lower)) / (upper - lower)) / total
}
