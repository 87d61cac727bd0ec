import type { IncomingMessage } from 'node:http'
import { isCleanValue } from './raw-headers.ts'
import type { Refusal, RefusalCause } from './refusal.ts'

/** What a request must not exceed; the parser holds the total header size. */
export interface RequestLimits {
  readonly maxTargetBytes: number
  readonly maxHeaderCount: number
  readonly maxBodyBytes: number
}

/** A request whose target, authority and framing have exactly one reading. */
export interface CheckedRequest {
  readonly method: string
  /** Origin form: path and query as received. */
  readonly target: string
  readonly host: string
  readonly hasBody: boolean
  /** Undefined when the body is chunked or absent. */
  readonly contentLength: number | undefined
}

export const isRefusal = (value: CheckedRequest | Refusal): value is Refusal => 'cause' in value

/**
 * The second reading after llhttp's strict one: what the parser lets pass but two parsers could read differently is refused
 * here, so nothing ambiguous reaches an upstream (request smuggling). llhttp itself refuses repeated or signed lengths,
 * length with chunked, bare LF, folded lines, spaces before colons, NUL and unknown methods.
 */
export function checkRequest(request: IncomingMessage, limits: RequestLimits): CheckedRequest | Refusal {
  if (request.httpVersionMajor !== 1) return refuse(505, 'malformed', 'HTTP/1.0 or HTTP/1.1 expected')
  const method = request.method ?? ''
  if (!methods.has(method)) return refuse(405, 'method', `method ${method} is not served here`)
  if (request.rawHeaders.length > limits.maxHeaderCount * 2) return refuse(431, 'too-large', 'too many header fields')
  const fields = singleFields(request.rawHeaders)
  if ('cause' in fields) return fields
  const framing = checkFraming(request, fields, limits)
  if ('cause' in framing) return framing
  return checkTarget(request.url ?? '', fields.host, limits, { method, ...framing })
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

interface SingleFields {
  readonly host: string | undefined
  readonly contentLength: string | undefined
  readonly transferEncoding: string | undefined
}

function singleFields(headers: readonly string[]): SingleFields | Refusal {
  let host: string | undefined
  let contentLength: string | undefined
  let transferEncoding: string | undefined
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    const value = headers[i + 1] ?? ''
    if (!isCleanValue(value)) return refuse(400, 'malformed', 'a header field holds a control character')
    // Only names of these three lengths are compared, to keep the common header cheap.
    if (name.length === 4 && name.toLowerCase() === 'host') {
      if (host !== undefined) return refuse(400, 'authority', 'more than one Host header')
      host = value
    } else if (name.length === 14 && name.toLowerCase() === 'content-length') {
      if (contentLength !== undefined) return refuse(400, 'framing', 'more than one Content-Length')
      contentLength = value
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      if (transferEncoding !== undefined) return refuse(400, 'framing', 'more than one Transfer-Encoding')
      transferEncoding = value
    }
  }
  return { host, contentLength, transferEncoding }
}

function checkFraming(
  request: IncomingMessage,
  fields: SingleFields,
  limits: RequestLimits,
): Pick<CheckedRequest, 'hasBody' | 'contentLength'> | Refusal {
  const { contentLength, transferEncoding } = fields
  if (transferEncoding !== undefined) {
    if (contentLength !== undefined) return refuse(400, 'framing', 'Content-Length and Transfer-Encoding together')
    if (request.httpVersionMinor === 0) return refuse(400, 'framing', 'Transfer-Encoding in HTTP/1.0')
    if (transferEncoding.toLowerCase() !== 'chunked') return refuse(501, 'framing', 'only chunked is understood')
    return { hasBody: true, contentLength: undefined }
  }
  if (contentLength === undefined) return { hasBody: false, contentLength: undefined }
  if (!/^\d{1,15}$/.test(contentLength)) return refuse(400, 'framing', 'Content-Length is not a number')
  const length = Number(contentLength)
  if (length > limits.maxBodyBytes) return refuse(413, 'too-large', 'the request body is too large')
  return { hasBody: length > 0, contentLength: length }
}

const hostPattern = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/
const absoluteForm = /^(https?):\/\/([^/?#]*)(.*)$/i

function checkTarget(
  url: string,
  host: string | undefined,
  limits: RequestLimits,
  rest: Pick<CheckedRequest, 'method' | 'hasBody' | 'contentLength'>,
): CheckedRequest | Refusal {
  if (url.length > limits.maxTargetBytes) return refuse(414, 'too-large', 'the request target is too long')
  if (host === undefined || !hostPattern.test(host)) return refuse(400, 'authority', 'one valid Host header is needed')
  if (url.includes('#')) return refuse(400, 'target', 'a request target has no fragment')
  if (url.startsWith('/')) return { ...rest, target: url, host }
  const absolute = absoluteForm.exec(url)
  if (absolute === null) return refuse(400, 'target', 'the request target is neither a path nor an http URL')
  const [, scheme = '', authority = '', rooted = ''] = absolute
  if (bareAuthority(authority, scheme) !== bareAuthority(host, scheme)) {
    return refuse(400, 'authority', 'the request target and Host disagree')
  }
  return { ...rest, target: rooted.startsWith('/') ? rooted : `/${rooted}`, host }
}

function bareAuthority(authority: string, scheme: string): string {
  const lower = authority.toLowerCase()
  const port = scheme.toLowerCase() === 'https' ? ':443' : ':80'
  return lower.endsWith(port) ? lower.slice(0, -port.length) : lower
}

function refuse(status: number, cause: RefusalCause, detail: string): Refusal {
  return { status, cause, detail }
}
