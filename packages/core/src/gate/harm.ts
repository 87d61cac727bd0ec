import type { Instant } from '../model/time.ts'
import { leadingAlternative, sumEstimates, type Estimate } from '../stats/index.ts'
import { stageCriteria, type EvidenceContext } from './context.ts'
import { excursionStart } from './criterion-evidence.ts'
import type { Criterion } from './criterion.ts'
import type { HarmSign } from './harm-sign.ts'
import { expectedLoss, lossBudgetCriterion, ordersLost } from './loss.ts'
import { concurrentRows, sumTallies, type Observed } from './observed.ts'
import { metricSign, signOf } from './sign.ts'
import type { EvidenceState } from './state.ts'
import { stopEvidence, subjectsOf } from './subjects.ts'
import { sum } from './sums.ts'

/** What an incident draft says about harm. */
export interface Harm extends HarmSign {
  readonly criterion: string
  readonly signal: string
  /** When the evidence of harm began to grow. */
  readonly harmBeganAt?: Instant
  /** Candidate shoppers: visitors counted, or journeys where those are more. */
  readonly exposedShoppers: number
  /** Candidate journeys that started under a concurrent control. */
  readonly exposedJourneys: number
  /** Orders fewer than the concurrent control would have placed, 95 % interval; on `where` if that is a path. */
  readonly ordersLost?: Estimate
  readonly paths: readonly PathHarm[]
}

export interface PathHarm extends Observed {
  readonly flow: string
  readonly path: string
  readonly ordersLost?: Estimate
}

/**
 * Describes the harm that a criterion shows; without an id that of the criterion that stopped, else of the one closest to its
 * stop level. Undefined when no criterion of the current stage can show any.
 */
export function describeHarm(context: EvidenceContext, state: EvidenceState, criterionId?: string): Harm | undefined {
  const criteria = stageCriteria(context.plan, state.stage?.index ?? -1)
  const wanted = criterionId === lossBudgetCriterion ? heaviestFlow(context, state, criteria) : criterionId
  const criterion =
    wanted === undefined ? leadingCriterion(context, state, criteria) : criteria.find(({ id }) => id === wanted)
  if (criterion === undefined) return undefined
  const paths = pathHarms(context, state)
  const exposedJourneys = sum(paths.map(({ candidate }) => candidate.units))
  const sign = onset(context, state, criterion)
  const lost = lossBehind(context, state, criterion, sign.where)
  return {
    ...sign,
    criterion: criterionId ?? criterion.id,
    signal: criterion.signal,
    exposedShoppers: Math.max(exposedJourneys, state.visits.counts[1] ?? 0),
    exposedJourneys,
    ...(lost === undefined ? {} : { ordersLost: lost }),
    paths,
  }
}

function onset(
  context: EvidenceContext,
  state: EvidenceState,
  criterion: Criterion,
): HarmSign & { readonly harmBeganAt?: Instant } {
  const stopped = state.criteria[criterion.id]?.stopped
  if (stopped !== undefined) {
    const { kind, size, words, where, harmBeganAt } = stopped
    return { kind, size, words, harmBeganAt, ...(where === undefined ? {} : { where }) }
  }
  const evidence = stopEvidence(subjectsOf(context, state, criterion))
  if (evidence === undefined) return metricSign
  const sign = signOf(context, criterion, evidence.subject, leadingAlternative(evidence.subject.bets))
  const since = excursionStart(evidence)
  return since > 0 ? { ...sign, harmBeganAt: since } : sign
}

function leadingCriterion(
  context: EvidenceContext,
  state: EvidenceState,
  criteria: readonly Criterion[],
): Criterion | undefined {
  const weighed = criteria.map((criterion) => ({ criterion, weight: closeness(context, state, criterion) }))
  return weighed.toSorted((a, b) => b.weight - a.weight)[0]?.criterion
}

/** ln of stop evidence over its level; whoever stopped comes first. */
function closeness(context: EvidenceContext, state: EvidenceState, criterion: Criterion): number {
  const threshold = context.criteria[criterion.id]?.threshold ?? Infinity
  const stopped = state.criteria[criterion.id]?.stopped
  if (stopped !== undefined && criterion.signal !== 'split') return 1e6 - stopped.frame
  return (stopEvidence(subjectsOf(context, state, criterion))?.log ?? -1e6) - Math.min(1e6, Math.log(threshold))
}

function heaviestFlow(
  context: EvidenceContext,
  state: EvidenceState,
  criteria: readonly Criterion[],
): string | undefined {
  const losses = context.flows.map(({ id }) => ({ id, lost: expectedLoss(state.flows[id]) }))
  const worst = losses.toSorted((a, b) => b.lost - a.lost)[0]?.id
  return criteria.find((each) => each.signal === 'completion' && each.flow === worst)?.id
}

function pathHarms(context: EvidenceContext, state: EvidenceState): PathHarm[] {
  return context.flows.flatMap(({ id, paths }) => {
    const rows = concurrentRows(state.flows[id])
    return paths.map((path) => {
      const lost = ordersLost(state.flows[id], path)
      const seen = sumTallies(rows.filter((row) => row.path === path).map(({ counts }) => counts))
      return { flow: id, path, ...seen, ...(lost === undefined ? {} : { ordersLost: lost }) }
    })
  })
}

/** Of the path that carries the harm, so that the noise of healthy paths stays out; of all paths where all lose alike. */
function lossBehind(
  context: EvidenceContext,
  state: EvidenceState,
  criterion: Criterion,
  where: string | undefined,
): Estimate | undefined {
  if (criterion.signal === 'completion') return ordersLost(state.flows[criterion.flow], where)
  const parts = context.flows.flatMap(({ id }) => ordersLost(state.flows[id]) ?? [])
  return parts.length === 0 ? undefined : sumEstimates(parts)
}
