import {
  classLaw,
  errorIncrements,
  fading,
  latencyClassCount,
  latencyClassOf,
  latencyIncrements,
  latencyModel,
  latencyReferenceUnits,
  latencyUndone,
  openMixture,
  stepMixture,
  type ArmCounts,
} from '../stats/index.ts'
import type { EvidenceContext, RouteContext } from './context.ts'
import type { PageCell } from './evidence.ts'
import type { Tick } from './flow-evidence.ts'
import { isCount, isShare } from './ledger.ts'
import { stepReference } from './reference.ts'
import type { LatencyState, Reference, RouteState } from './state.ts'
import { sumRows } from './sums.ts'

/** One route class's visitors that a tick revealed at one share. */
export interface PageReveal {
  /** Probability of the candidate, 0..1. */
  readonly share: number
  /** [ok, error] of the control, then of the candidate. */
  readonly outcomes: readonly number[]
  /** Per tolerance: visitors without an error. */
  readonly latency: Readonly<Record<string, LatencyReveal>>
}

/** Visitors per latency class: as they were, and with the tolerated slow-down of the candidate undone, as bets see them. */
export interface LatencyReveal {
  readonly seen: readonly ArmCounts[]
  readonly undone: readonly ArmCounts[]
}

export interface RouteStep {
  readonly state: RouteState
  /** Visitors drawn at the stage's share, for the pass tests. */
  readonly reveals: readonly PageReveal[]
  readonly foreign: number
}

/** A control without a history of its own errs on 0.3 % of visitors, worth 30 of them. */
const errorPrior = [29.91, 0.09]

export function openRoute(route: RouteContext, designs: EvidenceContext['designs']): RouteState {
  const latency = (): LatencyState => ({ stop: openMixture(designs.latency), totals: [], stage: [] })
  return {
    baseline: [0, 0],
    errors: openMixture(designs.errors),
    totals: [0, 0, 0, 0],
    stage: [0, 0, 0, 0],
    histogram: {},
    units: 0,
    refreshAt: latencyReferenceUnits,
    rebuilds: 0,
    latency: Object.fromEntries(route.tolerances.map((tolerance) => [String(tolerance), latency()])),
  }
}

/** Error share of the control on a route class. */
export function errorShareOf(state: RouteState): number {
  return classLaw(state.baseline, errorPrior)[1] ?? 0
}

/** Folds one frame's visitors of one route class in; bets use what was known before it (SPEC G13). */
export function stepRoute(
  context: EvidenceContext,
  route: RouteContext,
  before: { readonly state: RouteState; readonly cells: readonly PageCell[]; readonly tick: Tick },
): RouteStep {
  const { tick } = before
  const state = withTolerances(context, route, before.state)
  const cells = before.cells.filter(isUsable)
  const groups = groupByShare(cells, state)
  const stageShare = context.plan.stages[tick.stage?.index ?? -1]?.visitorBasisPoints
  const reveals = groups.filter(({ basisPoints }) => basisPoints === stageShare).map(({ reveal }) => reveal)
  const outcomes = sumRows(groups.map(({ reveal }) => reveal.outcomes))
  const kept = fading(tick.at - tick.from, tick.halfLifeMs)
  const reference = stepReference(state, referenceCells(route, cells))
  return {
    state: {
      baseline: state.baseline.map((value, index) => value * kept + (outcomes[index] ?? 0)),
      errors: stepMixture(state.errors, context.designs.errors, { ...tick, increments: errorStep(state, groups) }),
      totals: sumRows([state.totals, outcomes]),
      stage: sumRows([state.stage, ...reveals.map((reveal) => reveal.outcomes)]),
      ...reference,
      latency: stepLatency(context, state, { groups, reveals, tick, reference }),
    },
    reveals,
    foreign: before.cells.length - cells.length,
  }
}

/** A tolerance that the plan inherited since begins with an empty hand (SPEC G18). */
function withTolerances(context: EvidenceContext, route: RouteContext, state: RouteState): RouteState {
  const missing = route.tolerances.filter((tolerance) => state.latency[String(tolerance)] === undefined)
  if (missing.length === 0) return state
  const opened = openRoute({ id: route.id, tolerances: missing }, context.designs)
  // The reference that other tolerances grew may be old; it is built again at once, so that the new one does not wait for a doubling.
  return {
    ...state,
    refreshAt: Math.min(state.refreshAt, Math.max(state.units, latencyReferenceUnits)),
    latency: { ...state.latency, ...opened.latency },
  }
}

/** The control's pages that make the reference; none where no criterion asks for latency. */
function referenceCells({ tolerances }: RouteContext, cells: readonly PageCell[]): readonly PageCell[] {
  return tolerances.length === 0 ? [] : cells.filter(({ arm, outcome }) => arm === 'control' && outcome === 'ok')
}

interface ShareGroup {
  readonly basisPoints: number
  readonly reveal: PageReveal
}

function isUsable({ count, share, bucket }: PageCell): boolean {
  return isCount(count) && isShare(share) && Number.isSafeInteger(bucket)
}

/** Cells with both arms possible, by share, in ascending order. Shares 0 and 10000 only feed the reference of the control. */
function groupByShare(cells: readonly PageCell[], state: RouteState): ShareGroup[] {
  const shares = [...new Set(cells.map(({ share }) => share))].sort((a, b) => a - b)
  return shares
    .filter((share) => share > 0 && share < 10_000)
    .map((basisPoints) => {
      const own = cells.filter(({ share }) => share === basisPoints)
      return {
        basisPoints,
        reveal: { share: basisPoints / 10_000, outcomes: outcomesOf(own), latency: classesOf(own, state) },
      }
    })
}

function outcomesOf(cells: readonly PageCell[]): number[] {
  const outcomes = [0, 0, 0, 0]
  for (const cell of cells) {
    const column = (cell.arm === 'candidate' ? 2 : 0) + (cell.outcome === 'error' ? 1 : 0)
    outcomes[column] = (outcomes[column] ?? 0) + cell.count
  }
  return outcomes
}

function classesOf(cells: readonly PageCell[], state: RouteState): Record<string, LatencyReveal> {
  const classes: Record<string, LatencyReveal> = {}
  for (const [tolerance, { model }] of Object.entries(state.latency)) {
    if (model === undefined) continue
    const none = (): { control: number; candidate: number }[] =>
      Array.from({ length: latencyClassCount(model) }, () => ({ control: 0, candidate: 0 }))
    const [seen, undone] = [none(), none()]
    for (const { arm, bucket, count, outcome } of cells) {
      if (outcome !== 'ok') continue
      const own = seen[latencyClassOf(model, bucket)]
      const fair = undone[latencyClassOf(model, arm === 'candidate' ? latencyUndone(model, bucket) : bucket)]
      if (own !== undefined) own[arm] += count
      if (fair !== undefined) fair[arm] += count
    }
    classes[tolerance] = { seen, undone }
  }
  return classes
}

function errorStep(state: RouteState, groups: readonly ShareGroup[]): number[] {
  const share = errorShareOf(state)
  const steps = groups.map(({ reveal }) => {
    const [ok = 0, error = 0, candidateOk = 0, candidateError = 0] = reveal.outcomes
    const units = { ok: { control: ok, candidate: candidateOk }, error: { control: error, candidate: candidateError } }
    return errorIncrements(reveal.share, units, share)
  })
  return sumRows(steps)
}

function stepLatency(
  context: EvidenceContext,
  state: RouteState,
  step: { groups: readonly ShareGroup[]; reveals: readonly PageReveal[]; tick: Tick; reference: Reference },
): RouteState['latency'] {
  const next: Record<string, LatencyState> = {}
  for (const [tolerance, before] of Object.entries(state.latency)) {
    // A rebuilt model is bet on from the next tick on, so that no unit helps to choose the bet on itself.
    const isDue = step.reference.rebuilds !== state.rebuilds
    const model = isDue ? latencyModel(step.reference.histogram, Number(tolerance)) : before.model
    const increments = sumRows(
      step.groups.map(({ reveal }) =>
        before.model === undefined
          ? []
          : latencyIncrements(before.model, reveal.share, reveal.latency[tolerance]?.undone ?? []),
      ),
    )
    const revealedIn = (reveals: readonly PageReveal[]): (readonly ArmCounts[])[] =>
      reveals.map((reveal) => reveal.latency[tolerance]?.seen ?? [])
    next[tolerance] = {
      ...(model === undefined ? {} : { model }),
      stop: stepMixture(before.stop, context.designs.latency, { ...step.tick, increments }),
      totals: addClasses(before.totals, revealedIn(step.groups.map(({ reveal }) => reveal))),
      stage: addClasses(before.stage, revealedIn(step.reveals)),
    }
  }
  return next
}

function addClasses(
  rows: readonly (readonly number[])[],
  added: readonly (readonly ArmCounts[])[],
): readonly (readonly number[])[] {
  if (added.length === 0) return rows
  const sums = rows.map((row) => row.slice())
  for (const classes of added) {
    classes.forEach(({ control, candidate }, index) => {
      const sum = sums[index] ?? [0, 0]
      sums[index] = [(sum[0] ?? 0) + control, (sum[1] ?? 0) + candidate]
    })
  }
  return sums
}
