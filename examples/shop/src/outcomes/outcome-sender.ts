/**
 * Reports order outcomes to Headgate. This file depends on nothing but `fetch`: copy it into the system that really creates
 * your orders, call `report` where the order is committed, and `close` when the process ends.
 *
 * What it promises: never slows or breaks a checkout (`report` only appends to a bounded queue); sends again until accepted, under
 * the same id, so an outcome counts once however often it travels; says that it is alive when there is nothing to report, because
 * to Headgate silence means blindness. What it does not: outcomes still queued when the process is killed are lost (at most
 * `flushMs` worth while Headgate answers). A shop that cannot afford that reports from an outbox table; ids make that safe.
 */
export interface Outcome {
  /** Stable and unique per fact, e.g. `order-1042-placed`: built from the order, never drawn anew for a retry. */
  readonly id: string
  /** The `headgate-journey` request header, untouched. */
  readonly journey: string
  /** A step of the flow, or `failed`. */
  readonly step: string
  /** When it happened, milliseconds since the epoch. */
  readonly at: number
  readonly value?: { readonly amount: number; readonly currency: string }
}

export interface OutcomeSenderOptions {
  /** Headgate's address, e.g. `http://127.0.0.1:4400`. */
  readonly url: string
  /** A token with the scope `signals`. */
  readonly token: string
  /** Component that reports, e.g. `commerce-api`. */
  readonly source: string
  readonly flushMs?: number
  readonly signOfLifeMs?: number
  /** Outcomes kept while Headgate is away; beyond it the oldest go, because late outcomes are worth least. */
  readonly maxQueued?: number
  /** True while nothing may be sent (a fault of the lab); what is reported meanwhile is lost. */
  readonly isSilent?: () => boolean
  readonly warn?: (message: string) => void
  readonly fetch?: typeof globalThis.fetch
}

export interface OutcomeCounters {
  readonly queued: number
  readonly accepted: number
  readonly dropped: number
  readonly failedBatches: number
}

const maxBatch = 1_000
const requestTimeoutMs = 3_000
const maxBackoffMs = 2_000

export class OutcomeSender {
  readonly #options: OutcomeSenderOptions
  readonly #queue: Outcome[] = []
  #accepted = 0
  #dropped = 0
  #failedBatches = 0
  #failuresInARow = 0
  #lastSentAt = 0
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: OutcomeSenderOptions) {
    this.#options = options
    this.#schedule()
  }

  get counters(): OutcomeCounters {
    const counted = { accepted: this.#accepted, dropped: this.#dropped, failedBatches: this.#failedBatches }
    return { ...counted, queued: this.#queue.length }
  }

  report(outcome: Outcome): void {
    // The header comes from outside: one that cannot be a token must not spoil the batch it travels in.
    const isToken = /^[\w.-]{1,1000}$/.test(outcome.journey)
    if (!isToken || this.#closed || this.#isSilent()) return
    if (this.#queue.length >= (this.#options.maxQueued ?? 20_000)) {
      this.#queue.shift()
      this.#dropped += 1
    }
    this.#queue.push(outcome)
  }

  /** Send what is left, once, and stop. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#sending
    if (this.#queue.length > 0) await this.#flush()
  }

  // Each round schedules the next one only after its answer, so batches never overtake each other; `close` ends it.
  #schedule(): void {
    const { flushMs = 500 } = this.#options
    const backoff = Math.max(flushMs, Math.min(maxBackoffMs, flushMs * 2 ** this.#failuresInARow))
    const round = () => {
      this.#sending = this.#flush().finally(() => {
        if (!this.#closed) this.#schedule()
      })
    }
    this.#timer = setTimeout(round, backoff * (0.9 + Math.random() * 0.2))
    this.#timer.unref()
  }

  async #flush(): Promise<void> {
    const { signOfLifeMs = 2_000 } = this.#options
    const hasNothingToSay = this.#queue.length === 0 && Date.now() - this.#lastSentAt < signOfLifeMs
    if (hasNothingToSay || this.#isSilent()) return
    const batch = this.#queue.slice(0, maxBatch)
    this.#settle(batch, await send(this.#options, batch))
  }

  #settle(batch: readonly Outcome[], answer: Answer): void {
    if (answer.kind === 'unavailable') {
      this.#failuresInARow += 1
      this.#failedBatches += 1
      if (this.#failuresInARow === 1) this.#warn(`outcomes are not accepted, will be sent again: ${answer.reason}`)
      return
    }
    this.#failuresInARow = 0
    this.#lastSentAt = Date.now()
    this.#queue.splice(0, countStillQueued(this.#queue, batch))
    if (answer.kind === 'accepted') this.#accepted += batch.length
    else {
      this.#dropped += batch.length
      this.#warn(`${batch.length} outcomes were refused for good: ${answer.reason}`)
    }
  }

  #isSilent(): boolean {
    return this.#options.isSilent?.() ?? false
  }

  #warn(message: string): void {
    this.#options.warn?.(message)
  }
}

/** A full queue may have shed heads of the batch while it travelled: remove only what is still there. */
function countStillQueued(queue: readonly Outcome[], batch: readonly Outcome[]): number {
  const head = queue[0]
  const shed = head === undefined ? batch.length : batch.indexOf(head)
  return shed < 0 ? 0 : batch.length - shed
}

type Answer =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unavailable'; readonly reason: string }

async function send(options: OutcomeSenderOptions, events: readonly Outcome[]): Promise<Answer> {
  const request = options.fetch ?? globalThis.fetch
  try {
    const response = await request(`${options.url}/api/v1/signals/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${options.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ source: options.source, events }),
      signal: AbortSignal.timeout(requestTimeoutMs),
    })
    const text = await response.text()
    if (response.ok) return { kind: 'accepted' }
    const reason = `${response.status} ${text.slice(0, 200)}`
    // Only "this batch can never be right" gives up; a wrong token, a full server or no server is worth another try.
    return { kind: response.status === 400 || response.status === 422 ? 'refused' : 'unavailable', reason }
  } catch (error) {
    return { kind: 'unavailable', reason: error instanceof Error ? error.message : String(error) }
  }
}
