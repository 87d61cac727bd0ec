/**
 * The Mann-Whitney interval of Kayenta (spinnaker/kayenta @552aa62, kayenta-mannwhitney/src/main/scala/.../MannWhitney.scala, itself R's wilcox.test:
 * asymptotic, two-sample, with the corrections for continuity and ties): the shift at which the rank sum leaves its quantiles.
 */
export interface ShiftInterval {
  readonly low: number
  readonly high: number
  /** Hodges-Lehmann estimate of the shift. */
  readonly estimate: number
}

/** Halvings of the range of possible shifts: to 1/8192 of it. Kayenta's solver stops at 1e-4 in the metric's own unit. */
const halvings = 13

/** `quantile` is the normal quantile of the two-sided level. Undefined where all observations are tied. */
export function shiftInterval(
  experiment: readonly number[],
  controls: readonly number[],
  quantile: number,
): ShiftInterval | undefined {
  if (experiment.length === 0 || controls.length === 0) return undefined
  const x = Float64Array.from(experiment).sort()
  const y = Float64Array.from(controls).sort()
  const range = { from: (x[0] ?? 0) - (y.at(-1) ?? 0), to: (x.at(-1) ?? 0) - (y[0] ?? 0) }
  if (range.from === range.to) return undefined
  return {
    low: rootOf(x, y, quantile, range),
    high: rootOf(x, y, -quantile, range),
    estimate: rootOf(x, y, 0, range),
  }
}

/** The score falls as the shift grows: bisection. */
function rootOf(x: Float64Array, y: Float64Array, target: number, range: { from: number; to: number }): number {
  let { from, to } = range
  if (rankScore(x, y, from) - target <= 0) return from
  if (rankScore(x, y, to) - target >= 0) return to
  for (let turn = 0; turn < halvings; turn++) {
    const middle = (from + to) / 2
    if (rankScore(x, y, middle) > target) from = middle
    else to = middle
  }
  // Where most values are equal the score jumps across the target at a shift of exactly nothing.
  return from <= 0 && to >= 0 ? 0 : (from + to) / 2
}

/** Standardised rank sum of `x - shift` among `y`; both ascending. */
export function rankScore(x: Float64Array, y: Float64Array, shift: number): number {
  const [m, n] = [x.length, y.length]
  const { ranks, ties } = rankSum(x, y, shift)
  const deviation = ranks - (m * (m + 1)) / 2 - (m * n) / 2
  const sigma = Math.sqrt(((m * n) / 12) * (m + n + 1 - ties / ((m + n) * (m + n - 1))))
  return sigma === 0 ? 0 : (deviation - Math.sign(deviation) * 0.5) / sigma
}

/** Merges the two; equal values share the mean of their ranks, and a group of t of them adds t^3 - t to the correction. */
function rankSum(x: Float64Array, y: Float64Array, shift: number): { ranks: number; ties: number } {
  let ranks = 0
  let ties = 0
  let [i, j] = [0, 0]
  while (i < x.length) {
    const value = (x[i] ?? 0) - shift
    while (j < y.length && (y[j] ?? 0) < value) j = skipTied(y, j, (own) => (ties += own ** 3 - own))
    const [fromI, fromJ] = [i, j]
    while (i < x.length && (x[i] ?? 0) - shift === value) i++
    while (j < y.length && y[j] === value) j++
    const tied = i - fromI + j - fromJ
    ranks += (i - fromI) * (fromI + fromJ + (tied + 1) / 2)
    ties += tied ** 3 - tied
  }
  while (j < y.length) j = skipTied(y, j, (own) => (ties += own ** 3 - own))
  return { ranks, ties }
}

function skipTied(y: Float64Array, from: number, onGroup: (size: number) => void): number {
  let next = from + 1
  while (next < y.length && y[next] === y[from]) next++
  onGroup(next - from)
  return next
}
