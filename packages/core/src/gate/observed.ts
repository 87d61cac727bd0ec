import { bucketUpperMicros, expFinite } from '../stats/index.ts'
import type { ArmCase } from './case.ts'
import { flowContextOf, type EvidenceContext } from './context.ts'
import { watchesPath, type ArmCriterion, type CompletionCriterion, type LatencyCriterion } from './criterion.ts'
import { describeOrders, observedItems, observedOrders } from './observed-shop.ts'
import { routesOfCriterion, type PageCriterion } from './pass-pages.ts'
import { wholeTest } from './pass-view.ts'
import { tally, type Crossing, type EvidenceState, type FlowState, type RouteState } from './state.ts'
import { sum, sumRows } from './sums.ts'
import { clockTime, count, duration, odds, percent } from './words.ts'

/** Units and hits (completed journeys, visitors with an error, slow visitors, journeys with an item, values of orders) per arm. */
export interface Observed {
  readonly control: { readonly units: number; readonly hits: number }
  readonly candidate: { readonly units: number; readonly hits: number }
}

/** Where to look, and over what: the current stage or, after a stop, the release. */
type View = Pick<ArmCase, 'context' | 'state' | 'criterion'>

/** What the current stage has shown: journeys past their horizon, or visitors. */
function observedInStage(view: View, where?: string): Observed {
  const { context, state, criterion } = view
  if (criterion.signal === 'completion') return maturedInStage(context, state.flows[criterion.flow], criterion, where)
  return observedElsewhere(view, where, 'stage')
}

/** What the release has shown: all journeys that started under a concurrent control, pending ones included, or visitors. */
function observedInRelease(view: View, where?: string): Observed {
  const { state, criterion } = view
  if (criterion.signal === 'completion') return concurrentTotals(state.flows[criterion.flow], criterion, where)
  return observedElsewhere(view, where, 'totals')
}

function observedElsewhere({ context, state, criterion }: View, where: string | undefined, span: Span): Observed {
  switch (criterion.signal) {
    case 'completion':
      return sumTallies([])
    case 'errors':
    case 'latency':
      return ofRoutes({ context, state, criterion }, where, span)
    case 'revenue':
      return observedOrders({ context, state, criterion }, span)
    case 'count':
      return observedItems({ context, state, criterion }, span)
  }
}

type Span = 'stage' | 'totals'

function maturedInStage(
  context: EvidenceContext,
  flow: FlowState | undefined,
  criterion: CompletionCriterion,
  where: string | undefined,
): Observed {
  const paths = flowContextOf(context, criterion.flow)?.paths ?? []
  return sumTallies((flow?.stage.matured ?? []).filter((_, path) => isSeen(criterion, paths[path] ?? '', where)))
}

function concurrentTotals(
  flow: FlowState | undefined,
  criterion: CompletionCriterion,
  where: string | undefined,
): Observed {
  const rows = concurrentRows(flow).filter(({ path }) => isSeen(criterion, path, where))
  return sumTallies(rows.map(({ counts }) => counts))
}

function isSeen(criterion: CompletionCriterion, path: string, where: string | undefined): boolean {
  return where === undefined ? watchesPath(criterion, path) : path === where
}

/** The release's journeys per path and share, as far as both arms were possible. */
export function concurrentRows(flow: FlowState | undefined): { path: string; counts: readonly number[] }[] {
  return Object.entries(flow?.totals ?? {})
    .map(([name, counts]) => {
      const at = name.lastIndexOf('@')
      return { path: name.slice(0, at), share: name.slice(at + 1), counts }
    })
    .filter(({ share }) => share !== '0' && share !== '10000')
}

export function sumTallies(rows: readonly (readonly number[])[]): Observed {
  const arm = (from: number): Observed['control'] => {
    let units = 0
    let hits = 0
    for (const row of rows) {
      const done = row[from + tally.completed] ?? 0
      hits += done
      units += Math.max(row[from + tally.started] ?? 0, done + (row[from + tally.failed] ?? 0))
    }
    return { units, hits }
  }
  return { control: arm(0), candidate: arm(tally.candidate) }
}

function ofRoutes(
  { context, state, criterion }: Omit<View, 'criterion'> & { readonly criterion: PageCriterion },
  where: string | undefined,
  span: Span,
): Observed {
  const routes = routesOfCriterion(context, criterion).filter((id) => where === undefined || id === where)
  const rows = routes.flatMap((id) => {
    const route = state.routes[id]
    if (route === undefined) return []
    return [criterion.signal === 'errors' ? route[span] : slowRow(route, criterion, span)]
  })
  const [fine = 0, hits = 0, candidateFine = 0, candidateHits = 0] = sumRows(rows)
  return {
    control: { units: fine + hits, hits },
    candidate: { units: candidateFine + candidateHits, hits: candidateHits },
  }
}

/** [not slow, slow] of the control, then of the candidate. */
function slowRow(route: RouteState, { tolerance }: LatencyCriterion, span: 'stage' | 'totals'): number[] {
  const latency = route.latency[String(tolerance)]
  const first = slowClass(latency?.model?.edges.length ?? 0)
  const row = [0, 0, 0, 0]
  latency?.[span].forEach(([control = 0, candidate = 0], index) => {
    const column = index >= first ? 1 : 0
    row[column] = (row[column] ?? 0) + control
    row[column + 2] = (row[column + 2] ?? 0) + candidate
  })
  return row
}

/** First class that counts as slow: above the control's 90th percentile where all its quantiles differ. */
function slowClass(edges: number): number {
  return Math.max(1, edges - 2)
}

/** `candidate 64.1 % of 300, control 65.0 % of 310 journeys completed` */
function describeObserved({ context, state, criterion }: View, seen: Observed, where?: string): string {
  const rate = ({ units, hits }: Observed['control']): string =>
    units > 0 ? `${percent(hits / units)} of ${count(units)}` : 'none yet'
  if (seen.candidate.units === 0 && seen.control.units === 0) return `no ${unitWords[criterion.signal]} yet`
  const pair = `candidate ${rate(seen.candidate)}, control ${rate(seen.control)}`
  switch (criterion.signal) {
    case 'completion':
      return `${pair} journeys completed`
    case 'errors':
      return `${pair} visitors got an error`
    case 'latency':
      return `${pair} first requests took ${slowLimit(state, criterion, where)}`
    case 'revenue':
      return describeOrders({ context, state, criterion }, seen)
    case 'count':
      return `${pair} journeys got the item ${criterion.event}`
  }
}

const unitWords: Readonly<Record<ArmCriterion['signal'], string>> = {
  completion: 'journey past its horizon',
  errors: 'visitor',
  latency: 'visitor to compare',
  revenue: 'order to compare',
  count: 'journey whose time for the item is over',
}

/** What a crossing's `where` names, as far as the figures beside it are of that place alone. */
const placeWords: Readonly<Record<ArmCriterion['signal'], string>> = {
  completion: 'path',
  errors: 'route class',
  latency: 'route class',
  revenue: '',
  count: '',
}

function slowLimit(state: EvidenceState, criterion: LatencyCriterion, where: string | undefined): string {
  const model = state.routes[where ?? '']?.latency[String(criterion.tolerance)]?.model
  const edge = model?.edges[slowClass(model.edges.length) - 1]
  return edge === undefined
    ? 'longer than nine in ten at the control'
    : `more than ${duration(bucketUpperMicros(edge - 1) / 1_000)}`
}

/** What the current stage has shown, on one path where `test` names it. */
export function describeStanding(view: View, test = wholeTest): string {
  const where = test === wholeTest ? undefined : test
  const place = where === undefined ? '' : `${where}: `
  return `${place}${describeObserved(view, observedInStage(view, where), where)}`
}

/** Why it failed: what was seen, how sure, since when. */
export function describeCrossing(view: View, crossing: Crossing): { reason: string; where?: string } {
  const { context, criterion } = view
  const seen = observedInRelease(view, crossing.where)
  const place =
    crossing.where === undefined || placeWords[criterion.signal] === ''
      ? ''
      : `${placeWords[criterion.signal]} ${crossing.where}: `
  const threshold = context.criteria[criterion.id]?.threshold ?? 0
  const sure = `odds of ${odds(expFinite(crossing.log))} against chance, the limit is ${odds(threshold)}`
  const reason = `${place}${describeObserved(view, seen, crossing.where)}; ${crossing.words}; ${sure}; first signs at ${clockTime(crossing.harmBeganAt)}`
  return { reason, ...(crossing.where === undefined ? {} : { where: crossing.where }) }
}

/** Resolved units per arm: of the release after a stop, else of the stage. */
export function unitsOf(view: View, hasFailed: boolean): { control: number; candidate: number } {
  const { criterion, state } = view
  if (criterion.signal === 'completion' && !hasFailed) {
    const resolved = state.flows[criterion.flow]?.stage.resolved ?? []
    const paths = flowContextOf(view.context, criterion.flow)?.paths ?? []
    const watched = resolved.filter((_, path) => watchesPath(criterion, paths[path] ?? ''))
    const onArm = (arm: number): number => sum(watched.map((row) => row[arm] ?? 0))
    return { control: onArm(0), candidate: onArm(1) }
  }
  const seen = hasFailed ? observedInRelease(view) : observedInStage(view)
  return { control: seen.control.units, candidate: seen.candidate.units }
}

export function ratesOf(view: View, hasFailed: boolean): { control: number; candidate: number } | undefined {
  // What an order is worth is no rate.
  if (view.criterion.signal === 'revenue') return undefined
  const where = hasFailed ? view.state.criteria[view.criterion.id]?.stopped?.where : undefined
  const { control, candidate } = hasFailed ? observedInRelease(view, where) : observedInStage(view)
  if (!(control.units > 0) || !(candidate.units > 0)) return undefined
  return { control: control.hits / control.units, candidate: candidate.hits / candidate.units }
}
