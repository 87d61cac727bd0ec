import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { RawHeaders } from './raw-headers.ts'
import { BodyTooLarge, type RequestBody, type Turn } from './request-body.ts'
import type { UpstreamPool } from './upstream-pools.ts'
import { readResponseHead, readTrailers, type ResponseHead } from './upstream-response.ts'

/** Why an upstream gave no answer, or not all of it. */
export interface UpstreamFailure {
  readonly kind: FailureKind
  readonly detail: string
  /** Part of the request may have reached the upstream, so only an idempotent one may go elsewhere. */
  readonly sent: boolean
}

/**
 * `unreachable`: no connection; `timeout`: no first byte, or a gap in the body, for too long; `broken`: connection lost;
 * `malformed`: not HTTP as we accept it; `error-status`: 500, 502, 503 or 504; `overloaded`: more requests under way than the upstream may have.
 * The last two are not the upstream's fault: the shopper's body exceeds the limit, the request cannot be expressed.
 */
export type FailureKind =
  | 'unreachable'
  | 'timeout'
  | 'broken'
  | 'malformed'
  | 'error-status'
  | 'overloaded'
  | 'body-too-large'
  | 'unsendable'

export interface AttemptRequest {
  readonly method: string
  readonly path: string
  readonly headers: string[]
  readonly body: RequestBody | undefined
  /** Protocol to upgrade to. */
  readonly upgrade: string | undefined
  readonly timeoutMs: number
}

/** What one attempt reports. After `onEnd`, `onUpgrade`, `onFailure` or `abort` nothing follows. */
export interface AttemptListener {
  /** A connection is there and the request goes out. */
  onSending(): void
  onEarlyHints(links: readonly string[]): void
  onHead(head: ResponseHead): void
  /** False asks for a pause until `resume`. */
  onData(chunk: Uint8Array): boolean
  onEnd(trailers: [string, string][]): void
  onUpgrade(head: ResponseHead, socket: Duplex): void
  onFailure(failure: UpstreamFailure): void
  /** One of the above threw. */
  onInternalError(error: unknown): void
}

/** One request to one upstream, from waiting for a connection to the last byte. */
export class Attempt implements Dispatcher.DispatchHandler {
  readonly #pool: UpstreamPool
  readonly #request: AttemptRequest
  readonly #listener: AttemptListener
  #controller: Dispatcher.DispatchController | undefined
  #timer: NodeJS.Timeout | undefined
  #sent = false
  #hasHead = false
  #isOver = false
  #discardableBytes: number | undefined

  constructor(pool: UpstreamPool, request: AttemptRequest, listener: AttemptListener) {
    this.#pool = pool
    this.#request = request
    this.#listener = listener
  }

  /** May report a failure before it returns. */
  start(): void {
    const { path, method, headers, body, upgrade } = this.#request
    const pool = this.#pool
    pool.active += 1
    this.#startClock()
    const options: Dispatcher.DispatchOptions & { readonly servername: string | undefined } = {
      path: `${pool.basePath}${path}`,
      method,
      headers,
      body: body ?? null,
      upgrade: upgrade ?? null,
      servername: pool.serverName,
    }
    pool.dispatcher.dispatch(options, this)
  }

  /** While an upload waits for the client, the upstream is not to blame: its time to first byte stands still. */
  giveTurn(whose: Turn): void {
    clearTimeout(this.#timer)
    if (whose === 'upstream' && !this.#isOver && !this.#hasHead) this.#startClock()
  }

  /** Reads the rest of a response that nobody wants, so that the connection can be used again; gives up when it is long. */
  discard(): void {
    this.#discardableBytes = 65_536
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.abort(), 1_000)
  }

  /** Ends the attempt without a report; a connection in use is closed, which tells the upstream to stop. */
  abort(): void {
    if (this.#isOver) return
    this.#settle()
    this.#controller?.abort(new Error('no longer wanted'))
  }

  resume(): void {
    this.#controller?.resume()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Also reached by attempts that ended while they waited for a connection: those must not be sent any more.
    this.#controller = controller
    if (this.#isOver) {
      controller.abort(new Error('no longer wanted'))
      return
    }
    this.#sent = true
    this.#tell(() => this.#listener.onSending())
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, _: unknown, statusText = ''): void {
    if (this.#isOver) return
    const head = readResponseHead(status, statusText, rawOf(controller.rawHeaders))
    if ('malformed' in head) this.#fail('malformed', head.malformed)
    else if (status === 103) this.#tell(() => this.#listener.onEarlyHints(linksOf(head.headers)))
    else if (status >= 200) {
      clearTimeout(this.#timer)
      this.#hasHead = true
      this.#tell(() => this.#listener.onHead(head))
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver) return
    if (this.#discardableBytes === undefined) {
      if (!this.#listener.onData(chunk)) controller.pause()
      return
    }
    this.#discardableBytes -= chunk.length
    if (this.#discardableBytes < 0) this.abort()
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.#isOver) return
    this.#settle()
    if (this.#discardableBytes !== undefined) return
    this.#tell(() => this.#listener.onEnd(readTrailers(rawOf(controller.rawTrailers))))
  }

  onRequestUpgrade(controller: Dispatcher.DispatchController, status: number, _: unknown, socket: Duplex): void {
    // undici has taken its listeners away; an error that nobody hears would end the process.
    socket.on('error', () => socket.destroy())
    const head = readResponseHead(status, '', rawOf(controller.rawHeaders))
    if (this.#isOver || 'malformed' in head) {
      socket.destroy()
      this.#fail('malformed', 'the answer to the upgrade is not valid')
      return
    }
    this.#settle()
    this.#tell(() => this.#listener.onUpgrade(head, socket))
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#fail(kindOf(error, this.#sent), error.message)
  }

  #fail(kind: FailureKind, detail: string): void {
    if (this.#isOver) return
    this.abort()
    if (this.#discardableBytes !== undefined) return
    this.#tell(() => this.#listener.onFailure({ kind, detail, sent: this.#sent }))
  }

  /** Called from sockets and timers, where an error that nobody catches would end the process. */
  #tell(report: () => void): void {
    try {
      report()
    } catch (error) {
      this.abort()
      this.#listener.onInternalError(error)
    }
  }

  #startClock(): void {
    const { timeoutMs } = this.#request
    this.#timer = setTimeout(() => this.#fail('timeout', `no first byte within ${timeoutMs} ms`), timeoutMs)
  }

  #settle(): void {
    this.#isOver = true
    this.#pool.active -= 1
    clearTimeout(this.#timer)
  }
}

const malformedCodes = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_RES_EXCEEDED_MAX_SIZE',
])

function kindOf(error: Error & { readonly code?: unknown }, sent: boolean): FailureKind {
  if (error instanceof BodyTooLarge) return 'body-too-large'
  if (error.code === 'UND_ERR_INVALID_ARG' || error.code === 'UND_ERR_NOT_SUPPORTED') return 'unsendable'
  if (!sent) return 'unreachable'
  if (error.code === 'UND_ERR_BODY_TIMEOUT') return 'timeout'
  if (error.name === 'HTTPParserError' || (typeof error.code === 'string' && malformedCodes.has(error.code))) {
    return 'malformed'
  }
  return error.message === 'bad response' || error.message === 'bad upgrade' ? 'malformed' : 'broken'
}

/** undici hands fields of HTTP/1.1 over as buffers; other shapes belong to HTTP/2, which pools do not speak. */
function rawOf(raw: Dispatcher.DispatchController['rawHeaders']): readonly Buffer[] {
  return Array.isArray(raw) && isBuffers(raw) ? raw : []
}

const isBuffers = (raw: readonly Buffer[] | readonly string[]): raw is readonly Buffer[] => typeof raw[0] !== 'string'

function linksOf(headers: RawHeaders): string[] {
  return headers.filter((_, i) => i % 2 === 1 && headers[i - 1]?.toLowerCase() === 'link')
}
