/** Which numbers of one source have been counted: all up to `watermark`, and those in `ahead` (ascending, all beyond it). */
export interface SequenceWindow {
  readonly watermark: number
  readonly ahead: readonly number[]
}

export type Acceptance =
  | { readonly kind: 'counted'; readonly window: SequenceWindow }
  /** Counted before, or so old that nobody can tell; either way it must not count again. */
  | { readonly kind: 'settled' }

/** How far a number may run ahead of the oldest that is missing; beyond it, what is missing is given up. */
export const windowSize = 1_000

export const emptyWindow: SequenceWindow = { watermark: 0, ahead: [] }

/** Counts a number once, in whatever order numbers come (SPEC S1, S2). */
export function acceptSequence(window: SequenceWindow, seq: number): Acceptance {
  if (seq <= window.watermark || window.ahead.includes(seq)) return { kind: 'settled' }
  const ahead = [...window.ahead, seq].sort((a, b) => a - b)
  return { kind: 'counted', window: close(Math.max(window.watermark, seq - windowSize), ahead) }
}

/** Moves the watermark over everything that is complete. */
function close(from: number, ahead: readonly number[]): SequenceWindow {
  let watermark = from
  let kept = 0
  for (const seq of ahead) {
    if (seq > watermark + 1) break
    watermark = Math.max(watermark, seq)
    kept += 1
  }
  return { watermark, ahead: ahead.slice(kept) }
}
