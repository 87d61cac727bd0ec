/** One message to people. `id` is the same for every attempt, so that a receiver can drop repeats. */
export interface Notice {
  readonly id: string
  readonly to: string
  readonly topic: string
  readonly subject: string
  readonly message: string
  readonly url?: string
}

/** Tells people; throws when the other side did not accept, so that the outbox tries again. `Signal` as in `MetricReader`. */
export interface Notifier<Signal> {
  send(notice: Notice, signal: Signal): Promise<void>
}
