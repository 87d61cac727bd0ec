import { HeadgateError } from '../model/errors.ts'
import type { Instant } from '../model/time.ts'
import { openMixture, restartCash, restartCashLeft, splitIncrements, stepMixture } from '../stats/index.ts'
import { flowContextOf, stageCriteria, type EvidenceContext } from './context.ts'
import { stepCriteria } from './criterion-evidence.ts'
import type { EvidenceFrame, ItemCell, JourneyCell, PageCell, VisitCell } from './evidence.ts'
import type { ItemContext } from './shop-signals.ts'
import { openItems, stepItems, type ItemReveal } from './item-evidence.ts'
import { openOrders, stepOrders, type OrderReveal } from './order-evidence.ts'
import { openFlow, openFlowStage, stepFlow, type PathReveal, type Tick } from './flow-evidence.ts'
import { isCount, isShare } from './ledger.ts'
import { noReading, stepMetric } from './metric-evidence.ts'
import { openRoute, stepRoute, type PageReveal } from './page-evidence.ts'
import { isThrough, type StageReveals } from './pass-tests.ts'
import type { EvidenceState, FlowState, ItemState, MetricState, OrderState, RouteState, SplitState } from './state.ts'

/** The evidence of a release before its first frame. */
export function openEvidence(context: EvidenceContext): EvidenceState {
  return {
    version: 2,
    frame: 0,
    heard: {},
    flows: Object.fromEntries(context.flows.map((flow) => [flow.id, openFlow(flow)])),
    routes: Object.fromEntries(context.routes.map((route) => [route.id, openRoute(route, context.designs)])),
    orders: Object.fromEntries(context.shop.orders.map(({ id }) => [id, openOrders(context.designs.values)])),
    items: Object.fromEntries(context.shop.items.map((own) => [own.id, openItems(own)])),
    visits: { bets: openMixture(context.designs.visits), counts: [0, 0, 0] },
    metrics: {},
    criteria: Object.fromEntries(Object.keys(context.criteria).map((id) => [id, { tests: {} }])),
    foreign: 0,
  }
}

/**
 * A stage is in effect everywhere since `at`: pass tests start anew and use only units that start from now on; the stop evidence
 * goes on (SPEC G14). Entering the stage that is already entered changes nothing.
 */
export function enterStage(
  context: EvidenceContext,
  state: EvidenceState,
  stageIndex: number,
  at: Instant,
): EvidenceState {
  if (state.stage?.index === stageIndex) return state
  const criteria = { ...state.criteria }
  const left = state.stage?.index
  for (const [id, own] of Object.entries(state.criteria)) {
    const criterion = left === undefined ? undefined : stageCriteria(context.plan, left).find((each) => each.id === id)
    const isProven = criterion !== undefined && left !== undefined && isThrough(context, state, criterion, own.tests)
    criteria[id] = {
      tests: {},
      ...(own.stopped === undefined ? {} : { stopped: own.stopped }),
      ...(isProven ? { provenIn: left } : own.provenIn === undefined ? {} : { provenIn: own.provenIn }),
    }
  }
  return {
    ...state,
    stage: { index: stageIndex, at: Math.max(at, state.stage?.at ?? at), frame: state.frame },
    flows: mapEntries(state.flows, (flow, id) => clearFlowStage(context, id, flow)),
    routes: mapEntries(state.routes, clearRouteStage),
    orders: mapEntries(state.orders, (own) => ({ ...own, stage: [0, 0, 0, 0] })),
    items: mapEntries(state.items, (own) => ({ ...own, stage: [0, 0, 0, 0], started: 0 })),
    criteria,
  }
}

function clearFlowStage(context: EvidenceContext, id: string, state: FlowState): FlowState {
  const flow = flowContextOf(context, id)
  return flow === undefined ? state : { ...state, stage: openFlowStage(flow) }
}

function clearRouteStage(state: RouteState): RouteState {
  return {
    ...state,
    stage: [0, 0, 0, 0],
    latency: mapEntries(state.latency, (latency) => ({ ...latency, stage: [] })),
  }
}

function mapEntries<Value>(
  record: Readonly<Record<string, Value>>,
  map: (value: Value, key: string) => Value,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]))
}

/**
 * Folds one frame in. A frame that was already folded in changes nothing; a gap throws CONFLICT, because a verdict over missing
 * frames could not be replayed. A clock that goes back counts as standing still (SPEC G7).
 */
export function observe(context: EvidenceContext, state: EvidenceState, frame: EvidenceFrame): EvidenceState {
  if (frame.seq <= state.frame) return state
  if (frame.seq !== state.frame + 1) {
    throw new HeadgateError(
      'CONFLICT',
      `evidence frame ${frame.seq} came after ${state.frame}; fold the frames between first`,
    )
  }
  const tick = tickOf(context, state, frame)
  const flows = stepFlows(context, state, frame, tick)
  const routes = stepRoutes(context, state, frame, tick)
  const orders = stepAllOrders(context, state, frame, tick)
  const items = stepAllItems(context, state, frame, tick)
  const next: EvidenceState = {
    ...state,
    frame: frame.seq,
    openedAt: state.openedAt ?? tick.at,
    at: tick.at,
    heard: tick.heard,
    flows: flows.states,
    routes: routes.states,
    orders: orders.states,
    items: items.states,
    visits: stepVisits(context, state.visits, frame, tick),
    metrics: stepMetrics(context, state, frame),
    foreign: state.foreign + flows.foreign + routes.foreign + orders.foreign + items.foreign,
  }
  const reveals: StageReveals = {
    flows: flows.reveals,
    routes: routes.reveals,
    orders: orders.reveals,
    items: items.reveals,
  }
  return { ...next, criteria: stepCriteria(context, { before: state, after: next, reveals }) }
}

function tickOf(context: EvidenceContext, state: EvidenceState, frame: EvidenceFrame): Tick {
  const from = state.at ?? frame.at
  const at = Math.max(from, frame.at)
  const openFor = at - (state.openedAt ?? at)
  const heard: Record<string, Instant> = { ...state.heard }
  for (const [source, instant] of Object.entries(frame.heard)) {
    if (Number.isFinite(instant)) heard[source] = Math.max(heard[source] ?? instant, Math.min(instant, at))
  }
  const cash = Math.min(restartCash, restartCashLeft(openFor, context.restartWindowMs))
  return { from, at, halfLifeMs: context.halfLifeMs, cash, stage: state.stage, heard }
}

function stepFlows(
  context: EvidenceContext,
  state: EvidenceState,
  frame: EvidenceFrame,
  tick: Tick,
): { states: Record<string, FlowState>; reveals: Record<string, readonly PathReveal[]>; foreign: number } {
  const states: Record<string, FlowState> = {}
  const reveals: Record<string, readonly PathReveal[]> = {}
  const cells = groupBy(
    frame.cells.filter((cell) => cell.kind === 'journey'),
    ({ flow }: JourneyCell) => flow,
  )
  let foreign = countForeign(cells, state.flows)
  for (const flow of context.flows) {
    const step = stepFlow(flow, state.flows[flow.id] ?? openFlow(flow), cells.get(flow.id) ?? [], tick)
    states[flow.id] = step.state
    reveals[flow.id] = step.reveals
    foreign += step.foreign
  }
  return { states, reveals, foreign }
}

function stepRoutes(
  context: EvidenceContext,
  state: EvidenceState,
  frame: EvidenceFrame,
  tick: Tick,
): { states: Record<string, RouteState>; reveals: Record<string, readonly PageReveal[]>; foreign: number } {
  const states: Record<string, RouteState> = {}
  const reveals: Record<string, readonly PageReveal[]> = {}
  const cells = groupBy(
    frame.cells.filter((cell) => cell.kind === 'page'),
    ({ route }: PageCell) => route,
  )
  let foreign = 0
  for (const route of context.routes) {
    const before = state.routes[route.id] ?? openRoute(route, context.designs)
    const step = stepRoute(context, route, { state: before, cells: cells.get(route.id) ?? [], tick })
    states[route.id] = step.state
    reveals[route.id] = step.reveals
    foreign += step.foreign
  }
  return { states, reveals, foreign }
}

function stepAllOrders(
  context: EvidenceContext,
  state: EvidenceState,
  frame: EvidenceFrame,
  tick: Tick,
): { states: Record<string, OrderState>; reveals: Record<string, readonly OrderReveal[]>; foreign: number } {
  const states: Record<string, OrderState> = { ...state.orders }
  const reveals: Record<string, readonly OrderReveal[]> = {}
  const parts = { design: context.designs.values, halfLifeMs: context.halfLifeMs, tick }
  let foreign = 0
  for (const own of context.shop.orders) {
    const cells = frame.cells.filter((cell) => cell.kind === 'order').filter(({ flow }) => flow === own.flow)
    const step = stepOrders(own, state.orders[own.id] ?? openOrders(parts.design), cells, parts)
    states[own.id] = step.state
    reveals[own.id] = step.reveals
    foreign += step.foreign
  }
  return { states, reveals, foreign }
}

function stepAllItems(
  context: EvidenceContext,
  state: EvidenceState,
  frame: EvidenceFrame,
  tick: Tick,
): { states: Record<string, ItemState>; reveals: Record<string, ItemReveal>; foreign: number } {
  const states: Record<string, ItemState> = { ...state.items }
  const reveals: Record<string, ItemReveal> = {}
  let foreign = 0
  for (const own of context.shop.items) {
    const cells = {
      journeys: frame.cells.filter((cell) => cell.kind === 'journey').filter(({ flow }) => flow === own.flow),
      items: frame.cells.filter((cell) => cell.kind === 'item').filter((cell) => isOf(own, cell)),
    }
    const step = stepItems(own, state.items[own.id] ?? openItems(own), cells, { tick, halfLifeMs: context.halfLifeMs })
    states[own.id] = step.state
    reveals[own.id] = step.reveal
    foreign += step.foreign
  }
  return { states, reveals, foreign }
}

function isOf(own: ItemContext, { flow, item }: ItemCell): boolean {
  return flow === own.flow && item === own.item
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

function countForeign(
  cells: ReadonlyMap<string, readonly JourneyCell[]>,
  known: Readonly<Record<string, unknown>>,
): number {
  let foreign = 0
  for (const [flow, own] of cells) if (known[flow] === undefined) foreign += own.length
  return foreign
}

function stepVisits(context: EvidenceContext, state: SplitState, frame: EvidenceFrame, tick: Tick): SplitState {
  const byShare = new Map<number, { control: number; candidate: number }>()
  for (const cell of frame.cells) {
    if (cell.kind !== 'visit' || !isUsableVisit(cell)) continue
    const entries = byShare.get(cell.share) ?? { control: 0, candidate: 0 }
    entries[cell.arm] += cell.count
    byShare.set(cell.share, entries)
  }
  const counts = state.counts.slice()
  const increments: number[] = []
  for (const [share, entries] of [...byShare].sort(([a], [b]) => a - b)) {
    splitIncrements(share / 10_000, entries).forEach((value, index) => {
      increments[index] = (increments[index] ?? 0) + value
    })
    const total = entries.control + entries.candidate
    ;[entries.control, entries.candidate, (total * share) / 10_000].forEach((value, index) => {
      counts[index] = (counts[index] ?? 0) + value
    })
  }
  return { bets: stepMixture(state.bets, context.designs.visits, { ...tick, increments }), counts }
}

function isUsableVisit({ count, share }: VisitCell): boolean {
  return isCount(count) && isShare(share) && share > 0 && share < 10_000
}

function stepMetrics(
  context: EvidenceContext,
  state: EvidenceState,
  frame: EvidenceFrame,
): Readonly<Record<string, MetricState>> {
  if (frame.readings.length === 0) return state.metrics
  const metrics = { ...state.metrics }
  for (const criterion of stageCriteria(context.plan, state.stage?.index ?? -1)) {
    if (criterion.signal !== 'metric') continue
    const readings = frame.readings.filter((reading) => reading.criterion === criterion.id)
    metrics[criterion.id] = stepMetric(metrics[criterion.id] ?? noReading, readings, criterion)
  }
  return metrics
}
