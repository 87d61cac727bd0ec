import type { Instant } from '../model/time.ts'
import type { CompiledRoute, CompiledSnapshot, RouteExposure } from './compile.ts'
import type { Decision, Visitor } from './decision.ts'
import { drawFrom, pinOf } from './draw.ts'

/**
 * The route class of a request: the first in file order with a matching rule. Look it up before the visitor id, because a
 * request without the cookie gets an id drawn only where the route has no URL dial.
 *
 * @example
 * const path = canonicalPath(target)
 * if (path === 'suspicious') return badRequest()
 * const route = routeOf(compiled, method, path, queryOf(target))
 * const visitorId = cookie ?? (route.crawlable ? undefined : drawVisitorId())
 * const decision = decide(route, { visitorId, path, seen, pins }, now)
 */
export function routeOf(compiled: CompiledSnapshot, method: string, path: string, query: string): CompiledRoute {
  return compiled.routes[compiled.matcher.match(method, path, query)] ?? compiled.unmatched
}

/**
 * Where a request goes: by the first exposure in force that covers its route (SPEC E1..E12). Pure, total, and without
 * allocation unless a pin was drawn at another share than today's.
 */
export function decide(route: CompiledRoute, visitor: Visitor, now: Instant): Decision {
  let absent = route.plain
  for (const covering of route.exposures) {
    const { exposure } = covering
    if (now >= exposure.leaseEndsAt) absent = covering.expired
    else if (exposure.mode === 'evict') absent = covering.evicted
    else return decideWithin(covering, visitor, now)
  }
  return absent
}

function decideWithin(covering: RouteExposure, visitor: Visitor, now: Instant): Decision {
  const { exposure, decisions } = covering
  const pin = visitor.pins.length === 0 ? undefined : pinOf(exposure, visitor.pins, now)
  if (pin === undefined) return drawFrom(decisions, exposure, visitor, covering.expired.crawlable)
  const decision = decisions.pinned[pin.arm]
  return decision.share === pin.share ? decision : { ...decision, share: pin.share }
}
