import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

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
  readonly #onFirstRead: () => void
  #bytes = 0
  #isReading = false

  constructor(source: IncomingMessage, maxBytes: number, onFirstRead: () => void) {
    super()
    this.#source = source
    this.#maxBytes = maxBytes
    this.#onFirstRead = onFirstRead
  }

  override _read(): void {
    if (!this.#isReading) {
      this.#isReading = true
      this.#onFirstRead()
      this.#source.on('data', this.#take)
      this.#source.on('end', this.#end)
    }
    this.#source.resume()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#source.off('data', this.#take)
    this.#source.off('end', this.#end)
    done(error)
  }

  readonly #take = (chunk: Buffer): void => {
    this.#bytes += chunk.length
    if (this.#bytes > this.#maxBytes) this.destroy(new BodyTooLarge('the request body is too large'))
    else if (!this.push(chunk)) this.#source.pause()
  }

  readonly #end = (): void => {
    this.push(null)
  }
}
