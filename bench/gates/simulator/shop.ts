/** The simulated shop in numbers: gate-statistics, sections 5, 8 and 10. Times are in ticks of ten seconds unless they say otherwise. */
export const tickMs = 10_000
export const ticksPerMinute = 6
export const ticksPerHour = 360
export const ticksPerDay = 8_640
/** A start without completion by then is an abandon. */
export const horizonTicks = 90

export interface ShopPath {
  readonly id: string
  readonly share: number
  /** Completion of a session without an error. */
  readonly completion: number
}

export const paths: readonly ShopPath[] = [
  { id: 'card', share: 0.78, completion: 0.62 },
  { id: 'wallet', share: 0.08, completion: 0.7 },
  { id: 'guest', share: 0.06, completion: 0.55 },
  { id: 'coupon', share: 0.04, completion: 0.58 },
  { id: 'pay-later', share: 0.03, completion: 0.57 },
  { id: 'split', share: 0.01, completion: 0.5 },
]

export const payLater = 4

export const baseErrorShare = 0.006
export const successDelay = { medianSeconds: 150, sigma: 0.8 } as const
export const errorDelay = { medianSeconds: 60, sigma: 0.6 } as const
export const requestsPerSession = 12
/** An error session's failed requests: one, and Poisson(1) more. */
export const furtherErrorRequests = 1
export const latencyLaw = { medianMicros: 120_000, sigma: 0.5 } as const
/** The slowest 5 % begin here (standard normal quantile). */
export const slowestTwentieth = 1.6448536
export const revenueLaw = { mu: 3.6, sigma: 1, outlierShare: 0.003, outlierFactor: 10 } as const
export const retries = { share: 0.2, afterMinutes: 5, meanMinutes: 30, completionFactor: 0.5 } as const

/** Share of log-normal delays that are over at each age: `table[k]` at the end of the k-th tick after the one of the start. */
export function delayTable(law: { readonly medianSeconds: number; readonly sigma: number }): Float64Array {
  const seconds = tickMs / 1_000
  return Float64Array.from({ length: horizonTicks + 1 }, (_, age) => {
    return normalCdf(Math.log(((age + 0.5) * seconds) / law.medianSeconds) / law.sigma)
  })
}

/** Abramowitz and Stegun 26.2.17, error below 7.5e-8. */
export function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z))
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  const upper = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly
  return z >= 0 ? 1 - upper : upper
}
