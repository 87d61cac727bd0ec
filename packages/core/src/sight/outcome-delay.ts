import { normalBelow } from './normal.ts'

/** Time from a journey's start to its order: log-normal, as customers' times are. */
export interface OutcomeDelay {
  readonly medianMs: number
  /** Standard deviation of its logarithm. */
  readonly spread: number
}

/** Spread of the time people take at a checkout (research: median 150 s, 98 of 100 within 13 minutes). */
const usualSpread = 0.8
const z95 = 1.6448536269514722
const z98 = 2.0537489106318225

/** Where nothing is known but the horizon, by which 98 of 100 who buy are done. */
export function delayWithin(horizonMs: number): OutcomeDelay {
  return { medianMs: horizonMs / Math.exp(usualSpread * z98), spread: usualSpread }
}

export function delayOf(medianMs: number, p95Ms: number): OutcomeDelay {
  return { medianMs, spread: Math.max(0.05, Math.log(p95Ms / medianMs) / z95) }
}

export function p95Of({ medianMs, spread }: OutcomeDelay): number {
  return medianMs * Math.exp(spread * z95)
}

/** The same, by a factor faster or slower. */
export function scaleDelay({ medianMs, spread }: OutcomeDelay, factor: number): OutcomeDelay {
  return { medianMs: medianMs * factor, spread }
}

/** Share that has come by this age. */
export function comeBy({ medianMs, spread }: OutcomeDelay, ageMs: number): number {
  return ageMs > 0 ? normalBelow(Math.log(ageMs / medianMs) / spread) : 0
}

/**
 * Time for which journeys that start evenly over `elapsedMs` are resolved, in units of the arrival interval: the integral of
 * {@link comeBy}, `t F(t) - E[delay; delay < t]`.
 */
export function resolvedSpanMs(delay: OutcomeDelay, elapsedMs: number): number {
  if (!(elapsedMs > 0)) return 0
  const { medianMs, spread } = delay
  const z = Math.log(elapsedMs / medianMs) / spread
  const early = medianMs * Math.exp((spread * spread) / 2) * normalBelow(z - spread)
  return Math.max(0, elapsedMs * normalBelow(z) - early)
}
