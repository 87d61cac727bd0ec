import {
  expFinite,
  harmKinds,
  harmKindShares,
  logSumExp,
  logWealth,
  scaleEstimate,
  shareDifference,
  shareInterval,
  sumEstimates,
  type Estimate,
} from '../stats/index.ts'
import type { EvidenceContext } from './context.ts'
import { concurrentRows, sumTallies } from './observed.ts'
import type { EvidenceState, FlowState } from './state.ts'
import type { CriterionVerdict } from './verdict.ts'
import { count, money, odds as oddsOf } from './words.ts'

/**
 * Orders that the candidate's journeys brought fewer than the concurrent control's would have, with a 95 % interval; negative is
 * a gain. Per path and share `n1 (p0 - p1)` over all journeys that started, pending ones included: both arms start in the same
 * slots, so what is pending is alike. Undefined while one arm has no journeys.
 */
export function ordersLost(flow: FlowState | undefined, path?: string): Estimate | undefined {
  return lossOf(
    concurrentRows(flow)
      .filter((row) => path === undefined || row.path === path)
      .map(({ counts }) => counts),
  )
}

/** The same over tallies (see `tally`), one for each path and share, of journeys that were counted in any other way. */
export function lossOf(tallies: readonly (readonly number[])[]): Estimate | undefined {
  const parts = tallies
    .map((counts) => sumTallies([counts]))
    .filter(({ control, candidate }) => control.units > 0 && candidate.units > 0)
    .map(({ control, candidate }) =>
      scaleEstimate(
        shareDifference(shareInterval(control.hits, control.units), shareInterval(candidate.hits, candidate.units)),
        candidate.units,
      ),
    )
  return parts.length === 0 ? undefined : sumEstimates(parts)
}

/**
 * Loss to be reckoned with: the plain estimate times the probability that there is harm at all. The stop evidence is the Bayes factor of
 * "harm" against "none", and one release in twenty is expected to harm. Without that weight noise alone spends the budget: of 150
 * healthy releases with 3,000 candidate journeys each (sd 35 orders) 25 "lost" 25 orders at even odds, 6 at 1 : 9, 3 at 1 : 19.
 */
export function expectedLoss(flow: FlowState | undefined): number {
  const lost = ordersLost(flow)?.mid ?? 0
  if (flow === undefined || !(lost > 0)) return 0
  const odds = evidenceOfHarm(flow) * priorOdds
  return (lost * odds) / (1 + odds)
}

const priorOdds = 1 / 19

/** Bayes factor of harm against none: the average of the kinds of harm, weighed as their budgets. */
function evidenceOfHarm({ stop }: FlowState): number {
  return expFinite(logSumExp(harmKinds.map((kind) => Math.log(harmKindShares[kind]) + logWealth(stop[kind]))))
}

export const lossBudgetCriterion = 'loss-budget'

/** A failing verdict once the release has cost its budget of orders or money; undefined before, and where the plan has none. */
export function judgeLossBudget(
  context: EvidenceContext,
  state: EvidenceState,
  owner: string,
): CriterionVerdict | undefined {
  const spent = spentOrders(context, state) ?? spentRevenue(context, state)
  if (spent === undefined) return undefined
  let factor = 0
  const units = { control: 0, candidate: 0 }
  for (const { id } of context.flows) {
    const flow = state.flows[id]
    const seen = sumTallies(concurrentRows(flow).map(({ counts }) => counts))
    factor = Math.max(factor, flow === undefined ? 0 : evidenceOfHarm(flow))
    units.control += seen.control.units
    units.candidate += seen.candidate.units
  }
  const reason = `${spent} (evidence of harm ${oddsOf(factor)})`
  return { criterion: lossBudgetCriterion, signal: 'completion', kind: 'fail', shadow: false, owner, reason, units }
}

function spentOrders({ plan, flows }: EvidenceContext, state: EvidenceState): string | undefined {
  const budget = plan.lossBudgetOrders
  if (budget === undefined || !(budget >= 0)) return undefined
  let lost = 0
  for (const { id } of flows) lost += expectedLoss(state.flows[id])
  if (!(lost > 0) || lost < budget) return undefined
  return `about ${count(lost)} orders lost so far against the concurrent control, the budget is ${count(budget)}`
}

/** Flows whose orders are worth nothing that is known, or are paid in another currency, bring nothing: the lint refuses such a plan. */
function spentRevenue({ plan, flows }: EvidenceContext, state: EvidenceState): string | undefined {
  const budget = plan.lossBudgetRevenue
  if (budget === undefined || !(budget.amount >= 0)) return undefined
  let lost = 0
  let orders = 0
  for (const { id, averageOrder } of flows) {
    if (averageOrder?.currency !== budget.currency) continue
    const own = expectedLoss(state.flows[id])
    orders += own
    lost += own * averageOrder.amount
  }
  if (!(lost > 0) || lost < budget.amount) return undefined
  const worth = `about ${count(orders)} orders at a declared average of ${money(lost / orders, budget.currency)}`
  return `about ${money(lost, budget.currency)} lost so far against the concurrent control (${worth}), the budget is ${money(budget.amount, budget.currency)}`
}
