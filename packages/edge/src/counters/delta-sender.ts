import type { Instant } from '@headgate/core/model'
import { deltaReceipt, type DeltaBatch } from '@headgate/protocol/signals'
import {
  createBackoff,
  describeAnswer,
  isRefusal,
  sleep,
  type EdgeLog,
  type Link,
  type LinkAnswer,
  type Sleep,
} from '../link/index.ts'
import type { EvidenceCounts } from './evidence.ts'
import type { Exclusions } from './exclusions.ts'
import type { Traffic } from './traffic.ts'

export interface DeltaSenderOptions {
  readonly evidence: EvidenceCounts
  readonly traffic: Traffic
  readonly exclusions: Exclusions
  readonly link: Link
  readonly log: EdgeLog
  readonly gateway: string
  /** This run of the gateway: batches are numbered from 1 within it. */
  readonly source: string
  readonly snapshotVersion: () => number
  readonly now?: () => Instant
  readonly intervalMs?: number
  readonly sleep?: Sleep
  readonly random?: () => number
}

export interface DeltaSenderState {
  readonly sentBatches: number
  readonly resends: number
  /** Units of evidence that will never arrive: refused, or more than there was room for. */
  readonly lost: number
  readonly lastAcceptedAt: Instant | undefined
}

/** Cells per batch that the wire format allows. */
const maxCells = 20_000

/**
 * A batch that was sent is sent again unchanged until it is accepted, because nobody knows whether an unanswered one was
 * counted. Everything counted meanwhile adds up in the counters and travels in the next batch: the queue is one batch long,
 * and numbers have no gaps.
 */
export class DeltaSender {
  readonly #options: DeltaSenderOptions
  readonly #now: () => Instant
  readonly #sleep: Sleep
  #open: DeltaBatch | undefined
  #seq = 0
  #resends = 0
  #refused = 0
  #lastAcceptedAt: Instant | undefined

  constructor(options: DeltaSenderOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#sleep = options.sleep ?? sleep
  }

  /** Sends a batch every interval, an empty one too, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { evidence, intervalMs = 1_000 } = this.#options
    while (!signal.aborted) {
      await this.#deliver(signal)
      // What piled up during an outage goes out at once, batch by batch.
      if (evidence.size() < maxCells) await this.#sleep(intervalMs, signal)
    }
  }

  /** After `run` has ended: sends all that is left, until the signal aborts. Resolves to whether everything arrived. */
  async flush(signal: AbortSignal): Promise<boolean> {
    const { evidence } = this.#options
    if (this.#open !== undefined) await this.#deliver(signal)
    // Ends because counting has ended: each round takes cells out.
    do await this.#deliver(signal)
    while (!signal.aborted && evidence.size() > 0)
    return this.#open === undefined && evidence.size() === 0
  }

  state(): DeltaSenderState {
    return {
      sentBatches: this.#seq,
      resends: this.#resends,
      lost: this.#refused + this.#options.evidence.lost(),
      lastAcceptedAt: this.#lastAcceptedAt,
    }
  }

  /** One batch until it is settled; ends early when the signal aborts, and keeps the batch for the next call. */
  async #deliver(signal: AbortSignal): Promise<void> {
    const { link, log, random } = this.#options
    const backoff = createBackoff({ ...limits, ...(random === undefined ? {} : { random }) })
    this.#open ??= this.#closeBatch()
    const batch = this.#open
    while (!signal.aborted) {
      const answer = await link.request({ method: 'POST', path: '/api/v1/signals/deltas', body: batch }, signal)
      const outcome = outcomeOf(answer, batch)
      if (outcome !== 'unsettled') {
        this.#settle(batch, outcome, describeAnswer(answer))
        return
      }
      if (signal.aborted) return
      this.#resends += 1
      log.warn({ seq: batch.seq, answer: describeAnswer(answer) }, 'a batch did not arrive; sending it again')
      await this.#sleep(backoff.next(), signal)
    }
  }

  #closeBatch(): DeltaBatch {
    const { gateway, source, snapshotVersion, evidence, traffic, exclusions } = this.#options
    this.#seq += 1
    const excluded = exclusions.drain()
    return {
      gateway,
      source,
      seq: this.#seq,
      at: this.#now(),
      snapshotVersion: snapshotVersion(),
      cells: evidence.drain(maxCells),
      traffic: traffic.drain(),
      ...(excluded.length === 0 ? {} : { excluded }),
    }
  }

  #settle(batch: DeltaBatch, outcome: 'accepted' | 'refused', answer: string): void {
    this.#open = undefined
    if (outcome === 'accepted') {
      this.#lastAcceptedAt = this.#now()
      return
    }
    const units = batch.cells.reduce((sum, { count }) => sum + count, 0)
    this.#refused += units
    this.#options.log.error({ seq: batch.seq, units, answer }, 'a batch was refused; its counts are lost')
  }
}

const limits = { firstMs: 200, maxMs: 5_000 }

function outcomeOf(answer: LinkAnswer, batch: DeltaBatch): 'accepted' | 'refused' | 'unsettled' {
  if (isRefusal(answer)) return 'refused'
  if (answer.kind === 'unreachable') return 'unsettled'
  const receipt = deltaReceipt.safeParse(answer.body)
  // An answer that is no receipt (a proxy's page) settles nothing, whatever its status.
  if (answer.status >= 300 || !receipt.success || receipt.data.seq !== batch.seq) return 'unsettled'
  return receipt.data.accepted || receipt.data.duplicate ? 'accepted' : 'refused'
}
