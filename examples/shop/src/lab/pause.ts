import { setTimeout as wait } from 'node:timers/promises'

/** Waits, or returns at once when the signal aborts. */
export async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined)
}
