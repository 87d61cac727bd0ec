/** The way to the control plane. Failures are answers: the edge works on without it. */
export interface Link {
  request(ask: LinkRequest, signal: AbortSignal): Promise<LinkAnswer>
}

export interface LinkRequest {
  readonly method: 'GET' | 'POST'
  /** Absolute path with query, e.g. `/api/v1/keys`. */
  readonly path: string
  readonly body?: unknown
  readonly timeoutMs?: number
}

export type LinkAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'unreachable'; readonly reason: string }

export interface LinkOptions {
  readonly baseUrl: string
  /** Bearer token with the scope `gateway`. */
  readonly token: string
  readonly fetch?: typeof fetch
  /** An answer longer than this is not read to its end. */
  readonly maxAnswerBytes?: number
}

/** Holds a snapshot of the greatest permitted size with the escapes of its JSON envelope. */
const defaultMaxAnswerBytes = 8_500_000
const defaultTimeoutMs = 5_000

/** Talks JSON over HTTP; redirects are not followed, since the bearer token must not travel elsewhere. */
export function createLink(options: LinkOptions): Link {
  const { baseUrl, token, fetch: send = fetch, maxAnswerBytes = defaultMaxAnswerBytes } = options
  return {
    async request({ method, path, body, timeoutMs = defaultTimeoutMs }, signal) {
      try {
        const response = await send(new URL(path, baseUrl), {
          method,
          redirect: 'error',
          headers: {
            authorization: `Bearer ${token}`,
            accept: 'application/json',
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        const text = await readLimited(response, maxAnswerBytes)
        return { kind: 'answered', status: response.status, body: parseOrUndefined(text) }
      } catch (error) {
        return { kind: 'unreachable', reason: reasonOf(error) }
      }
    },
  }
}

/** The request itself is wrong: sending it again cannot help. Silence, overload, refused tokens and conflicts may pass. */
const neverRight: ReadonlySet<number> = new Set([400, 413, 415, 422])

/** Whether the control plane will never take this request; `also` names statuses that are final for this kind of request. */
export function isRefusal(answer: LinkAnswer, also: readonly number[] = []): boolean {
  return answer.kind === 'answered' && (neverRight.has(answer.status) || also.includes(answer.status))
}

/** Whether the control plane took the request. */
export function isTaken(answer: LinkAnswer): boolean {
  return answer.kind === 'answered' && answer.status >= 200 && answer.status < 300
}

/** What went wrong, in words for the log. */
export function describeAnswer(answer: LinkAnswer): string {
  return answer.kind === 'unreachable' ? answer.reason : `the control plane answered ${answer.status}`
}

async function readLimited(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return ''
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of response.body) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new RangeError(`the answer is longer than ${maxBytes} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** Not JSON is no answer that any schema accepts. */
function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
