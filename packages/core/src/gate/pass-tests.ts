import {
  completionFloor,
  completionPassGrowth,
  errorPassGrowth,
  latencyPassGrowth,
  latencyPassIncrements,
  logCompletionPass,
  logErrorPass,
  logSumExp,
  shareError,
} from '../stats/index.ts'
import { flowContextOf, type EvidenceContext } from './context.ts'
import type { CompletionCriterion, Criterion, ErrorsCriterion, LatencyCriterion } from './criterion.ts'
import { baselineUnits, pathLaws, type PathReveal } from './flow-evidence.ts'
import { errorShareOf, type PageReveal } from './page-evidence.ts'
import type { EvidenceState, PassTest, RouteState } from './state.ts'

/** What a tick revealed about units of the current stage. */
export interface StageReveals {
  readonly flows: Readonly<Record<string, readonly PathReveal[]>>
  readonly routes: Readonly<Record<string, readonly PageReveal[]>>
}

/** Key of the test over all paths of a completion criterion. */
export const wholeTest = ''

/** Log-ratios that a tick adds to a criterion's pass tests, by test; bets use the state before the tick. */
export function passIncrements(
  context: EvidenceContext,
  before: EvidenceState,
  criterion: Criterion,
  reveals: StageReveals,
): ReadonlyMap<string, readonly number[]> {
  switch (criterion.signal) {
    case 'completion':
      return completionPass(context, before, criterion, reveals.flows[criterion.flow] ?? [])
    case 'errors':
      return perRoute(context, before, criterion, (route, id) => errorPass(route, criterion, reveals.routes[id] ?? []))
    case 'latency':
      return perRoute(context, before, criterion, (route, id) =>
        latencyPass(route, criterion, reveals.routes[id] ?? []),
      )
    case 'split':
    case 'metric':
      return new Map()
  }
}

function completionPass(
  context: EvidenceContext,
  before: EvidenceState,
  criterion: CompletionCriterion,
  reveals: readonly PathReveal[],
): ReadonlyMap<string, readonly number[]> {
  const flow = flowContextOf(context, criterion.flow)
  const state = before.flows[criterion.flow]
  const sums = new Map<string, number>()
  if (flow === undefined || state === undefined) return new Map()
  const laws = pathLaws(flow, state)
  for (const { path, units } of reveals) {
    const known = baselineUnits(state, path) + priorUnits(flow.priors[path] ?? [])
    const rate = completionFloor(laws[path]?.[0] ?? 0, known)
    const bet = (test: string, margin: number): void => {
      sums.set(test, (sums.get(test) ?? 0) + logCompletionPass(units, margin, rate))
    }
    bet(wholeTest, criterion.margin)
    const name = flow.paths[path] ?? ''
    const margin = criterion.pathMargins[name]
    if (margin !== undefined) bet(name, margin)
  }
  return new Map([...sums].map(([test, value]) => [test, [value]]))
}

function priorUnits(prior: readonly number[]): number {
  return prior.reduce((sum, value) => sum + value, 0)
}

function perRoute(
  context: EvidenceContext,
  before: EvidenceState,
  criterion: ErrorsCriterion | LatencyCriterion,
  stepOf: (route: RouteState, id: string) => readonly number[],
): ReadonlyMap<string, readonly number[]> {
  const steps = new Map<string, readonly number[]>()
  for (const id of routesOfCriterion(context, criterion)) {
    const route = before.routes[id]
    if (route !== undefined) steps.set(id, stepOf(route, id))
  }
  return steps
}

/** Route classes that a criterion of the current stage watches; none named means all. */
export function routesOfCriterion(
  context: EvidenceContext,
  criterion: ErrorsCriterion | LatencyCriterion,
): readonly string[] {
  return criterion.routes.length > 0 ? criterion.routes : (context.criteria[criterion.id]?.routes ?? [])
}

function errorPass(route: RouteState, criterion: ErrorsCriterion, reveals: readonly PageReveal[]): number[] {
  const { limit, hoped } = errorLimit(route, criterion)
  let log = 0
  for (const { outcomes } of reveals)
    log += logErrorPass({ ok: outcomes[2] ?? 0, error: outcomes[3] ?? 0 }, limit, hoped)
  return [log]
}

/** The candidate's error share that must be ruled out, and the one hoped for. */
function errorLimit(route: RouteState, { margin }: ErrorsCriterion): { limit: number; hoped: number } {
  const share = errorShareOf(route)
  const units = (route.baseline[0] ?? 0) + (route.baseline[1] ?? 0)
  return { limit: margin + Math.max(0, share - shareError(share, units)), hoped: Math.max(0.0005, share) }
}

function latencyPass(route: RouteState, criterion: LatencyCriterion, reveals: readonly PageReveal[]): number[] {
  const tolerance = String(criterion.tolerance)
  const model = route.latency[tolerance]?.model
  const logs = [0, 0]
  if (model === undefined) return logs
  for (const { share, latency } of reveals) {
    latencyPassIncrements(model, share, latency[tolerance] ?? []).forEach((value, index) => {
      logs[index] = (logs[index] ?? 0) + value
    })
  }
  return logs
}

/** Adds a tick to a test; reaching the level is remembered until the evidence turns against the candidate. */
export function stepPassTest(
  test: PassTest | undefined,
  increments: readonly number[],
  against: { readonly level: number; readonly frame: number },
): PassTest {
  const logs = increments.map((value, index) => value + (test?.logs[index] ?? 0))
  const evidence = passLog({ logs })
  const reached = evidence < 0 ? undefined : (test?.reached ?? (evidence >= against.level ? against.frame : undefined))
  return { logs, ...(reached === undefined ? {} : { reached }) }
}

/** ln of a test's evidence: the average over its alternatives. */
export function passLog(test: PassTest): number {
  return test.logs.length === 0 ? 0 : logSumExp(test.logs) - Math.log(test.logs.length)
}

/** One pass test as the judge needs it. */
export interface PassView {
  readonly test: string
  /** Resolved and started candidate units of the stage, and resolved ones of the control. */
  readonly candidate: number
  readonly started: number
  readonly control: number
  /** Expected growth of ln evidence per candidate unit when the candidate is as good as the control. */
  readonly growth: number
  readonly log: number
  readonly hasReached: boolean
}

/** The pass tests a criterion needs in the current stage. Route classes with under 5 % of the visitors are left to the stop test. */
export function passViews(context: EvidenceContext, state: EvidenceState, criterion: Criterion): readonly PassView[] {
  switch (criterion.signal) {
    case 'completion':
      return completionViews(context, state, criterion)
    case 'errors':
    case 'latency':
      return routeViews(context, state, criterion)
    case 'split':
    case 'metric':
      return []
  }
}

function completionViews(context: EvidenceContext, state: EvidenceState, criterion: CompletionCriterion): PassView[] {
  const flow = flowContextOf(context, criterion.flow)
  const own = state.flows[criterion.flow]
  if (flow === undefined || own === undefined) return []
  const share = shareOfStage(context, state)
  const laws = pathLaws(flow, own)
  const growthOn = (path: number, margin: number): number => completionPassGrowth(share, margin, laws[path]?.[0] ?? 0)
  const { started, resolved } = own.stage
  const whole = sumColumn(started, 1)
  const view = (test: string, units: Pick<PassView, 'candidate' | 'started' | 'control' | 'growth'>): PassView => ({
    test,
    ...units,
    ...testOf(state, criterion.id, test),
  })
  const wholeGrowth = flow.paths.reduce((total, _, path) => {
    const part = whole > 0 ? (started[path]?.[1] ?? 0) / whole : 1 / flow.paths.length
    return total + part * growthOn(path, criterion.margin)
  }, 0)
  const paths = Object.entries(criterion.pathMargins).map(([name, margin]) => {
    const path = flow.paths.indexOf(name)
    const [control = 0, candidate = 0] = resolved[path] ?? []
    return view(name, { candidate, started: started[path]?.[1] ?? 0, control, growth: growthOn(path, margin) })
  })
  const units = {
    candidate: sumColumn(resolved, 1),
    started: whole,
    control: sumColumn(resolved, 0),
    growth: wholeGrowth,
  }
  return [view(wholeTest, units), ...paths]
}

function sumColumn(rows: readonly (readonly number[])[], column: number): number {
  return rows.reduce((total, row) => total + (row[column] ?? 0), 0)
}

function testOf(state: EvidenceState, criterion: string, test: string): { log: number; hasReached: boolean } {
  const own = state.criteria[criterion]?.tests[test]
  return own === undefined
    ? { log: 0, hasReached: false }
    : { log: passLog(own), hasReached: own.reached !== undefined }
}

function shareOfStage(context: EvidenceContext, state: EvidenceState): number {
  return (context.plan.stages[state.stage?.index ?? -1]?.visitorBasisPoints ?? 0) / 10_000
}

function routeViews(
  context: EvidenceContext,
  state: EvidenceState,
  criterion: ErrorsCriterion | LatencyCriterion,
): PassView[] {
  const share = shareOfStage(context, state)
  const views = routesOfCriterion(context, criterion).flatMap((id) => {
    const route = state.routes[id]
    if (route === undefined) return []
    const [ok = 0, error = 0, candidateOk = 0, candidateError = 0] = route.stage
    const candidate = candidateOk + candidateError
    const growth =
      criterion.signal === 'errors' ? errorGrowth(route, criterion) : latencyGrowth(route, criterion.tolerance, share)
    return { test: id, candidate, started: candidate, control: ok + error, growth, ...testOf(state, criterion.id, id) }
  })
  const all = views.reduce((total, { candidate, control }) => total + candidate + control, 0)
  return views.filter(({ candidate, control }) => (candidate + control) * 20 >= all)
}

function errorGrowth(route: RouteState, criterion: ErrorsCriterion): number {
  const { limit, hoped } = errorLimit(route, criterion)
  return errorPassGrowth(limit, hoped)
}

function latencyGrowth(route: RouteState, tolerance: number, share: number): number {
  const own = route.latency[String(tolerance)]
  if (own?.model === undefined) return 0
  const seen = own.totals.reduce((total, [control = 0]) => total + control, 0)
  const law = own.totals.map(([control = 0]) => control / Math.max(1, seen))
  return latencyPassGrowth(own.model, share, law)
}

/** Whether every pass test of the criterion has reached its level with enough units behind it. */
export function hasPassEvidence(context: EvidenceContext, state: EvidenceState, criterion: Criterion): boolean {
  const views = passViews(context, state, criterion)
  if (views.length === 0 || !('minUnits' in criterion)) return false
  const busiest = Math.max(...views.map(({ candidate }) => candidate))
  return busiest >= criterion.minUnits && views.every(({ hasReached, candidate }) => hasReached && candidate > 0)
}
