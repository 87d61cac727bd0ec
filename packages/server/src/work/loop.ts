import { setTimeout as delay } from 'node:timers/promises'

export interface LoopOptions {
  readonly name: string
  /** The longest rest between two rounds. */
  readonly everyMs: number
  /** One round. A true answer says that there is more to do at once. */
  readonly round: (signal: AbortSignal) => Promise<boolean | void>
  /** A round that threw; the loop rests and goes on. */
  readonly onError: (name: string, error: unknown) => void
}

export interface Loop {
  /** Ends the present rest. */
  wake(): void
  /** When a round last came to its end without an error; undefined before the first. */
  lastRoundAt(): number | undefined
  /** Lets the present round come to its end, then ends. */
  stop(): Promise<void>
}

/** Repeats a round until stopped. Rounds never overlap; a wake during a round makes the next one follow at once. */
export function startLoop(options: LoopOptions, now: () => number): Loop {
  const stopping = new AbortController()
  let resting: AbortController | undefined
  let woken = false
  let lastRoundAt: number | undefined

  async function round(): Promise<boolean> {
    try {
      const more = await options.round(stopping.signal)
      lastRoundAt = now()
      return more === true
    } catch (error) {
      if (!stopping.signal.aborted) options.onError(options.name, error)
      return false
    }
  }

  async function rest(): Promise<void> {
    if (woken || stopping.signal.aborted) return
    resting = new AbortController()
    await delay(options.everyMs, undefined, { signal: resting.signal }).catch(() => undefined)
    resting = undefined
  }

  /** Ends with stop(). */
  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      woken = false
      const more = await round()
      if (!more) await rest()
    }
  }

  const running = run()
  return {
    wake() {
      woken = true
      resting?.abort()
    },
    lastRoundAt: () => lastRoundAt,
    async stop() {
      stopping.abort()
      resting?.abort()
      await running
    },
  }
}
