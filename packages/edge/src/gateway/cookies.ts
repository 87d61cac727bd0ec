import { randomFillSync } from 'node:crypto'

/** What the gateway reads from a request's cookies. Values are as sent; only the visitor id is checked here. */
export interface GatewayCookies {
  /** A well-formed `hgv`; anything else counts as none and is replaced. */
  readonly visitorId: string | undefined
  /** `hgs`, unsigned. */
  readonly seen: string | undefined
  /** Texts of `hgj_<flow>` by flow, unverified. */
  readonly journeys: ReadonlyMap<string, string>
}

const noJourneys: ReadonlyMap<string, string> = new Map()

/** Verifying a token costs microseconds: more than this many of them are not a shopper's. */
const maxJourneys = 8

/**
 * Reads the cookies that begin with `hg`, in place: a request has many cookies and few of them are ours. Of repeated
 * names the first counts, as browsers send the most specific one first.
 */
export function readCookies(header: string): GatewayCookies {
  let visitorId: string | undefined
  let seen: string | undefined
  let journeys: Map<string, string> | undefined
  for (let start = 0; start < header.length;) {
    const end = endOf(header, start)
    const name = startOfName(header, start)
    if (header.startsWith('hg', name)) {
      const cookie = header.slice(name, end)
      if (cookie.startsWith('hgv=')) visitorId ??= visitorIdIn(cookie.slice(4))
      else if (cookie.startsWith('hgs=')) seen ??= cookie.slice(4).trimEnd()
      else if (cookie.startsWith('hgj_')) journeys = withJourney(journeys, cookie)
    }
    start = end + 1
  }
  return { visitorId, seen, journeys: journeys ?? noJourneys }
}

function endOf(header: string, start: number): number {
  const end = header.indexOf(';', start)
  return end < 0 ? header.length : end
}

const space = 0x20

function startOfName(header: string, start: number): number {
  let at = start
  while (header.charCodeAt(at) === space) at += 1
  return at
}

const visitorIdPattern = /^[A-Za-z0-9_-]{22}$/

function visitorIdIn(text: string): string | undefined {
  const trimmed = text.trimEnd()
  return visitorIdPattern.test(trimmed) ? trimmed : undefined
}

function withJourney(journeys: Map<string, string> | undefined, cookie: string): Map<string, string> | undefined {
  const equals = cookie.indexOf('=')
  if (equals < 0 || (journeys?.size ?? 0) >= maxJourneys) return journeys
  const flow = cookie.slice(4, equals)
  const known = journeys ?? new Map<string, string>()
  if (!known.has(flow)) known.set(flow, cookie.slice(equals + 1).trimEnd())
  return known
}

/** Draws visitor ids: 16 random bytes, 22 characters of base64url. Randomness is fetched for many at once. */
export function createVisitorIds(): () => string {
  const pool = Buffer.alloc(16 * 256)
  let used = pool.length
  return () => {
    if (used === pool.length) {
      randomFillSync(pool)
      used = 0
    }
    used += 16
    return pool.toString('base64url', used - 16, used)
  }
}

const yearSeconds = 31_536_000
const quarterSeconds = 7_776_000

export const visitorCookie = (id: string, secure: boolean): string => format('hgv', id, yearSeconds, secure)

/** Kept well beyond any release: who was counted once must not count again. */
export const seenCookie = (text: string, secure: boolean): string => format('hgs', text, quarterSeconds, secure)

/** Outlives its pin: a settled journey says that the visitor's unit is spent. */
export const journeyCookie = (name: string, token: string, secure: boolean): string =>
  format(name, token, quarterSeconds, secure)

function format(name: string, value: string, maxAgeSeconds: number, secure: boolean): string {
  const attributes = `Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax`
  return `${name}=${value}; ${attributes}${secure ? '; Secure' : ''}`
}
