import type { Instant } from '../model/time.ts'
import { droughtCertain, droughtSuspected } from '../stats/index.ts'
import type { EvidenceContext, FlowContext } from './context.ts'
import { armWithoutValues } from './order-evidence.ts'
import type { EvidenceState, FlowState, OrderState } from './state.ts'
import { sum } from './sums.ts'
import { clockTime, count, duration } from './words.ts'

/** Why nothing can be seen, and what would change it. */
export interface Blindness {
  readonly reason: string
  readonly needs: string
}

const sourceNames: Readonly<Record<string, { name: string; cure: string }>> = {
  gateways: { name: 'the gateways', cure: 'a gateway that reports; check its link to the control plane' },
  outcomes: {
    name: "the shop's outcome events",
    cure: 'outcome events from the shop, an empty batch is enough; check who sends them',
  },
}

/** Sources that have been silent for longer than the limit. */
export function silentSource(
  context: EvidenceContext,
  state: EvidenceState,
  sources: readonly string[],
  at: Instant,
): Blindness | undefined {
  for (const source of sources) {
    const { name, cure } = sourceNames[source] ?? namedSource(source)
    const heard = state.heard[source]
    if (heard === undefined) return { reason: `${name} have not been heard at all`, needs: cure }
    if (at - heard > context.freshnessMs) {
      const reason = `${name} have been silent for ${duration(at - heard)}, since ${clockTime(heard)}`
      return { reason, needs: cure }
    }
  }
  return undefined
}

/** `outcomes/erp`: the outcome events of one component. */
function namedSource(source: string): { name: string; cure: string } {
  const reporter = source.slice(source.indexOf('/') + 1)
  const cure = `outcome events from ${reporter}, an empty batch is enough; check that it sends them under that name`
  return { name: `the outcome events of ${reporter}`, cure }
}

/** Orders arrive, but in one arm too many of them without a value to compare. */
export function missingValues(orders: OrderState | undefined): Blindness | undefined {
  const arm = orders === undefined ? undefined : armWithoutValues(orders)
  if (orders === undefined || arm === undefined) return undefined
  const [having = 0, without = 0] = orders.valued.slice(arm === 'candidate' ? 2 : 0)
  const reason = `${count(without)} of the last ${count(having + without)} orders of the ${arm} came without a value`
  return { reason, needs: 'value { amount, currency } in the outcome events that complete a journey' }
}

/** Journeys start, but practically none resolves any more although the control's history says that they should. */
export function lostOutcomes(
  flow: FlowContext,
  state: FlowState,
  hasControl: boolean,
  at: Instant,
): Blindness | undefined {
  const drought = hasControl ? state.drought.control : state.drought.both
  const where = hasControl ? 'in the control' : 'in the candidate, which serves everybody,'
  const needs = `journeys of ${flow.id} that complete ${where} again: outcome signals are being lost, or checkout is down for everybody`
  const patience = state.delay.units > 0 ? state.delay.meanMs * 3 : flow.horizonMs
  if (drought.level >= droughtCertain && at - drought.since >= patience) {
    const since = state.delay.units > 0 ? `since ${clockTime(drought.since)}` : 'since the release began'
    const reason = `journeys of ${flow.id} start but practically none completes ${where} ${since}, about ${count(drought.level)} orders overdue`
    return { reason, needs }
  }
  return hasControl ? neverResolved(flow, state, needs) : undefined
}

function neverResolved(flow: FlowContext, state: FlowState, needs: string): Blindness | undefined {
  let expected = 0
  let journeys = 0
  state.baseline.forEach((counts, path) => {
    const [done = 0, failing = 0, others = 0] = counts
    const [hoped = 0, ...rest] = flow.priors[path] ?? []
    const prior = hoped + sum(rest)
    journeys += done > 0 ? -Infinity : failing + others
    expected += (failing + others) * (hoped / Math.max(1, prior)) * (prior >= firmPrior ? 1 : 0.25)
  })
  if (!(journeys > 0) || expected < droughtCertain) return undefined
  const reason = `none of ${count(journeys)} control journeys of ${flow.id} has completed since the release began`
  return { reason, needs }
}

/** A prior of that many units was declared in the operating model; weaker ones are a guess. */
const firmPrior = 20

/** Journeys start, but all of them count as over: some clock ran ahead, and evidence waits until the others have caught up. */
export function startsAreLate(flow: FlowContext, { late, closedUntil }: FlowState): Blindness | undefined {
  if (late.inARow < lateCertain) return undefined
  const reason = `the last ${count(late.inARow)} journeys of ${flow.id} came too late to count: evidence up to ${clockTime(closedUntil)} is closed, a clock ran ahead`
  return { reason, needs: `clocks that agree; journeys count again from ${clockTime(closedUntil)} on` }
}

/** Late starts, with none in time between them, that are no accident. */
const lateCertain = 20

/** The control's orders have gone quiet, but not yet for long enough to call the signal lost; nothing may pass meanwhile. */
export function isDroughtSuspected(state: FlowState): boolean {
  return state.drought.control.level >= droughtSuspected
}
