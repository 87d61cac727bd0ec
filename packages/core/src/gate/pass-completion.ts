import { completionPassGrowth, logCompletionPass } from '../stats/index.ts'
import { flowContextOf, shareOfStage, type EvidenceContext, type FlowContext } from './context.ts'
import { watchesPath, type CompletionCriterion } from './criterion.ts'
import type { PathReveal } from './flow-evidence.ts'
import { cautiousRate, completionRate } from './flow-history.ts'
import { viewOf, wholeTest, type PassView } from './pass-view.ts'
import type { EvidenceState, FlowState } from './state.ts'
import { sum } from './sums.ts'

/**
 * Log-ratios of the test over all paths and of each path with a margin of its own; bets use the state before the tick. The test over all
 * paths takes one rate for all of them: whichever path bears the margin, its expected ratio is then 1. With each path's own rate a
 * path that completes seldom could bear a loss that the others' bets outweigh.
 */
export function completionPass(
  context: EvidenceContext,
  before: EvidenceState,
  criterion: CompletionCriterion,
  reveals: readonly PathReveal[],
): ReadonlyMap<string, readonly number[]> {
  const flow = flowContextOf(context, criterion.flow)
  const state = before.flows[criterion.flow]
  if (flow === undefined || state === undefined) return new Map()
  const watched = [...flow.paths.keys()].filter((path) => watchesPath(criterion, flow.paths[path] ?? ''))
  const overAll = cautiousRate(flow, state, watched)
  const sums = new Map<string, number>()
  for (const { path, units } of reveals) {
    if (!watched.includes(path)) continue
    addTo(sums, wholeTest, logCompletionPass(units, criterion.margin, overAll))
    const name = flow.paths[path] ?? ''
    const margin = criterion.pathMargins[name]
    if (margin !== undefined) addTo(sums, name, logCompletionPass(units, margin, cautiousRate(flow, state, [path])))
  }
  return new Map([...sums].map(([test, value]) => [test, [value]]))
}

function addTo(sums: Map<string, number>, test: string, value: number): void {
  sums.set(test, (sums.get(test) ?? 0) + value)
}

/** Resolved candidate journeys of the stage: over all paths, and on each with a margin of its own. */
export function completionUnits(
  flow: FlowContext | undefined,
  state: FlowState | undefined,
  criterion: CompletionCriterion,
): { readonly all: number; readonly fewest: number } {
  const resolved = state?.stage.resolved ?? []
  const paths = Object.keys(criterion.pathMargins)
  const own = paths.map((name) => resolved[flow?.positions.get(name) ?? -1]?.[1] ?? 0)
  const watched = resolved.filter((_, path) => watchesPath(criterion, flow?.paths[path] ?? ''))
  const all = sum(watched.map(([, candidate = 0]) => candidate))
  return { all, fewest: Math.min(all, ...own) }
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
  const rateOn = (path: number): number => completionRate(flow, own, path)
  const { started, resolved } = own.stage
  const startedOn = (path: number): number => started[path]?.[1] ?? 0
  const watched = [...flow.paths.keys()].filter((path) => watchesPath(criterion, flow.paths[path] ?? ''))
  const all = sum(watched.map(startedOn))
  const paths = Object.entries(criterion.pathMargins).map(([name, margin]) => {
    const path = flow.positions.get(name) ?? -1
    const [control = 0, candidate = 0] = resolved[path] ?? []
    const growth = (): number => completionPassGrowth(share, margin, rateOn(path))
    return viewOf(state, criterion.id, name, { ...unitsOf(control, candidate, startedOn(path)), growth })
  })
  const growth = (): number => {
    const parts = watched.map((path) => (startedOn(path) + 1) * rateOn(path))
    return completionPassGrowth(share, criterion.margin, sum(parts) / (all + watched.length))
  }
  const control = sum(watched.map((path) => resolved[path]?.[0] ?? 0))
  const candidate = sum(watched.map((path) => resolved[path]?.[1] ?? 0))
  return [viewOf(state, criterion.id, wholeTest, { ...unitsOf(control, candidate, all), growth }), ...paths]
}

function unitsOf(
  control: number,
  candidate: number,
  started: number,
): Pick<PassView, 'control' | 'candidate' | 'distinct' | 'started' | 'pending'> {
  return { control, candidate, distinct: candidate, started, pending: Math.max(0, started - candidate) }
}
