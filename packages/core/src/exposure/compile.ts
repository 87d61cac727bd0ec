import { HeadgateError } from '../model/errors.ts'
import type { Instant } from '../model/time.ts'
import { unmatchedRoute, type Decision, type DecisionReason, type Draw } from './decision.ts'
import { drawsOf, type CompiledExposure, type RouteDecisions } from './draw.ts'
import type { Exposure, Snapshot, SnapshotRoute } from './snapshot.ts'
import { UrlMatcher } from './url-matcher.ts'

/** A snapshot prepared for decisions; replace the whole when a newer one is accepted. */
export interface CompiledSnapshot {
  readonly snapshot: Snapshot
  readonly version: number
  readonly receivedAt: Instant
  readonly matcher: UrlMatcher
  /** In snapshot order, as `matcher` numbers them. */
  readonly routes: readonly CompiledRoute[]
  /** What serves a path that no class matches: control, always. */
  readonly unmatched: CompiledRoute
  /** All usable exposures, in snapshot order. */
  readonly exposures: readonly CompiledExposure[]
  /** Exposures that were left out because they refer to something the snapshot does not contain: they expose nobody. */
  readonly problems: readonly string[]
}

/** A route class with the exposures that cover it and every decision that can be made for it. */
export interface CompiledRoute {
  readonly id: string
  readonly crawlable: boolean
  readonly exposures: readonly RouteExposure[]
  /** When no exposure covers the route. */
  readonly plain: Decision
}

export interface RouteExposure {
  readonly exposure: CompiledExposure
  readonly decisions: RouteDecisions
  readonly expired: Decision
  readonly evicted: Decision
}

/** How long the upstream of an unmatched path may take to its first byte. */
const unmatchedTimeoutMs = 30_000

/**
 * Prepares a snapshot received at `receivedAt`. Exposures are indexed by route, so that a decision costs the same with one
 * and with a thousand of them.
 *
 * Throws `SNAPSHOT_REFUSED` when a route has nothing to serve it. An exposure with a broken reference does not refuse the
 * snapshot, since that could keep a stop in the same snapshot from taking effect: it exposes nobody and is reported.
 */
export function compileSnapshot(snapshot: Snapshot, receivedAt: Instant): CompiledSnapshot {
  const problems: string[] = []
  const exposures: CompiledExposure[] = []
  const byRoute = new Map<string, { written: Exposure; compiled: CompiledExposure }[]>()
  for (const route of snapshot.routes) byRoute.set(route.id, [])
  for (const written of snapshot.exposures) {
    const broken = brokenReference(snapshot, written)
    if (broken !== undefined) {
      problems.push(broken)
      continue
    }
    const compiled = compileExposure(snapshot, written, receivedAt)
    exposures.push(compiled)
    for (const route of new Set(written.routes)) byRoute.get(route)?.push({ written, compiled })
  }
  const routes = snapshot.routes.map((route, index) => {
    const plain = plainDecision(snapshot, { ...route, index }, 'not-exposed')
    const covering = (byRoute.get(route.id) ?? []).map((exposure) => routeExposure(snapshot, route, plain, exposure))
    return { id: route.id, crawlable: route.crawlable, exposures: covering, plain }
  })
  return {
    snapshot,
    version: snapshot.version,
    receivedAt,
    matcher: new UrlMatcher(snapshot.routes.map((route) => route.match)),
    routes,
    unmatched: unmatchedOf(snapshot),
    exposures,
    problems,
  }
}

/** A lease ends at its absolute end or when it has lasted its time since receipt, whichever is first. */
export function leaseEndOf(exposure: Exposure, receivedAt: Instant): Instant {
  const { expiresAt, durationMs, onExpiry } = exposure.lease
  return onExpiry === 'stay' ? Number.POSITIVE_INFINITY : Math.min(expiresAt, receivedAt + durationMs)
}

/** When the next lease in force runs out, so that the gateway can report it on time; undefined when none will. */
export function nextLeaseExpiry(compiled: CompiledSnapshot, now: Instant): Instant | undefined {
  let next = Number.POSITIVE_INFINITY
  for (const { leaseEndsAt } of compiled.exposures) {
    if (leaseEndsAt > now && leaseEndsAt < next) next = leaseEndsAt
  }
  return next === Number.POSITIVE_INFINITY ? undefined : next
}

function compileExposure(snapshot: Snapshot, exposure: Exposure, receivedAt: Instant): CompiledExposure {
  const flows = snapshot.flows.filter((flow) => exposure.flows.includes(flow.id))
  return {
    release: exposure.release,
    mode: exposure.mode,
    salt: exposure.salt,
    visitorBasisPoints: exposure.visitorBasisPoints,
    urlBasisPoints: exposure.urlBasisPoints,
    leaseEndsAt: leaseEndOf(exposure, receivedAt),
    pinMs: new Map(flows.map((flow) => [flow.id, flow.pinMs])),
    flows: exposure.flows,
    draws: drawsOf(exposure),
  }
}

function brokenReference(snapshot: Snapshot, exposure: Exposure): string | undefined {
  const flow = exposure.flows.find((id) => !snapshot.flows.some((known) => known.id === id))
  if (flow !== undefined) return `release ${exposure.release} counts flow ${flow}, which the snapshot does not contain`
  for (const id of exposure.routes) {
    const route = snapshot.routes.find((known) => known.id === id)
    if (route === undefined)
      return `release ${exposure.release} exposes route ${id}, which the snapshot does not contain`
    const candidate = replacementOf(exposure, route.servedBy)
    if (candidate !== undefined && upstreamOf(snapshot, candidate) === undefined)
      return `release ${exposure.release} serves route ${id} by ${candidate}, which has no upstream`
  }
  return undefined
}

function routeExposure(
  snapshot: Snapshot,
  route: SnapshotRoute,
  plain: Decision,
  { written, compiled }: { written: Exposure; compiled: CompiledExposure },
): RouteExposure {
  // A release of a component behind the served one changes no upstream: the arm travels on as a request header.
  const component = replacementOf(written, route.servedBy) ?? route.servedBy
  const upstream = upstreamOf(snapshot, component) ?? plain.upstream
  const control = { ...plain, release: compiled.release }
  const candidate = { ...control, component, upstream, fallback: written.fallback }
  const of = (draw: Draw): Decision => fixedShape({ ...(draw.arm === 'candidate' ? candidate : control), ...draw })
  const { draws } = compiled
  return {
    exposure: compiled,
    decisions: {
      in: of(draws.in),
      out: of(draws.out),
      urlIn: of(draws.urlIn),
      urlOut: of(draws.urlOut),
      notAdmitted: of(draws.notAdmitted),
      noVisitor: of(draws.noVisitor),
      pinned: {
        candidate: of({ arm: 'candidate', share: compiled.visitorBasisPoints, reason: 'pinned' }),
        control: of({ arm: 'control', share: compiled.visitorBasisPoints, reason: 'pinned' }),
      },
    },
    expired: fixedShape({ ...plain, reason: 'lease-expired' }),
    evicted: fixedShape({ ...plain, reason: 'evicted' }),
  }
}

function unmatchedOf(snapshot: Snapshot): CompiledRoute {
  const route = {
    id: unmatchedRoute,
    index: -1,
    crawlable: false,
    servedBy: snapshot.servedBy,
    timeoutMs: unmatchedTimeoutMs,
  }
  return { id: route.id, crawlable: false, exposures: [], plain: plainDecision(snapshot, route, 'unmatched') }
}

function plainDecision(
  snapshot: Snapshot,
  route: Pick<SnapshotRoute, 'id' | 'crawlable' | 'servedBy' | 'timeoutMs'> & { readonly index: number },
  reason: DecisionReason,
): Decision {
  const upstream = upstreamOf(snapshot, route.servedBy)
  if (upstream === undefined) {
    const message = `route ${route.id} is served by ${route.servedBy}, which has no upstream; give the component one`
    throw new HeadgateError('SNAPSHOT_REFUSED', message)
  }
  return fixedShape({
    arm: 'control',
    share: 0,
    reason,
    routeId: route.id,
    routeIndex: route.index,
    crawlable: route.crawlable,
    timeoutMs: route.timeoutMs,
    component: route.servedBy,
    upstream,
    controlUpstream: upstream,
    fallback: 'none',
    release: undefined,
  })
}

/** The same properties in the same order, so that the engine sees one shape and property reads stay monomorphic. */
function fixedShape(decision: Decision): Decision {
  return {
    arm: decision.arm,
    share: decision.share,
    reason: decision.reason,
    routeId: decision.routeId,
    routeIndex: decision.routeIndex,
    crawlable: decision.crawlable,
    timeoutMs: decision.timeoutMs,
    component: decision.component,
    upstream: decision.upstream,
    controlUpstream: decision.controlUpstream,
    fallback: decision.fallback,
    release: decision.release,
  }
}

function upstreamOf(snapshot: Snapshot, component: string): string | undefined {
  return Object.hasOwn(snapshot.components, component) ? snapshot.components[component]?.upstream : undefined
}

function replacementOf(exposure: Exposure, component: string): string | undefined {
  return Object.hasOwn(exposure.replaces, component) ? exposure.replaces[component] : undefined
}
