import { connectionNames, isCleanValue, isHopByHop, type RawHeaders } from './raw-headers.ts'

/** An upstream's answer without its body, as the shopper may see it. */
export interface ResponseHead {
  readonly status: number
  readonly statusText: string
  readonly headers: RawHeaders
  /** `headgate-event` and `headgate-path`: for us, not for the shopper. */
  readonly event: string | undefined
  readonly path: string | undefined
}

/** The parser let it through, but it cannot be passed on; counts as a failure of the upstream. */
export interface MalformedHead {
  readonly malformed: string
}

/** Cookies that only the gateway sets; an upstream must not give a shopper another identity or journey. */
const ownCookie = /^\s*hg(?:v|s|j_[^=]*)\s*=/

/** `raw` is name, value, name, value in latin1, as undici has read them. */
export function readResponseHead(
  status: number,
  statusText: string,
  raw: readonly Buffer[],
): ResponseHead | MalformedHead {
  if (status < 100 || status > 599) return { malformed: `status ${status}` }
  const headers: string[] = []
  let event: string | undefined
  let path: string | undefined
  let connection = ''
  for (let i = 0; i < raw.length; i += 2) {
    const name = latin1(raw[i])
    const value = latin1(raw[i + 1])
    const lower = name.toLowerCase()
    if (!isCleanValue(value)) return { malformed: `control character in ${lower}` }
    if (lower === 'connection') connection += `${value},`
    else if (lower === 'headgate-event') event = value
    else if (lower === 'headgate-path') path = value
    else if (isForShopper(lower, value)) headers.push(name, value)
  }
  const named = connection === '' ? undefined : connectionNames(connection.slice(0, -1))
  return {
    status,
    statusText: isCleanValue(statusText) ? statusText : '',
    headers: named === undefined ? headers : withoutFields(headers, named),
    event,
    path,
  }
}

/** Trailer fields that may be passed on: none that frame or steer. */
export function readTrailers(raw: readonly Buffer[]): [string, string][] {
  const trailers: [string, string][] = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = latin1(raw[i])
    const value = latin1(raw[i + 1])
    if (isForShopper(name.toLowerCase(), value) && !framing.has(name.toLowerCase()) && isCleanValue(value)) {
      trailers.push([name, value])
    }
  }
  return trailers
}

const framing = new Set(['content-length', 'set-cookie', 'cache-control', 'vary', 'location'])

function isForShopper(lower: string, value: string): boolean {
  if (isHopByHop(lower) || lower.startsWith('headgate-')) return false
  return lower !== 'set-cookie' || !ownCookie.test(value)
}

function withoutFields(headers: RawHeaders, names: ReadonlySet<string>): string[] {
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    if (!names.has(name.toLowerCase())) kept.push(name, headers[i + 1] ?? '')
  }
  return kept
}

const latin1 = (bytes: Buffer | undefined): string => (bytes === undefined ? '' : bytes.toString('latin1'))
