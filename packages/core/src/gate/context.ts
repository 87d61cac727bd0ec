import { HeadgateError } from '../model/errors.ts'
import type { Flow, FlowPath, Money, Shop } from '../model/operating-model.ts'
import type { Gate, ReleasePlan } from '../model/release-plan.ts'
import {
  completionAlternatives,
  completionDesign,
  errorDesign,
  latencyDesign,
  splitDesign,
  valueDesign,
  type ClassPrior,
  type CompletionAlternative,
  type HarmKind,
  type MixtureDesign,
} from '../stats/index.ts'
import type { Criterion } from './criterion.ts'
import { journeySlotMs } from './evidence.ts'
import { falseHoldShares, falseStopShares } from './budget.ts'
import { shopSignals, type ShopSignals } from './shop-signals.ts'
import { sum } from './sums.ts'

/** Everything the judge needs to know that does not change during a release. Derived, never stored. */
export interface EvidenceContext {
  readonly plan: ReleasePlan
  readonly flows: readonly FlowContext[]
  /** Route classes that some criterion watches. */
  readonly routes: readonly RouteContext[]
  readonly criteria: Readonly<Record<string, CriterionContext>>
  readonly shop: ShopSignals
  readonly designs: Readonly<Record<'errors' | 'latency' | 'values' | 'visits', MixtureDesign>>
  /** Restarts are spread over this: the plan's total window. */
  readonly restartWindowMs: number
  /** After this time half of the control's history is forgotten. */
  readonly halfLifeMs: number
  /** Silence after which a source counts as lost. */
  readonly freshnessMs: number
}

export interface FlowContext {
  readonly id: string
  readonly paths: readonly string[]
  /** Position of each path in `paths`. */
  readonly positions: ReadonlyMap<string, number>
  readonly priors: readonly ClassPrior[]
  readonly horizonMs: number
  /** Width of the bookkeeping slots: a multiple of `journeySlotMs`, so that their number does not grow with the horizon. */
  readonly slotMs: number
  /** Who tells of completions: the shop by events, or the gateways themselves. */
  readonly outcomesFrom: 'outcomes' | 'gateways'
  readonly alternatives: readonly CompletionAlternative[]
  readonly stop: Readonly<Record<HarmKind, MixtureDesign>>
  readonly starts: MixtureDesign
  /** What an order is worth as declared, for losses in money. */
  readonly averageOrder?: Money
  /** The shares that the plan's stages expose, basis points. */
  readonly shares: readonly number[]
}

export interface RouteContext {
  readonly id: string
  /** Tolerances of the latency criteria that watch the route. */
  readonly tolerances: readonly number[]
}

export interface CriterionContext {
  readonly id: string
  readonly signal: Criterion['signal']
  /** Its part of the release's false-stop budget; 0 for criteria that stop nobody by chance. */
  readonly falseStopShare: number
  /** Wealth at which it stops, or holds where it can only hold; absent for criteria without chance in them. */
  readonly threshold?: number
  /** Route classes it watches over the whole release. */
  readonly routes: readonly string[]
  /** E-processes among which its budget is divided over the whole release. */
  readonly parts: number
}

/** What of the operating model decides verdicts: flows with their paths in order, and which route classes there are. */
export interface JudgedModel {
  /** The currency of revenue criteria that name none, where there is but one. */
  readonly shop?: Pick<Shop, 'currencies'>
  readonly routes: Readonly<Record<string, unknown>>
  readonly flows: Readonly<Record<string, JudgedFlow>>
}

export interface JudgedFlow extends Pick<Flow, 'completesAt' | 'horizonMs' | 'averageOrder' | 'items'> {
  readonly steps: readonly { readonly id: string; readonly event?: string }[]
  readonly paths: Readonly<Record<string, Pick<FlowPath, 'completion' | 'share'>>>
}

/** Builds the context of a plan; throws INVALID_MODEL where the plan names a flow or route that the model does not have. */
export function evidenceContext(plan: ReleasePlan, model: JudgedModel): EvidenceContext {
  const criteria = allCriteria(plan)
  refuseUnknownPaths(criteria, model)
  const flowIds = new Set([...plan.flows, ...criteria.flatMap((each) => ('flow' in each ? each.flow : []))])
  const contexts = criterionContexts(plan, criteria, Object.keys(model.routes))
  const restartWindowMs = Math.max(1, sum(plan.stages.map((stage) => stage.window.maxMs)))
  const shares = [...new Set([0, ...plan.stages.map((stage) => stage.visitorBasisPoints)])]
  const flows = [...flowIds].map((id) => flowContext(id, model.flows[id], shares))
  const longestHorizonMs = Math.max(0, ...flows.map(({ horizonMs }) => horizonMs))
  return {
    plan,
    flows,
    routes: routeContexts(criteria, contexts),
    criteria: contexts,
    shop: shopSignals(criteria, model),
    designs: { errors: errorDesign(), latency: latencyDesign(), values: valueDesign(), visits: splitDesign(0) },
    restartWindowMs,
    halfLifeMs: Math.max(restartWindowMs / 8, longestHorizonMs * 10, 60_000),
    freshnessMs: Math.max(10_000, plan.tickMs * 5),
  }
}

/** What is judged during a stage: its exit gate, and the entry gate of the stage after. -1 is the time before the start. */
export function stageCriteria(plan: ReleasePlan, stageIndex: number): readonly Criterion[] {
  const exit = plan.stages[stageIndex]?.exit.criteria ?? []
  const entry = plan.stages[stageIndex + 1]?.entry?.criteria ?? []
  const known = new Set(exit.map(({ id }) => id))
  return [...exit, ...entry.filter(({ id }) => !known.has(id))]
}

/** The gate that answers for a stage: its exit, or the first stage's entry before the start. */
export function stageGate(plan: ReleasePlan, stageIndex: number): Gate | undefined {
  return plan.stages[stageIndex]?.exit ?? plan.stages[stageIndex + 1]?.entry
}

/** The gate that asks for a criterion of {@link stageCriteria}. */
export function gateOfCriterion(plan: ReleasePlan, stageIndex: number, { id }: Criterion): Gate | undefined {
  const exit = plan.stages[stageIndex]?.exit
  return exit?.criteria.some((each) => each.id === id) === true ? exit : plan.stages[stageIndex + 1]?.entry
}

/** Share of visitors that a stage exposes, 0..1; 0 before the start. */
export function shareOfStage(plan: ReleasePlan, stageIndex: number): number {
  return (plan.stages[stageIndex]?.visitorBasisPoints ?? 0) / 10_000
}

export function flowContextOf(context: EvidenceContext, flow: string): FlowContext | undefined {
  return context.flows.find(({ id }) => id === flow)
}

function allCriteria(plan: ReleasePlan): readonly Criterion[] {
  return plan.stages.flatMap((stage) => [...(stage.entry?.criteria ?? []), ...stage.exit.criteria])
}

function refuseUnknownPaths(criteria: readonly Criterion[], model: JudgedModel): void {
  for (const criterion of criteria) {
    if (criterion.signal !== 'completion') continue
    const paths = model.flows[criterion.flow]?.paths ?? {}
    const named = [...Object.keys(criterion.pathMargins), ...(criterion.onlyPaths ?? [])]
    const unknown = named.find((path) => paths[path] === undefined)
    if (unknown === undefined) continue
    const message = `criterion ${criterion.id} names the path ${unknown}, which flow ${criterion.flow} does not have`
    throw new HeadgateError('INVALID_MODEL', message)
  }
}

function criterionContexts(
  plan: ReleasePlan,
  criteria: readonly Criterion[],
  allRoutes: readonly string[],
): Record<string, CriterionContext> {
  const contexts: Record<string, CriterionContext> = {}
  const holdShares = falseHoldShares(criteria)
  for (const [id, share] of falseStopShares(criteria)) {
    const uses = criteria.filter((each) => each.id === id)
    const signal = uses[0]?.signal ?? 'metric'
    if (uses.some((each) => each.signal !== signal)) {
      throw new HeadgateError('INVALID_MODEL', `criterion ${id} has two signals; give each signal its own criterion id`)
    }
    const level = plan.falseStopBudget * Math.max(share, holdShares.get(id) ?? 0)
    const threshold = level > 0 ? { threshold: 1 / level } : {}
    const routes = routesOf(uses, allRoutes)
    contexts[id] = { id, signal, falseStopShare: share, ...threshold, routes, parts: partsOf(uses, routes.length) }
  }
  return contexts
}

function partsOf(uses: readonly Criterion[], routes: number): number {
  const variants = new Set(uses.map(variantOf))
  return variants.size * Math.max(1, routes)
}

/** What a criterion of one id may look at differently from stage to stage: each is an e-process of its own. */
function variantOf(criterion: Criterion): string {
  switch (criterion.signal) {
    case 'completion':
      return [criterion.flow, ...(criterion.onlyPaths ?? [])].join(' ')
    case 'latency':
      return String(criterion.tolerance)
    case 'revenue':
      return [criterion.flow, criterion.currency ?? ''].join(' ')
    case 'count':
      return [criterion.flow, criterion.event].join(' ')
    case 'errors':
    case 'split':
    case 'metric':
      return ''
  }
}

function routesOf(uses: readonly Criterion[], allRoutes: readonly string[]): string[] {
  const routes = new Set(uses.flatMap((each) => watchedRoutes(each, allRoutes)))
  const unknown = [...routes].find((route) => !allRoutes.includes(route))
  if (unknown !== undefined) {
    throw new HeadgateError(
      'INVALID_MODEL',
      `criterion ${uses[0]?.id ?? ''} watches the route class ${unknown}, which does not exist`,
    )
  }
  return [...routes]
}

/** The route classes of a criterion; an empty list means all of the shop's. */
function watchedRoutes(criterion: Criterion, allRoutes: readonly string[]): readonly string[] {
  if (criterion.signal !== 'errors' && criterion.signal !== 'latency') return []
  return criterion.routes.length > 0 ? criterion.routes : allRoutes
}

function routeContexts(
  criteria: readonly Criterion[],
  contexts: Readonly<Record<string, CriterionContext>>,
): RouteContext[] {
  const tolerances = new Map<string, Set<number>>()
  for (const criterion of criteria) {
    for (const route of contexts[criterion.id]?.routes ?? []) {
      const known = tolerances.get(route) ?? new Set()
      if (criterion.signal === 'latency') known.add(criterion.tolerance)
      tolerances.set(route, known)
    }
  }
  return [...tolerances].map(([id, known]) => ({ id, tolerances: [...known] }))
}

function flowContext(id: string, flow: JudgedFlow | undefined, shares: readonly number[]): FlowContext {
  if (flow === undefined) {
    throw new HeadgateError('INVALID_MODEL', `flow ${id} is watched by the release but not in the operating model`)
  }
  const paths = Object.keys(flow.paths)
  const pathShares = paths.map((path) => flow.paths[path]?.share ?? 0)
  const completing = flow.steps.find((step) => step.id === flow.completesAt)
  return {
    id,
    paths,
    positions: new Map(paths.map((path, position) => [path, position])),
    priors: paths.map((path) => completionPrior(flow.paths[path]?.completion)),
    horizonMs: flow.horizonMs,
    slotMs: journeySlotMs * Math.max(1, Math.ceil(flow.horizonMs / slotsPerHorizon / journeySlotMs)),
    outcomesFrom: completing?.event === undefined ? 'gateways' : 'outcomes',
    alternatives: completionAlternatives(paths.length),
    stop: { silent: completionDesign('silent', pathShares), loud: completionDesign('loud', pathShares) },
    starts: splitDesign(paths.length),
    ...(flow.averageOrder === undefined ? {} : { averageOrder: flow.averageOrder }),
    shares,
  }
}

const slotsPerHorizon = 60

/** A declared completion rate counts as 30 journeys, the weak default as 6: measured journeys soon outweigh both. */
function completionPrior(declared: number | undefined): ClassPrior {
  const rate = declared ?? 0.6
  const units = declared === undefined ? 6 : 30
  const failing = Math.min(0.01, (1 - rate) / 2)
  return [rate * units, failing * units, (1 - rate - failing) * units]
}
