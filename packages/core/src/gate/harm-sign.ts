/** What the leading alternative of a stop test says is wrong, how badly and where. */
export interface HarmSign {
  readonly kind:
    | 'lost-silently'
    | 'lost-loudly'
    | 'errors'
    | 'slower'
    | 'value-lost'
    | 'items'
    | 'entries-lost'
    | 'entries-gained'
    | 'metric'
  /** Relative loss, absolute increase, or slow-down, as the kind says. */
  readonly size: number
  /** Path, route class or entry that carries it; absent where all paths do alike. */
  readonly where?: string
  readonly words: string
}
