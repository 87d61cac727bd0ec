import type { Io } from '../../io.ts'

export interface Progress {
  tick(): void
  /** Says for good how much was read. */
  end(): void
}

const everyMs = 500

/** A line that says how far a long file has been read; only on a terminal, and only once it takes long. */
export function createProgress({ json, terminal, now }: Io, share: () => number): Progress {
  const began = now()
  let ticks = 0
  let drawnAt = began
  let hasDrawn = false
  const draw = (text: string): void => {
    hasDrawn = true
    terminal.draw([text])
  }
  return {
    tick() {
      ticks += 1
      // The clock is looked at now and then: a tick takes microseconds.
      if (json || !terminal.isLive || ticks % 64 !== 0 || now() - drawnAt < everyMs) return
      drawnAt = now()
      draw(`${Math.round(share() * 100)} % read, ${ticks} ticks`)
    },
    end() {
      if (!hasDrawn) return
      draw(`${ticks} ticks in ${((now() - began) / 1_000).toFixed(1)} s`)
      terminal.keep()
    },
  }
}
