import type { ReleasePlan } from '../model/release-plan.ts'
import { harmKinds, harmKindShares, logWealth, type HarmKind, type MixtureState } from '../stats/index.ts'
import { flowContextOf, type CriterionContext, type EvidenceContext } from './context.ts'
import { watchesPath, type CompletionCriterion, type Criterion } from './criterion.ts'
import { itemState, orderState } from './pass-shop.ts'
import type { EvidenceState, FlowState } from './state.ts'
import { sum } from './sums.ts'

/**
 * One e-process that a criterion's stop test consists of. Several of one criterion (kinds of harm, route classes, entries of
 * visitors and of journeys) see the same visitor more than once, so their product or average would not be valid: each gets a part of the
 * criterion's budget, and the criterion's evidence is the largest `part * wealth` (SPEC G1).
 */
export interface Subject {
  readonly where?: string
  /** Kind of harm, where the criterion looks for several. */
  readonly harm?: HarmKind
  readonly part: number
  readonly bets: MixtureState
}

/** The e-processes behind a criterion; none for metric criteria. */
export function subjectsOf(context: EvidenceContext, state: EvidenceState, criterion: Criterion): readonly Subject[] {
  const known = context.criteria[criterion.id]
  if (known === undefined) return []
  switch (criterion.signal) {
    case 'completion': {
      const flow = state.flows[criterion.flow]
      if (flow === undefined) return []
      return harmKinds.map((harm) => {
        const bets = completionBets(context, flow, criterion, harm)
        return { harm, part: harmKindShares[harm] / known.parts, bets }
      })
    }
    case 'errors':
      return routeSubjects(state, known, ({ errors }) => errors)
    case 'latency':
      return routeSubjects(state, known, ({ latency }) => latency[String(criterion.tolerance)]?.stop)
    case 'revenue':
      return shopSubject(known, orderState(context, state, criterion)?.stop)
    case 'count':
      return shopSubject(known, itemState(context, state, criterion)?.stop)
    case 'split':
      return splitSubjects(context, state)
    case 'metric':
      return []
  }
}

/**
 * The flow's bets, or of them those on the criterion's own paths. The stakes of a mixture are linear in the weights, so a part of
 * it over its share of the weights, with the same cash, is the mixture that had been opened on that part alone.
 */
function completionBets(
  context: EvidenceContext,
  state: FlowState,
  criterion: CompletionCriterion,
  harm: HarmKind,
): MixtureState {
  const stop = state.stop[harm]
  const flow = flowContextOf(context, criterion.flow)
  if (criterion.onlyPaths === undefined || flow === undefined) return stop
  const isOwn = flow.alternatives.map(
    ({ path }) => path !== undefined && watchesPath(criterion, flow.paths[path] ?? ''),
  )
  const weight = sum(flow.stop[harm].logWeights.map((log, index) => (isOwn[index] === true ? Math.exp(log) : 0)))
  const logStakes = stop.logStakes.map((log, index) => (isOwn[index] === true ? log - Math.log(weight) : -Infinity))
  return { ...stop, logStakes }
}

function shopSubject({ parts }: CriterionContext, bets: MixtureState | undefined): Subject[] {
  return bets === undefined ? [] : [{ part: 1 / parts, bets }]
}

function routeSubjects(
  state: EvidenceState,
  { routes, parts }: CriterionContext,
  betsOf: (route: EvidenceState['routes'][string]) => MixtureState | undefined,
): Subject[] {
  return routes.flatMap((where) => {
    const route = state.routes[where]
    const bets = route === undefined ? undefined : betsOf(route)
    return bets === undefined ? [] : [{ where, part: 1 / parts, bets }]
  })
}

function splitSubjects({ plan }: EvidenceContext, state: EvidenceState): Subject[] {
  const parts = splitParts(plan)
  const starts = plan.flows.flatMap((flow) => {
    const bets = state.flows[flow]?.starts
    return bets === undefined ? [] : [{ where: flow, part: parts.starts, bets }]
  })
  return [{ where: 'visitors', part: parts.visits, bets: state.visits.bets }, ...starts]
}

/** Parts of a split's budget: visitors half, the starts of the flows the rest, evenly. */
export function splitParts({ flows }: ReleasePlan): { readonly visits: number; readonly starts: number } {
  return flows.length === 0 ? { visits: 1, starts: 0 } : { visits: 0.5, starts: 0.5 / flows.length }
}

/** ln of a criterion's stop evidence, and the subject that carries it. */
export interface StopEvidence {
  readonly log: number
  readonly subject: Subject
}

export function stopEvidence(subjects: readonly Subject[]): StopEvidence | undefined {
  let best: StopEvidence | undefined
  for (const subject of subjects) {
    const log = Math.log(subject.part) + logWealth(subject.bets)
    if (best === undefined || log > best.log) best = { log, subject }
  }
  return best
}
