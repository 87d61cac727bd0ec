import { setTimeout as delay } from 'node:timers/promises'

/** Waits that grow with each failure, with jitter so that a fleet does not come back in step. */
export interface Backoff {
  /** How long to wait before the next attempt. */
  next(): number
  /** The attempt succeeded. */
  reset(): void
}

export interface BackoffLimits {
  readonly firstMs: number
  readonly maxMs: number
  /** Uniform in [0, 1). */
  readonly random?: () => number
}

/** Doubles from `firstMs` to `maxMs`; each wait is drawn between half of that and all of it. */
export function createBackoff({ firstMs, maxMs, random = Math.random }: BackoffLimits): Backoff {
  let failures = 0
  return {
    next() {
      const full = Math.min(maxMs, firstMs * 2 ** Math.min(failures, 30))
      failures += 1
      return full / 2 + (full / 2) * random()
    },
    reset() {
      failures = 0
    },
  }
}

/** Resolves after `ms`, or at once when the signal aborts. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>

export const sleep: Sleep = async (ms, signal) => {
  await delay(ms, undefined, { signal }).catch(() => undefined)
}
