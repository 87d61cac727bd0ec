import { minorUnits } from '../stats/index.ts'
import type { EvidenceContext } from './context.ts'
import type { CountCriterion, RevenueCriterion } from './criterion.ts'
import type { Observed } from './observed.ts'
import { itemState, orderState } from './pass-shop.ts'
import { ordersOf } from './shop-signals.ts'
import type { EvidenceState } from './state.ts'
import { count } from './words.ts'

interface Place<Own> {
  readonly context: EvidenceContext
  readonly state: EvidenceState
  readonly criterion: Own
}

/** Orders, and as hits their values in minor units. */
export function observedOrders(view: Place<RevenueCriterion>, span: 'stage' | 'totals'): Observed {
  const row = orderState(view.context, view.state, view.criterion)?.[span] ?? []
  const [units = 0, hits = 0, candidateUnits = 0, candidateHits = 0] = row
  return { control: { units, hits }, candidate: { units: candidateUnits, hits: candidateHits } }
}

/** Journeys, and as hits those with the item: of the stage past the item's time, of the release pending ones included. */
export function observedItems(view: Place<CountCriterion>, span: 'stage' | 'totals'): Observed {
  const own = itemState(view.context, view.state, view.criterion)
  const [first = 0, hits = 0, candidateFirst = 0, candidateHits = 0] = own?.[span] ?? []
  // A row of the stage holds those without the item, one of the release all that started.
  const unitsOf = (others: number, having: number): number =>
    span === 'stage' ? others + having : Math.max(others, having)
  return {
    control: { units: unitsOf(first, hits), hits },
    candidate: { units: unitsOf(candidateFirst, candidateHits), hits: candidateHits },
  }
}

/** `candidate 61.20 EUR on average over 130 orders, control 68.00 EUR over 2,600` */
export function describeOrders({ context, criterion }: Place<RevenueCriterion>, seen: Observed): string {
  const currency = ordersOf(context.shop, criterion)?.currency ?? ''
  const digits = Math.round(Math.log10(minorUnits(currency)))
  const mean = ({ units, hits }: Observed['control']): string =>
    units > 0 ? `${(hits / units / minorUnits(currency)).toFixed(digits)} ${currency}` : `no value in ${currency}`
  return `candidate ${mean(seen.candidate)} on average over ${count(seen.candidate.units)} orders, control ${mean(seen.control)} over ${count(seen.control.units)}`
}
