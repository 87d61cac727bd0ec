import {
  errorPassGrowth,
  errorPassLimit,
  latencyPassGrowth,
  latencyPassIncrements,
  logErrorPass,
} from '../stats/index.ts'
import { shareOfStage, type EvidenceContext } from './context.ts'
import type { ErrorsCriterion, LatencyCriterion } from './criterion.ts'
import { errorShareOf, type PageReveal } from './page-evidence.ts'
import { viewOf, wholeTest, type PassView } from './pass-view.ts'
import type { EvidenceState, RouteState } from './state.ts'
import { sum } from './sums.ts'

export type PageCriterion = ErrorsCriterion | LatencyCriterion

/** Route classes that a criterion of the current stage watches; none named means all. */
export function routesOfCriterion(context: EvidenceContext, criterion: PageCriterion): readonly string[] {
  return criterion.routes.length > 0 ? criterion.routes : (context.criteria[criterion.id]?.routes ?? [])
}

/**
 * Log-ratios of the one pass test over all route classes. A visitor is seen once in each class, with one label and perhaps one cause
 * of failure, so the classes' ratios are not independent factors: their geometric mean is used, whose expectation is at most 1 under
 * any dependence (Hölder). A class that is bad on its own is the stop test's business.
 */
export function pagePass(
  context: EvidenceContext,
  before: EvidenceState,
  criterion: PageCriterion,
  reveals: Readonly<Record<string, readonly PageReveal[]>>,
): ReadonlyMap<string, readonly number[]> {
  const routes = routesOfCriterion(context, criterion)
  const sums = criterion.signal === 'errors' ? [0] : [0, 0]
  for (const id of routes) {
    const route = before.routes[id]
    if (route === undefined) continue
    routeLogs(route, criterion, reveals[id] ?? []).forEach((value, index) => {
      sums[index] = (sums[index] ?? 0) + value / routes.length
    })
  }
  return new Map([[wholeTest, sums]])
}

function routeLogs(route: RouteState, criterion: PageCriterion, reveals: readonly PageReveal[]): readonly number[] {
  return criterion.signal === 'errors'
    ? [errorLog(route, criterion, reveals)]
    : latencyLogs(route, criterion.tolerance, reveals)
}

function errorLog(route: RouteState, criterion: ErrorsCriterion, reveals: readonly PageReveal[]): number {
  const { limit, hoped } = errorLimit(route, criterion)
  let log = 0
  for (const { outcomes } of reveals) {
    log += logErrorPass({ ok: outcomes[2] ?? 0, error: outcomes[3] ?? 0 }, limit, hoped)
  }
  return log
}

function errorLimit(route: RouteState, { margin }: ErrorsCriterion): { limit: number; hoped: number } {
  const share = errorShareOf(route)
  return errorPassLimit(margin, share, (route.baseline[0] ?? 0) + (route.baseline[1] ?? 0))
}

function latencyLogs(route: RouteState, tolerance: number, reveals: readonly PageReveal[]): readonly number[] {
  const model = route.latency[String(tolerance)]?.model
  const logs = [0, 0]
  if (model === undefined) return logs
  for (const { share, latency } of reveals) {
    latencyPassIncrements(model, share, latency[String(tolerance)]?.undone ?? []).forEach((value, index) => {
      logs[index] = (logs[index] ?? 0) + value
    })
  }
  return logs
}

/** One view over all route classes; its units are first requests, of which a visitor makes one per class. */
export function pageViews(
  context: EvidenceContext,
  state: EvidenceState,
  criterion: PageCriterion,
): readonly PassView[] {
  const routes = routesOfCriterion(context, criterion).flatMap((id) => state.routes[id] ?? [])
  const units = routes.map((route) => unitsOf(route, criterion))
  const candidate = sum(units.map((own) => own.candidate))
  const share = shareOfStage(context.plan, state.stage?.index ?? -1)
  // One more unit per class, so that a stage without any has a forecast too.
  const growth = (): number =>
    sum(routes.map((route, index) => ((units[index]?.candidate ?? 0) + 1) * growthOf(route, criterion, share))) /
    (candidate + routes.length) /
    routes.length
  const view = {
    control: sum(units.map((own) => own.control)),
    candidate,
    distinct: pageUnits(context, state, criterion),
    started: sum(routes.map((route) => (route.stage[2] ?? 0) + (route.stage[3] ?? 0))),
    pending: 0,
    growth,
  }
  return [viewOf(state, criterion.id, wholeTest, view)]
}

/** Candidate visitors of the busiest route class: certainly different ones. */
export function pageUnits(context: EvidenceContext, state: EvidenceState, criterion: PageCriterion): number {
  const routes = routesOfCriterion(context, criterion).flatMap((id) => state.routes[id] ?? [])
  return Math.max(0, ...routes.map((route) => unitsOf(route, criterion).candidate))
}

/** Units that the test bet on in the stage; while latency has no reference, the control's units that will make it. */
function unitsOf(route: RouteState, criterion: PageCriterion): { control: number; candidate: number } {
  const [ok = 0, error = 0, candidateOk = 0, candidateError = 0] = route.stage
  if (criterion.signal === 'errors') return { control: ok + error, candidate: candidateOk + candidateError }
  const { model, stage: classes = [] } = route.latency[String(criterion.tolerance)] ?? {}
  if (model === undefined) return { control: route.units, candidate: 0 }
  const onArm = (arm: number): number => sum(classes.map((row) => row[arm] ?? 0))
  return { control: onArm(0), candidate: onArm(1) }
}

function growthOf(route: RouteState, criterion: PageCriterion, share: number): number {
  if (criterion.signal === 'errors') {
    const { limit, hoped } = errorLimit(route, criterion)
    return errorPassGrowth(limit, hoped)
  }
  const own = route.latency[String(criterion.tolerance)]
  if (own?.model === undefined) return 0
  const seen = sum(own.totals.map(([control = 0]) => control))
  const law = own.totals.map(([control = 0]) => control / Math.max(1, seen))
  return latencyPassGrowth(own.model, share, law)
}
