import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

/** Who has to move next. */
export type Turn = 'client' | 'upstream'

/** The client sent more than it may. */
export class BodyTooLarge extends Error {}

/**
 * The request body on its way to one upstream, piece by piece at the upstream's pace. A stream of its own, because undici
 * destroys the body it was given when an attempt fails, and that would take the shopper's connection along before it got
 * an answer. Nothing is read before the upstream asks, so an upstream that was never reached leaves the body whole for
 * another.
 */
export class RequestBody extends Readable {
  readonly #source: IncomingMessage
  readonly #maxBytes: number
  readonly #onTurn: (whose: Turn) => void
  #bytes = 0
  #isReading = false
  #turn: Turn | undefined

  /** `onTurn` hears whom the transfer waits for, whenever that changes; the first turn says that reading begins. */
  constructor(source: IncomingMessage, maxBytes: number, onTurn: (whose: Turn) => void) {
    super()
    this.#source = source
    this.#maxBytes = maxBytes
    this.#onTurn = onTurn
  }

  override _read(): void {
    if (!this.#isReading) {
      this.#isReading = true
      this.#source.on('data', this.#take)
      this.#source.on('end', this.#end)
    }
    this.#give('client')
    this.#source.resume()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#source.off('data', this.#take)
    this.#source.off('end', this.#end)
    // What is left has no reader any more; it must flow, or the next request on the connection is never seen.
    if (this.#isReading) this.#source.resume()
    done(error)
  }

  readonly #take = (chunk: Buffer): void => {
    this.#bytes += chunk.length
    if (this.#bytes > this.#maxBytes) this.destroy(new BodyTooLarge('the request body is too large'))
    else if (!this.push(chunk)) {
      this.#source.pause()
      this.#give('upstream')
    }
  }

  readonly #end = (): void => {
    this.push(null)
    this.#give('upstream')
  }

  #give(whose: Turn): void {
    if (this.#turn === whose) return
    this.#turn = whose
    this.#onTurn(whose)
  }
}
