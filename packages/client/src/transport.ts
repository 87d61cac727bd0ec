import { errorCodes, HeadgateError, type ErrorCode, type Problem } from '@headgate/core/model'
import { problemDetails } from '@headgate/protocol/api'

/** The part of a zod schema that the client needs. */
export interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: { message: string } }
}

export interface TransportOptions {
  /** e.g. `http://127.0.0.1:4400`; a path prefix is kept. */
  readonly baseUrl: string
  readonly token?: string | undefined
  readonly fetch?: typeof fetch | undefined
  /** Per attempt; watches and long polls have their own. */
  readonly timeoutMs?: number | undefined
  /** Further attempts after a network failure or a 502, 503 or 504; only for calls that may be repeated. */
  readonly retries?: number | undefined
  /** Waits between attempts; rejects when aborted. Replaced in tests. */
  readonly pause?: Pause | undefined
}

/** Waits `ms`; rejects with the signal's reason when it aborts first. */
export type Pause = (ms: number, signal: AbortSignal | undefined) => Promise<void>

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number
  /** The call may be sent twice without harm. Reads always may. */
  readonly repeatable?: boolean
}

export interface Transport {
  /** Sends the call; answers with a 2xx response or throws a `HeadgateError`. */
  send(call: Call, accept?: string): Promise<Response>
}

const retryableStatus = new Set([502, 503, 504])
const defaultTimeoutMs = 10_000

/** One place that knows addresses, tokens, timeouts, repeats and problem details. */
export function createTransport(options: TransportOptions): Transport {
  const pause = options.pause ?? pauseFor
  const base = parseBaseUrl(options.baseUrl)
  return {
    async send(call, accept = 'application/json') {
      const mayRepeat = call.method === 'GET' || call.repeatable === true
      const attempts = mayRepeat ? (options.retries ?? 2) + 1 : 1
      for (let attempt = 1; ; attempt++) {
        const outcome = await attemptOnce({ ...options, base }, call, accept)
        if (outcome instanceof Response) return outcome
        // Ends: attempts are bounded, and an answer of the server that is not a temporary one is final.
        if (!outcome.temporary || attempt >= attempts) throw outcome.error
        await pause(backoffMs(attempt), call.signal)
      }
    },
  }
}

/** Full jitter over a doubling ceiling, so that clients which lost the server together do not return together. */
export function backoffMs(attempt: number, maxMs = 5_000): number {
  return Math.random() * Math.min(maxMs, 100 * 2 ** attempt)
}

interface Target extends TransportOptions {
  readonly base: URL
}

interface Failure {
  readonly error: HeadgateError
  readonly temporary: boolean
}

async function attemptOnce(options: Target, call: Call, accept: string): Promise<Response | Failure> {
  const timeoutMs = call.timeoutMs ?? options.timeoutMs ?? defaultTimeoutMs
  // 0 = no limit: a watch ends by its caller's signal or by the server.
  const limits = timeoutMs === 0 ? [] : [AbortSignal.timeout(timeoutMs)]
  const signals = call.signal === undefined ? limits : [call.signal, ...limits]
  try {
    const response = await (options.fetch ?? fetch)(urlOf(options.base, call), {
      method: call.method,
      headers: headersOf(options, call, accept),
      redirect: 'error',
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      ...(signals.length === 0 ? {} : { signal: AbortSignal.any(signals) }),
    })
    if (response.ok) return response
    return { error: await problemOf(response), temporary: retryableStatus.has(response.status) }
  } catch (cause) {
    if (call.signal?.aborted === true) throw cause
    return { error: unreachable(options.baseUrl, timeoutMs, cause), temporary: true }
  }
}

function urlOf(base: URL, call: Call): URL {
  const url = new URL(base.pathname.replace(/\/$/, '') + call.path, base)
  for (const [key, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) url.searchParams.set(key, String(value))
  }
  return url
}

/** Throws INVALID_INPUT when the text is no http(s) URL. */
export function parseBaseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw new HeadgateError('INVALID_INPUT', `"${text}" is not a server URL; write it like http://127.0.0.1:4400.`)
}

function headersOf(options: TransportOptions, call: Call, accept: string): Record<string, string> {
  return {
    accept,
    ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
  }
}

async function problemOf(response: Response): Promise<HeadgateError> {
  const text = await response.text().catch(() => '')
  const parsed = problemDetails.safeParse(parseJson(text))
  if (!parsed.success) {
    return new HeadgateError(
      codeOfStatus(response.status),
      `The server answered ${response.status} without saying why.`,
    )
  }
  const { code, detail, problems } = parsed.data
  return new HeadgateError(knownCode(code) ?? codeOfStatus(response.status), detail, problemsOf(problems))
}

function problemsOf(problems: readonly Problem[] | undefined): { problems?: readonly Problem[] } {
  return problems === undefined ? {} : { problems }
}

function knownCode(code: string): ErrorCode | undefined {
  return errorCodes.find((known) => known === code)
}

/** For answers of proxies in between and of newer servers with codes unknown here. */
function codeOfStatus(status: number): ErrorCode {
  const byStatus: Readonly<Record<number, ErrorCode>> = {
    400: 'INVALID_INPUT',
    401: 'UNAUTHENTICATED',
    403: 'FORBIDDEN',
    404: 'NOT_FOUND',
    409: 'CONFLICT',
    413: 'TOO_LARGE',
    422: 'INVALID_INPUT',
    429: 'RATE_LIMITED',
  }
  return byStatus[status] ?? (retryableStatus.has(status) ? 'UNAVAILABLE' : 'INTERNAL')
}

function unreachable(baseUrl: string, timeoutMs: number, cause: unknown): HeadgateError {
  const timedOut = cause instanceof DOMException && cause.name === 'TimeoutError'
  const what = timedOut ? `did not answer within ${timeoutMs} ms` : `cannot be reached${causeText(cause)}`
  return new HeadgateError('UNAVAILABLE', `The server ${baseUrl} ${what}.`, { cause })
}

function causeText(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  if (!(inner instanceof Error)) return ''
  const code = 'code' in inner && typeof inner.code === 'string' ? inner.code : inner.message
  return ` (${code})`
}

/** Read a body as JSON and through its schema. Throws INTERNAL when the server does not speak this protocol. */
export async function readJson<T>(response: Response, schema: Schema<T>): Promise<T> {
  return parseAnswer(parseJson(await readText(response)), schema, response.url)
}

/** Throws UNAVAILABLE when the answer breaks off or comes too slowly. */
export async function readText(response: Response): Promise<string> {
  try {
    return await response.text()
  } catch (cause) {
    throw new HeadgateError('UNAVAILABLE', `The answer of ${response.url} broke off${causeText(cause)}.`, { cause })
  }
}

export function parseAnswer<T>(value: unknown, schema: Schema<T>, from: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new HeadgateError('INTERNAL', `${from} answered in a form this client does not know: ${parsed.error.message}`)
}

/** undefined when the text is no JSON: no schema of an answer accepts that. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Wait by the real clock. */
export async function pauseFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(done, ms)
    function done(): void {
      signal?.removeEventListener('abort', abort)
      resolve()
    }
    function abort(): void {
      clearTimeout(timer)
      reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'))
    }
    signal?.addEventListener('abort', abort, { once: true })
  })
}
