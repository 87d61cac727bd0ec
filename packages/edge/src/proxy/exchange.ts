import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { Attempt, type AttemptListener, type FailureKind, type UpstreamFailure } from './attempt.ts'
import { isSharedCacheable } from './cache-scope.ts'
import { conditionsFor } from './entity-tags.ts'
import { answerRefusal, type Refusal } from './refusal.ts'
import { RequestBody } from './request-body.ts'
import type { CheckedRequest } from './request-check.ts'
import { responseHeaders } from './response-plan.ts'
import type { Course, Destination, Ending } from './steering.ts'
import { headersTo } from './upstream-request.ts'
import type { UpstreamPools } from './upstream-pools.ts'
import type { ResponseHead } from './upstream-response.ts'

/** What all exchanges of a gateway share. */
export interface ExchangeSetting {
  readonly pools: UpstreamPools
  /** Milliseconds that never run backwards. */
  readonly now: () => number
  readonly maxBodyBytes: number
  /** `client` keeps the shopper's `Host`, `upstream` sends the host of the upstream's URL. */
  readonly hostPolicy: 'client' | 'upstream'
  readonly watch: ExchangeWatch
}

/** Hears of what exchanges meet; for counters and logs, never for decisions. */
export interface ExchangeWatch {
  failed(course: Course, destination: Destination, failure: UpstreamFailure): void
  refused(refusal: Refusal): void
  ended(course: Course, ending: Ending): void
  /** An error of our own; the connection it happened on is closed. */
  internalError(error: unknown): void
}

/** One request of a shopper, ready to go. */
export interface ExchangeInput {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly checked: CheckedRequest
  /** As for both arms; see `forwardedHeaders`. */
  readonly headers: string[]
  readonly course: Course
  /** The client waits for `100 Continue` before it sends its body. */
  readonly expectsContinue: boolean
  readonly upgrade: Upgrade | undefined
}

/** A protocol the client wants to change to, and what to do once the upstream agrees. */
export interface Upgrade {
  readonly protocol: string
  open(head: ResponseHead, upstream: Duplex, cookies: readonly string[]): Promise<void>
}

/** Upstream statuses that mean "I could not", which control may be able to. */
const retryable = new Set([500, 502, 503, 504])

/** One shopper's request: to its arm, on failure to control where that is safe, and the answer back. */
export class Exchange implements AttemptListener {
  readonly #setting: ExchangeSetting
  readonly #input: ExchangeInput
  readonly #startedAt: number
  #destination: Destination
  #attempt: Attempt | undefined
  #body: RequestBody | undefined
  #isMasked = false
  #isBodyTouched = false
  #hasContinued = false
  #isOver = false

  constructor(setting: ExchangeSetting, input: ExchangeInput) {
    this.#setting = setting
    this.#input = input
    this.#destination = input.course.first
    this.#startedAt = setting.now()
  }

  start(): void {
    const { response } = this.#input
    response.once('close', () => this.#end(response.writableFinished ? 'whole' : 'abandoned'))
    response.on('drain', () => this.#attempt?.resume())
    this.#goTo(this.#input.course.first)
  }

  onSending(): void {
    const { expectsContinue, response, checked } = this.#input
    // Only now is anybody there to read the body; a client that was refused before keeps it.
    if (!expectsContinue || !checked.hasBody || this.#hasContinued) return
    this.#hasContinued = true
    response.writeContinue()
  }

  onEarlyHints(links: readonly string[]): void {
    const { response, request } = this.#input
    if (links.length > 0 && !response.headersSent && request.httpVersionMinor > 0)
      response.writeEarlyHints({ link: [...links] })
  }

  onHead(head: ResponseHead): void {
    if (retryable.has(head.status) && this.#mayFallBack(true)) {
      this.#attempt?.discard()
      this.#fallBack({ kind: 'error-status', detail: `status ${head.status}`, sent: true })
    } else this.#respond(head)
  }

  onData(chunk: Uint8Array): boolean {
    return this.#input.response.write(chunk)
  }

  onEnd(trailers: [string, string][]): void {
    const { response } = this.#input
    if (trailers.length > 0 && response.chunkedEncoding) response.addTrailers(trailers)
    response.end()
  }

  onUpgrade(head: ResponseHead, socket: Duplex): void {
    const { upgrade } = this.#input
    if (upgrade === undefined) {
      socket.destroy()
      return
    }
    const cookies = this.#account(head)
    upgrade.open(head, socket, cookies).then(
      () => this.#end('whole'),
      () => this.#end('broken'),
    )
  }

  onFailure(failure: UpstreamFailure): void {
    if (isUpstreamsFault(failure) && !this.#input.response.headersSent && this.#mayFallBack(failure.sent)) {
      this.#fallBack(failure)
      return
    }
    this.#setting.watch.failed(this.#input.course, this.#destination, failure)
    if (this.#input.response.headersSent) this.#breakOff()
    else this.#giveUp(refusals[failure.kind])
  }

  onInternalError(error: unknown): void {
    this.#setting.watch.internalError(error)
    this.#input.request.socket.destroy()
    this.#end('broken')
  }

  #goTo(destination: Destination): void {
    const { pools, hostPolicy } = this.#setting
    const { checked, course, upgrade } = this.#input
    this.#destination = destination
    const pool = pools.claim(destination.upstream)
    if (pool === undefined) {
      this.onFailure({ kind: 'overloaded', detail: 'too many requests under way', sent: false })
      return
    }
    const headers = this.#headersFor(destination, hostPolicy === 'client' ? checked.host : pool.host)
    if (headers === undefined) {
      this.#giveUp({ status: 412, cause: 'condition', detail: 'the condition belongs to another version' })
      return
    }
    this.#attempt = new Attempt(
      pool,
      {
        method: checked.method,
        path: course.target,
        headers,
        body: checked.hasBody ? this.#openBody() : undefined,
        upgrade: upgrade?.protocol,
        timeoutMs: course.timeoutMs,
      },
      this,
    )
    this.#attempt.start()
  }

  #headersFor(destination: Destination, host: string): string[] | undefined {
    const { headers, course } = this.#input
    const conditioned = course.audience === 'everybody' ? headers : conditionsFor(headers, destination.arm)
    return 'kind' in conditioned ? undefined : headersTo(conditioned, course.headersFor(destination.arm), host)
  }

  #openBody(): RequestBody {
    this.#body = new RequestBody(this.#input.request, this.#setting.maxBodyBytes, (whose) => {
      this.#isBodyTouched = true
      this.#attempt?.giveTurn(whose)
    })
    return this.#body
  }

  /** Once, to control, and only a request that can have done nothing yet or may be done twice. */
  #mayFallBack(sent: boolean): boolean {
    const { checked, course } = this.#input
    if (course.fallback === undefined || this.#isMasked) return false
    const isSafe = (checked.method === 'GET' || checked.method === 'HEAD') && !checked.hasBody
    return isSafe || (!sent && !this.#isBodyTouched)
  }

  #fallBack(failure: UpstreamFailure): void {
    const { fallback } = this.#input.course
    if (fallback === undefined) return
    this.#setting.watch.failed(this.#input.course, this.#destination, failure)
    this.#isMasked = true
    this.#goTo(fallback)
  }

  #respond(head: ResponseHead): void {
    const { response, course, expectsContinue } = this.#input
    const cookies = this.#account(head)
    if (expectsContinue && !this.#hasContinued) response.shouldKeepAlive = false
    const headers = responseHeaders(head.headers, this.#destination.arm, course.audience, cookies)
    response.writeHead(head.status, head.statusText, [...headers])
    // The first piece of the body usually follows in this very turn and shares a packet with the head; if not, do not wait.
    queueMicrotask(() => {
      if (!response.writableEnded && !response.destroyed) response.flushHeaders()
    })
  }

  #account(head: Pick<ResponseHead, 'status' | 'headers' | 'event' | 'path'>): readonly string[] {
    return this.#input.course.answered({
      servedBy: this.#destination.arm,
      status: head.status,
      masked: this.#isMasked,
      firstByteMs: this.#setting.now() - this.#startedAt,
      event: head.event,
      path: head.path,
      isSharedCacheable: () => isSharedCacheable(head.headers),
    })
  }

  #giveUp(refusal: Refusal): void {
    const { response, expectsContinue } = this.#input
    if (refusal.status >= 500) {
      const cookies = this.#account({ status: refusal.status, headers: [], event: undefined, path: undefined })
      if (cookies.length > 0) response.setHeader('set-cookie', [...cookies])
    }
    this.#setting.watch.refused(refusal)
    answerRefusal(response, refusal, expectsContinue && !this.#hasContinued)
  }

  /** What was promised cannot be kept; the shopper must see that the response is cut short. */
  #breakOff(): void {
    const { request, response } = this.#input
    this.#end('broken')
    // HTTP/1.0 knows no chunks: without a length only a reset tells a cut from an end.
    if (request.httpVersionMinor === 0) request.socket.resetAndDestroy()
    else response.destroy()
  }

  #end(ending: Ending): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#attempt?.abort()
    this.#body?.destroy()
    try {
      this.#input.course.finished(ending)
    } catch (error) {
      // Accounts that fail must not take the shop down with them.
      this.#setting.watch.internalError(error)
    }
    this.#setting.watch.ended(this.#input.course, ending)
  }
}

const isUpstreamsFault = (failure: UpstreamFailure): boolean =>
  failure.kind !== 'body-too-large' && failure.kind !== 'unsendable'

const refusals = {
  'body-too-large': { status: 413, cause: 'too-large', detail: 'the request body is too large' },
  unsendable: { status: 400, cause: 'malformed', detail: 'the request cannot be passed on' },
  overloaded: { status: 503, cause: 'overloaded', detail: 'the shop has too many requests under way' },
  timeout: { status: 504, cause: 'upstream-timeout', detail: 'the shop did not answer in time' },
  unreachable: { status: 502, cause: 'upstream-failed', detail: 'the shop cannot be reached' },
  broken: { status: 502, cause: 'upstream-failed', detail: 'the shop gave no whole answer' },
  malformed: { status: 502, cause: 'upstream-failed', detail: 'the shop gave no valid answer' },
  'error-status': { status: 502, cause: 'upstream-failed', detail: 'the shop answered with an error' },
} as const satisfies Record<FailureKind, Refusal>
