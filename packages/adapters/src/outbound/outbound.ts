import { HeadgateError } from '@headgate/core/model'
import { lookup as dnsLookup } from 'node:dns'
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { isPublicAddress } from './address.ts'

export interface OutboundRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly timeoutMs: number
  readonly maxBytes: number
}

export interface OutboundAnswer {
  readonly status: number
  readonly body: string
}

/** Sends one request; throws a `HeadgateError` that says why when there is no whole answer. */
export type Outbound = (request: OutboundRequest, signal: AbortSignal) => Promise<OutboundAnswer>

export interface OutboundOptions {
  /**
   * Hosts (`prometheus.internal`) or hosts with port (`127.0.0.1:9090`) that may be reached though they are not on the public
   * internet. From the operator's configuration, never from the operating model: whoever edits the model must not be able
   * to make the control plane call its own network (server-side request forgery).
   */
  readonly privateTargets: readonly string[]
  readonly lookup?: LookupFunction
}

/**
 * Outgoing HTTP that only reaches what it may. The address is checked when the socket connects, on the very result that is
 * connected to, so that a name which resolves differently the second time gains nothing. Redirects are not followed.
 */
export function createOutbound(options: OutboundOptions): Outbound {
  return async (request, signal) => {
    const url = parseTarget(request.url)
    const trusted = options.privateTargets.some((target) => target === url.hostname || target === url.host)
    const host = url.hostname.replace(/^\[|\]$/g, '')
    // Literal addresses never pass through a lookup.
    if (!trusted && isIP(host) !== 0 && !isPublicAddress(host)) throw refused(url.host)
    const lookup = options.lookup ?? dnsLookup
    return await exchange(url, request, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(request.timeoutMs)]),
      lookup: trusted ? lookup : publicOnly(lookup, url.host),
    })
  }
}

function parseTarget(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  throw new HeadgateError('INVALID_INPUT', `"${text}" is not an http or https URL.`)
}

function refused(host: string): HeadgateError {
  return new HeadgateError(
    'INVALID_INPUT',
    `${host} is not on the public internet; allow it in the server's configuration (HEADGATE_PRIVATE_TARGETS) if it is meant.`,
  )
}

/** One address outside refuses the name as a whole: which of several is connected to is not ours to choose. */
function publicOnly(lookup: LookupFunction, host: string): LookupFunction {
  return (hostname, lookupOptions, callback) => {
    lookup(hostname, lookupOptions, (error, address, family) => {
      const addresses = typeof address === 'string' ? [address] : address.map((entry) => entry.address)
      const isRefused = error === null && !addresses.every(isPublicAddress)
      callback(isRefused ? refused(host) : error, address, family)
    })
  }
}

interface ExchangeOptions {
  readonly signal: AbortSignal
  readonly lookup: LookupFunction
}

async function exchange(url: URL, request: OutboundRequest, options: ExchangeOptions): Promise<OutboundAnswer> {
  try {
    const response = await open(url, request, options)
    return { status: response.statusCode ?? 0, body: await readBody(response, request.maxBytes) }
  } catch (cause) {
    if (cause instanceof HeadgateError) throw cause
    throw new HeadgateError('UNAVAILABLE', `${url.host} ${whyNot(cause, options.signal, request.timeoutMs)}.`, {
      cause,
    })
  }
}

async function open(url: URL, request: OutboundRequest, options: ExchangeOptions): Promise<IncomingMessage> {
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest
  return await new Promise((resolve, reject) => {
    const outgoing: ClientRequest = start(url, {
      method: request.method,
      headers: request.headers,
      lookup: options.lookup,
      signal: options.signal,
      // A pooled socket may have been opened before an address changed hands.
      agent: false,
    })
    outgoing.once('response', resolve)
    outgoing.once('error', reject)
    outgoing.end(request.body)
  })
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > maxBytes) throw new HeadgateError('TOO_LARGE', `The answer is larger than ${maxBytes} bytes.`)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function whyNot(cause: unknown, signal: AbortSignal, timeoutMs: number): string {
  if (signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError') {
    return `did not answer within ${timeoutMs} ms`
  }
  if (signal.aborted) return 'was not waited for: the call was cancelled'
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : String(cause)
  return `cannot be reached (${code})`
}
