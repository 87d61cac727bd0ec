import { canonicalPath, decide, queryOf, routeOf, type CompiledRoute, type Decision } from '@headgate/core/exposure'
import type { Instant } from '@headgate/core/model'
import type { EvidenceCounts, Exclusions, Traffic } from '../counters/index.ts'
import { parseSeen, trackRequest, type Once } from '../journey/index.ts'
import type { LiveSnapshot } from '../snapshot/index.ts'
import type { Ask, Audience, Course, Steering } from '../proxy/steering.ts'
import type { Refusal } from '../proxy/refusal.ts'
import { readCookies } from './cookies.ts'
import { ShopCourse } from './shop-course.ts'
import { readPins, type PinnedTexts } from './pins.ts'

/** What steering works with; everything that changes between requests is asked for, never kept. */
export interface SteeringParts {
  readonly live: () => LiveSnapshot | undefined
  readonly now: () => Instant
  readonly once: Once
  readonly evidence: EvidenceCounts
  readonly traffic: Traffic
  readonly exclusions: Exclusions
  readonly drawVisitorId: () => string
}

const notReady: Refusal = { status: 503, cause: 'not-ready', detail: 'this gateway has not received its snapshot yet' }
const suspicious: Refusal = { status: 400, cause: 'target', detail: 'the path can be read in more than one way' }

/** Decides by the snapshot in effect, which may be another one for the next request. */
export function createShopSteering(parts: SteeringParts): Steering {
  return { steer: (ask) => steer(parts, ask) }
}

function steer(parts: SteeringParts, ask: Ask): Course | Refusal {
  const live = parts.live()
  if (live === undefined) return notReady
  const path = canonicalPath(ask.target)
  if (path === 'suspicious') return suspicious
  const query = queryOf(ask.target)
  const now = parts.now()
  const route = routeOf(live.compiled, ask.method, path, query)
  const cookies = readCookies(ask.cookies)
  const pinned: PinnedTexts = readPins(live, cookies.journeys)
  const isWatched = route.exposures.length > 0 || live.flows.length > 0
  const visitorId = cookies.visitorId ?? (isWatched && !route.crawlable ? parts.drawVisitorId() : undefined)
  const isReturning = cookies.visitorId !== undefined
  const seen = parseSeen(cookies.seen)
  const visitor = { visitorId, path, seen, pins: pinned.tokens }
  const decision = decide(route, visitor, now)
  // Served and pinned like any other; only that it came back is not believed, and without that nothing becomes a unit.
  const identity = live.identify(ask.fields)
  if (identity !== undefined) parts.exclusions.count(identity)
  const mayCount = isReturning && identity === undefined
  const request = { method: ask.method, visitor, query, isReturning: mayCount, isSpeculative: ask.speculative }
  return new ShopCourse(parts, {
    live,
    ask,
    decision,
    isWatched,
    isReturning,
    pinned,
    target: query === '' ? path : `${path}?${query}`,
    audience: audienceOf(route, decision, visitorId),
    tracked: trackRequest(live.flows, request, now),
    visit: {
      decision,
      method: ask.method,
      visitorId,
      seen,
      isReturning: mayCount,
      isSpeculative: ask.speculative,
    },
  })
}

/** For whom a response of this decision is. A pinned arm is one visitor's, even where all others are served by one arm. */
function audienceOf(route: CompiledRoute, decision: Decision, visitorId: string | undefined): Audience {
  if (decision.release === undefined) return 'everybody'
  if (decision.reason !== 'pinned' && isForEverybody(route, decision.release)) return 'everybody'
  return visitorId === undefined ? 'url' : 'visitor'
}

function isForEverybody(route: CompiledRoute, release: string): boolean {
  return route.exposures.some(({ exposure }) => {
    const { mode, visitorBasisPoints, urlBasisPoints } = exposure
    const isWhole = visitorBasisPoints === 10_000 && (!route.crawlable || urlBasisPoints === 10_000)
    return exposure.release === release && mode === 'open' && isWhole
  })
}
