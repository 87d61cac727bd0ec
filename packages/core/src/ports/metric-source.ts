/** A measurement is data, also when it fails: adapters never throw for an answer they could not get. */
export type Reading =
  | { readonly kind: 'value'; readonly value: number; readonly at: number }
  | { readonly kind: 'missing'; readonly reason: string }

/**
 * Reads one number from an outside system. `Signal` is the runtime's abort signal: core cannot name it (no runtime types
 * here), adapters bind it to `AbortSignal`.
 */
export interface MetricReader<Signal> {
  /** Answers until `signal` aborts; an abort is a `missing` reading. */
  read(query: string, signal: Signal): Promise<Reading>
}
