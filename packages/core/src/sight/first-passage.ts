import { logNormalBelow, normalBelow } from './normal.ts'

/** How long something takes: on average, and by when in 95 of 100 cases. */
export interface Duration {
  readonly meanMs: number
  readonly p95Ms: number
}

/**
 * Time at which a drifted Brownian motion first reaches its boundary: the inverse Gaussian law. `mean` is boundary / drift,
 * `variance` of the same unit squared. Source: Schrödinger (1915); Tweedie (1957).
 */
export interface FirstPassage {
  readonly mean: number
  readonly variance: number
}

/** Probability of having arrived by `time`. */
export function arrivedBy({ mean, variance }: FirstPassage, time: number): number {
  if (!(time > 0) || !(mean > 0)) return 0
  if (!(variance > 0)) return time >= mean ? 1 : 0
  const shape = mean ** 3 / variance
  const root = Math.sqrt(shape / time)
  const direct = normalBelow(root * (time / mean - 1))
  const mirrored = (2 * shape) / mean + logNormalBelow(-root * (time / mean + 1))
  return Math.min(1, direct + Math.exp(Math.min(0, mirrored)))
}

/** Time by which it has arrived with this probability (strictly between 0 and 1). */
export function arrivalQuantile(passage: FirstPassage, probability: number): number {
  if (!(passage.mean > 0)) return 0
  let high = passage.mean
  // Stops: a double overflows after 1,100 doublings, and the law reaches any probability below 1 long before.
  while (arrivedBy(passage, high) < probability && Number.isFinite(high)) high *= 2
  return bisect(0, high, (time) => arrivedBy(passage, time) >= probability)
}

/** Smallest value of `low..high` (to 2^-rounds of the width) from which on `isThere` holds; `high` where it never does. */
export function bisect(low: number, high: number, isThere: (value: number) => boolean, rounds = 40): number {
  let from = low
  let to = high
  for (let round = 0; round < rounds; round++) {
    const middle = (from + to) / 2
    if (isThere(middle)) to = middle
    else from = middle
  }
  return to
}
