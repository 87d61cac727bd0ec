import { createServer, ServerResponse, type IncomingMessage, type Server } from 'node:http'
import { isIPv6, Socket, type BlockList } from 'node:net'
import type { Duplex } from 'node:stream'
import { Exchange, type ExchangeInput, type ExchangeSetting, type Upgrade } from './exchange.ts'
import { answerRefusal, type Refusal } from './refusal.ts'
import { checkRequest, isRefusal, type RequestLimits } from './request-check.ts'
import type { Steering } from './steering.ts'
import { openTunnel } from './tunnel.ts'
import { forwardedHeaders, type Forwarding } from './upstream-request.ts'

/** How long and how much clients may take. */
export interface FrontLimits extends RequestLimits {
  readonly maxHeaderBytes: number
  readonly maxConnections: number
  /** From the first byte of a request to the end of its header. */
  readonly headersMs: number
  /** From the first byte of a request to the last of its body. */
  readonly requestMs: number
  /** Silence on a connection while a request is under way. */
  readonly idleMs: number
  readonly keepAliveMs: number
  /** Silence in both directions of an upgraded connection. */
  readonly tunnelIdleMs: number
  /** How long the rest of a request body is read and thrown away after an early answer. */
  readonly lingerMs: number
}

export interface FrontSetting {
  readonly exchange: ExchangeSetting
  readonly steering: Steering
  readonly limits: FrontLimits
  /** Peers whose `X-Forwarded-*` are believed. */
  readonly trustedProxies: BlockList
}

/** The public listener: what comes in is checked, steered and exchanged. */
export class Front {
  readonly server: Server
  readonly #setting: FrontSetting
  readonly #trustsSome: boolean
  readonly #tunnels = new Set<Socket>()
  /** Connections that have not sent a request yet; the server's own idle list does not know them. */
  readonly #silent = new Set<Duplex>()
  readonly #latest = new WeakMap<Duplex, ServerResponse>()
  #isDraining = false
  #active = 0
  #connections = 0

  constructor(setting: FrontSetting) {
    this.#setting = setting
    this.#trustsSome = setting.trustedProxies.rules.length > 0
    const { limits } = setting
    this.server = createServer({
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: Math.max(10, Math.min(1_000, limits.headersMs / 4)),
      keepAliveTimeout: limits.keepAliveMs,
      // Every field is needed to judge a request, so none may be dropped here; the check counts them (431).
      insecureHTTPParser: false,
      requireHostHeader: false,
      shouldUpgradeCallback: maySwitchProtocol,
    })
    this.server.maxHeadersCount = 0
    this.server.maxConnections = limits.maxConnections
    this.server.timeout = limits.idleMs
    // Without a listener a single failed accept (no file handles left) would end the process.
    this.server.on('error', (error) => setting.exchange.watch.internalError(error))
    this.server.on('drop', () => setting.exchange.watch.refused(tooManyConnections))
    this.server.on('connection', (socket) => {
      this.#connections += 1
      this.#silent.add(socket)
      socket.once('close', () => {
        this.#connections -= 1
        this.#silent.delete(socket)
      })
    })
    this.server.on('request', (request, response) => this.#accept(request, response, { expectsContinue: false }))
    this.server.on('checkContinue', (request, response) => this.#accept(request, response, { expectsContinue: true }))
    this.server.on('checkExpectation', (request, response) => this.#refuseExpectation(request, response))
    this.server.on('upgrade', (request, socket, head) => this.#acceptUpgrade(request, socket, head))
    this.server.on('connect', (_, socket) => this.#closeWith(socket, refusalOfConnect))
    this.server.on('clientError', (error, socket) => this.#closeWith(socket, refusalOfParser(error)))
  }

  /** Requests and tunnels under way. */
  get active(): number {
    return this.#active + this.#tunnels.size
  }

  /** Open connections of clients, upgraded ones included. */
  get connections(): number {
    return this.#connections
  }

  /** Stops accepting, lets what is under way finish, and closes what is left at the deadline. */
  async drain(deadlineMs: number): Promise<void> {
    this.#isDraining = true
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()))
    // A connection that was just opened may have a request on its way.
    const silence = setTimeout(() => destroyAll(this.#silent), Math.min(deadlineMs, silentGraceMs))
    const deadline = setTimeout(() => {
      this.server.closeAllConnections()
      destroyAll(this.#tunnels)
    }, deadlineMs)
    await closed
    clearTimeout(silence)
    clearTimeout(deadline)
  }

  #accept(
    request: IncomingMessage,
    response: ServerResponse,
    more: Pick<ExchangeInput, 'expectsContinue'>,
    upgrade?: Upgrade,
  ): void {
    this.#active += 1
    this.#silent.delete(request.socket)
    this.#latest.set(request.socket, response)
    response.once('close', () => this.#release())
    limitLinger(request, response, this.#setting.limits.lingerMs)
    if (this.#isDraining) response.shouldKeepAlive = false
    try {
      this.#begin(request, response, more.expectsContinue, upgrade)
    } catch (error) {
      this.#setting.exchange.watch.internalError(error)
      request.socket.destroy()
    }
  }

  #begin(
    request: IncomingMessage,
    response: ServerResponse,
    expectsContinue: boolean,
    upgrade: Upgrade | undefined,
  ): void {
    const { limits, steering, exchange } = this.#setting
    const checked = checkRequest(request, limits)
    if (isRefusal(checked)) {
      this.#refuse(response, checked, true)
      return
    }
    const from = this.#forwarding(request)
    const course = steering.steer({
      method: checked.method,
      target: checked.target,
      cookies: request.headers.cookie ?? '',
      secure: from.proto === 'https',
      speculative: isSpeculative(request),
      fields: request.headers,
    })
    if ('cause' in course) {
      this.#refuse(response, course, expectsContinue)
      return
    }
    // Two attempts may take longer than a connection may be silent otherwise.
    const longestMs = course.timeoutMs * 2 + 1_000
    if (longestMs > limits.idleMs) request.socket.setTimeout(longestMs)
    const headers = forwardedHeaders(request, checked, from)
    new Exchange(exchange, { request, response, checked, headers, course, expectsContinue, upgrade }).start()
  }

  #acceptUpgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): void {
    socket.on('error', () => socket.destroy())
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    try {
      // Fails while an earlier, pipelined request of this connection is unanswered: their bytes would mix.
      if (!(socket instanceof Socket)) throw new TypeError('not a network socket')
      response.assignSocket(socket)
    } catch {
      socket.destroy()
      return
    }
    socket.on('drain', () => response.emit('drain'))
    response.once('finish', () => {
      response.detachSocket(socket)
      response.emit('close')
      socket.end()
    })
    this.#accept(request, response, { expectsContinue: false }, this.#upgrade(request, response, socket, head))
  }

  #upgrade(request: IncomingMessage, response: ServerResponse, client: Socket, clientHead: Uint8Array): Upgrade {
    const protocol = request.headers.upgrade ?? ''
    return {
      protocol,
      open: async (head, upstream, cookies) => {
        response.detachSocket(client)
        this.#tunnels.add(client)
        this.#release()
        try {
          const idleMs = this.#setting.limits.tunnelIdleMs
          await openTunnel({ client, upstream, clientHead, idleMs }, head, protocol, cookies)
        } finally {
          this.#tunnels.delete(client)
        }
      },
    }
  }

  #forwarding(request: IncomingMessage): Forwarding {
    const address = request.socket.remoteAddress ?? 'unknown'
    const clientAddress = address.startsWith('::ffff:') ? address.slice(7) : address
    const trusted = this.#trustsSome && this.#trusts(clientAddress)
    const proto = trusted && request.headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'
    return { clientAddress, proto, trusted }
  }

  #trusts(address: string): boolean {
    return this.#setting.trustedProxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
  }

  #refuse(response: ServerResponse, refusal: Refusal, close: boolean): void {
    this.#setting.exchange.watch.refused(refusal)
    answerRefusal(response, refusal, close)
  }

  #refuseExpectation(request: IncomingMessage, response: ServerResponse): void {
    limitLinger(request, response, this.#setting.limits.lingerMs)
    this.#refuse(response, { status: 417, cause: 'expectation', detail: 'only 100-continue can be expected' }, true)
  }

  /** The parser has given the connection up: a last word if no response has begun on it, then the end. */
  #closeWith(socket: Duplex, refusal: Refusal | undefined): void {
    if (refusal !== undefined) this.#setting.exchange.watch.refused(refusal)
    const latest = this.#latest.get(socket)
    const isMidResponse = latest !== undefined && latest.headersSent && !latest.writableFinished
    if (refusal === undefined || isMidResponse || !socket.writable) {
      socket.destroy()
      return
    }
    const line = `HTTP/1.1 ${refusal.status} ${refusal.detail}`
    socket.end(`${line}\r\nConnection: close\r\nContent-Length: 0\r\nCache-Control: no-store\r\n\r\n`, () =>
      socket.destroy(),
    )
  }

  #release(): void {
    this.#active -= 1
    if (this.#isDraining) setImmediate(() => this.server.closeIdleConnections())
  }
}

const silentGraceMs = 250

function destroyAll(sockets: Iterable<Duplex>): void {
  for (const socket of sockets) socket.destroy()
}

/** After an early answer the rest of the request body is read for a while, so that the client gets to see the answer. */
function limitLinger(request: IncomingMessage, response: ServerResponse, lingerMs: number): void {
  response.once('finish', () => {
    if (request.complete || request.destroyed) return
    const timer = setTimeout(() => request.socket.destroy(), lingerMs)
    request.once('close', () => clearTimeout(timer))
    request.once('end', () => clearTimeout(timer))
    request.resume()
  })
}

/**
 * A protocol change is passed on for a plain GET without body that names one protocol. HTTP/2 is never one: its cleartext
 * upgrade would carry requests past every check. What is not passed on is served as the ordinary request it also is.
 */
function maySwitchProtocol(request: IncomingMessage): boolean {
  const protocol = request.headers.upgrade ?? ''
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || (request.headers['content-length'] ?? '0') !== '0'
  return (
    request.method === 'GET' && !hasBody && /^[a-z0-9._/-]+$/i.test(protocol) && !/^(h2|h2c|http|tls)\b/i.test(protocol)
  )
}

/** Browsers say in `Sec-Purpose`, older ones in `Purpose`, that they fetch ahead of the shopper. */
function isSpeculative({ headers }: IncomingMessage): boolean {
  const purpose = headers['sec-purpose'] ?? headers['purpose']
  return typeof purpose === 'string' && /\b(prefetch|prerender)\b/.test(purpose)
}

const tooManyConnections: Refusal = { status: 503, cause: 'overloaded', detail: 'too many connections' }

const refusalOfConnect: Refusal = { status: 405, cause: 'method', detail: 'CONNECT is not served here' }

/** Undefined for a connection that is gone anyway. */
function refusalOfParser(error: Error & { readonly code?: unknown }): Refusal | undefined {
  switch (error.code) {
    case 'ECONNRESET':
    case 'EPIPE':
      return undefined
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, cause: 'too-large', detail: 'Request Header Fields Too Large' }
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, cause: 'too-slow', detail: 'Request Timeout' }
    default:
      return { status: 400, cause: 'malformed', detail: 'Bad Request' }
  }
}
