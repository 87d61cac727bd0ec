import { setTimeout as delay } from 'node:timers/promises'

/**
 * Waits until `look` finds something, and returns it: for things that another process or connection does and that cannot be
 * awaited. Fails with `what` when the patience ends; patience is a safety net against hanging, never a measurement.
 */
export async function waitUntil<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  patienceMs = 90_000,
): Promise<T> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > deadline) throw new Error(`waited ${patienceMs} ms in vain until ${what}`)
    await delay(10)
  }
}

/** Remembers what is reported and lets a test await a report instead of sleeping. */
export interface EventLog<T> {
  readonly events: readonly T[]
  readonly report: (event: T) => void
  /** The first event, past or future, that matches. */
  waitUntilEvent(matches: (event: T) => boolean): Promise<T>
}

export function eventLog<T>(): EventLog<T> {
  const events: T[] = []
  const waiting = new Set<{ readonly matches: (event: T) => boolean; readonly resolve: (event: T) => void }>()
  return {
    events,
    report(event) {
      events.push(event)
      for (const waiter of waiting) {
        if (!waiter.matches(event)) continue
        waiting.delete(waiter)
        waiter.resolve(event)
      }
    },
    waitUntilEvent(matches) {
      const past = events.find(matches)
      if (past !== undefined) return Promise.resolve(past)
      return new Promise((resolve) => {
        waiting.add({ matches, resolve })
      })
    },
  }
}
