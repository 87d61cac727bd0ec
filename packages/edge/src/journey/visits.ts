import { xxh32, type Decision } from '@headgate/core/exposure'
import { latencyBucketOf } from '@headgate/core/stats'
import type { CountedCell } from './counted-cell.ts'
import type { Once } from './once.ts'

/** Releases that a visitor was counted in, and which of its route classes (bits by place in the snapshot). */
export type Seen = ReadonlyMap<string, number>

const maxReleases = 8
const maxLength = 512
/** Classes beyond the 52nd have no bit (masks are exact integers): their pages are not counted as evidence. */
const maxBits = 52
const entryPattern = /^([A-Za-z0-9_-]{1,100})\.([0-9a-z]{1,11})$/
const nothingSeen: Seen = new Map()

/** Reads the `hgs` cookie. It is unsigned: garbage is ignored, and a forged one changes only its own visitor's counting. */
export function parseSeen(text: string | undefined): Seen {
  if (text === undefined || text === '' || text.length > maxLength) return nothingSeen
  const seen = new Map<string, number>()
  for (const entry of text.split('~').slice(0, maxReleases)) {
    const [, release, digits] = entryPattern.exec(entry) ?? []
    const mask = Number.parseInt(digits ?? '', 36)
    if (release !== undefined && Number.isSafeInteger(mask)) seen.set(release, mask)
  }
  return seen
}

/** The `hgs` cookie's text: `release.mask` in base 36, joined by `~`, the latest releases when there are too many. */
export function formatSeen(seen: Seen): string {
  const entries = [...seen].map(([release, mask]) => `${release}.${mask.toString(36)}`).slice(-maxReleases)
  while (entries.join('~').length > maxLength) entries.shift()
  return entries.join('~')
}

export interface Visit {
  readonly decision: Decision
  readonly method: string
  readonly visitorId: string | undefined
  readonly seen: Seen
  readonly isReturning: boolean
  readonly isSpeculative: boolean
}

export interface VisitResponse {
  /** As the shopper gets it; 0 when there was none. */
  readonly status: number
  readonly isMasked: boolean
  /** From request to first byte, as the shopper felt it. */
  readonly micros: number
}

export interface VisitChange {
  readonly cells: readonly CountedCell[]
  /** What to set as the `hgs` cookie; undefined when it stays as it is. */
  readonly seen: Seen | undefined
}

const noChange: VisitChange = { cells: [], seen: undefined }

/**
 * Counts a visitor once per release and once per route class of it, on either arm. Only visitors who returned the cookie
 * and whose arm was drawn count: whom a hold did not admit must not look admitted at the next request.
 */
export function trackVisit(
  visit: Visit,
  response: VisitResponse,
  once: Once,
  releases: ReadonlySet<string>,
): VisitChange {
  const { decision, seen, visitorId } = visit
  const { release } = decision
  if (release === undefined || visitorId === undefined || !isCountable(visit) || response.status === 0) return noChange
  const before = seen.get(release)
  const bit = decision.routeIndex < maxBits ? 2 ** decision.routeIndex : 0
  const isNewPage = bit > 0 && !hasBit(before ?? 0, bit)
  if (before !== undefined && !isNewPage) return noChange
  const mark = xxh32(release, 0)
  const cells: CountedCell[] = []
  if (before === undefined && once.isFirst(visitorId, mark)) cells.push(visitCell(release, decision))
  if (isNewPage && once.isFirst(visitorId, mark + 1 + decision.routeIndex))
    cells.push(pageCell(release, decision, response))
  const kept = [...seen].filter(([id]) => id !== release && releases.has(id))
  return { cells, seen: new Map([...kept, [release, (before ?? 0) + (isNewPage ? bit : 0)]]) }
}

function isCountable({ decision, method, isReturning, isSpeculative }: Visit): boolean {
  if (!isReturning || isSpeculative || method === 'HEAD' || method === 'OPTIONS') return false
  return decision.reason === 'bucket' || decision.reason === 'pinned'
}

function hasBit(mask: number, bit: number): boolean {
  return Math.floor(mask / bit) % 2 === 1
}

function visitCell(release: string, { arm, share }: Decision): CountedCell {
  return { kind: 'visit', release, arm, share }
}

function pageCell(release: string, { arm, share, routeId }: Decision, response: VisitResponse): CountedCell {
  const outcome = response.isMasked || response.status >= 500 ? 'error' : 'ok'
  return { kind: 'page', release, route: routeId, arm, share, outcome, bucket: latencyBucketOf(response.micros) }
}
