import { classLaw, completionFloor, completionPassGrowth, logCompletionPass } from '../stats/index.ts'
import { flowContextOf, shareOfStage, type EvidenceContext, type FlowContext } from './context.ts'
import type { CompletionCriterion } from './criterion.ts'
import { baselineUnits, pathLaws, type PathReveal } from './flow-evidence.ts'
import { viewOf, wholeTest, type PassView } from './pass-view.ts'
import type { EvidenceState, FlowState } from './state.ts'

/** Log-ratios of the test over all paths and of each path with a margin of its own; bets use the state before the tick. */
export function completionPass(
  context: EvidenceContext,
  before: EvidenceState,
  criterion: CompletionCriterion,
  reveals: readonly PathReveal[],
): ReadonlyMap<string, readonly number[]> {
  const flow = flowContextOf(context, criterion.flow)
  const state = before.flows[criterion.flow]
  const sums = new Map<string, number>()
  if (flow === undefined || state === undefined) return new Map()
  for (const { path, units } of reveals) {
    const rate = cautiousRate(flow, state, path)
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

/**
 * The control's completion rate on a path as the pass test may use it: nearly from measured journeys alone, because a declared rate
 * that is too high would let harm pass; undefined until there are some.
 */
function cautiousRate(flow: FlowContext, state: FlowState, path: number): number | undefined {
  const measured = baselineUnits(state, path)
  if (measured < measuredEnough) return undefined
  const prior = flow.priors[path] ?? []
  const weight = priorWeight / Math.max(priorWeight, sum(prior))
  const pseudo = prior.map((units) => units * weight)
  return completionFloor(classLaw(state.baseline[path] ?? [], pseudo)[0] ?? 0, measured)
}

const measuredEnough = 10
const priorWeight = 2

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

export function completionViews(
  context: EvidenceContext,
  state: EvidenceState,
  criterion: CompletionCriterion,
): readonly PassView[] {
  const flow = flowContextOf(context, criterion.flow)
  const own = state.flows[criterion.flow]
  if (flow === undefined || own === undefined) return []
  const share = shareOfStage(context.plan, state.stage?.index ?? -1)
  const laws = pathLaws(flow, own)
  const growthOn = (path: number, margin: number): number => completionPassGrowth(share, margin, laws[path]?.[0] ?? 0)
  const { started, resolved } = own.stage
  const startedOn = (path: number): number => started[path]?.[1] ?? 0
  const all = sum(flow.paths.map((_, path) => startedOn(path)))
  const paths = Object.entries(criterion.pathMargins).map(([name, margin]) => {
    const path = flow.paths.indexOf(name)
    const [control = 0, candidate = 0] = resolved[path] ?? []
    return viewOf(state, criterion.id, name, {
      ...unitsOf(control, candidate, startedOn(path)),
      growth: growthOn(path, margin),
    })
  })
  const growth = sum(
    flow.paths.map((_, path) => {
      const part = all > 0 ? startedOn(path) / all : 1 / flow.paths.length
      return part * growthOn(path, criterion.margin)
    }),
  )
  const control = sum(resolved.map(([value = 0]) => value))
  const candidate = sum(resolved.map(([, value = 0]) => value))
  return [viewOf(state, criterion.id, wholeTest, { ...unitsOf(control, candidate, all), growth }), ...paths]
}

function unitsOf(
  control: number,
  candidate: number,
  started: number,
): Pick<PassView, 'control' | 'candidate' | 'distinct' | 'started' | 'pending'> {
  return { control, candidate, distinct: candidate, started, pending: Math.max(0, started - candidate) }
}
