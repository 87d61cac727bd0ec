import {
  errorPassGrowth,
  logErrorPass,
  shareError,
  valuePassGrowth,
  valuePassIncrements,
  valueTests,
  type ValueTest,
} from '../stats/index.ts'
import { shareOfStage, type EvidenceContext } from './context.ts'
import type { CountCriterion, RevenueCriterion } from './criterion.ts'
import type { ItemReveal } from './item-evidence.ts'
import type { OrderReveal } from './order-evidence.ts'
import { viewOf, wholeTest, type PassView } from './pass-view.ts'
import { itemsOf, ordersOf } from './shop-signals.ts'
import type { EvidenceState, ItemState, OrderState } from './state.ts'

const testNames: Readonly<Record<ValueTest, string>> = { whole: wholeTest, large: 'larger orders' }

/** The pass tests of a revenue criterion: both must reach their level. */
export const revenueTests: readonly string[] = valueTests.map((test) => testNames[test])

export function orderState(
  context: EvidenceContext,
  state: EvidenceState,
  criterion: RevenueCriterion,
): OrderState | undefined {
  return state.orders[ordersOf(context.shop, criterion)?.id ?? '']
}

export function itemState(
  context: EvidenceContext,
  state: EvidenceState,
  criterion: CountCriterion,
): ItemState | undefined {
  return state.items[itemsOf(context.shop, criterion)?.id ?? '']
}

/** Log-ratios of a revenue criterion's pass tests; bets use the state before the tick. */
export function revenuePass(
  context: EvidenceContext,
  before: EvidenceState,
  criterion: RevenueCriterion,
  reveals: Readonly<Record<string, readonly OrderReveal[]>>,
): ReadonlyMap<string, readonly number[]> {
  const model = orderState(context, before, criterion)?.model
  if (model === undefined) return new Map()
  const own = reveals[ordersOf(context.shop, criterion)?.id ?? ''] ?? []
  return new Map(
    valueTests.map((test) => {
      const sums = [0, 0]
      for (const { share, orders } of own) {
        valuePassIncrements(model, { margin: criterion.margin, test }, share, orders).forEach((value, index) => {
          sums[index] = (sums[index] ?? 0) + value
        })
      }
      return [testNames[test], sums]
    }),
  )
}

/** Orders of the stage that were bet on; while there is no reference, the control's orders that will make it. */
export function revenueViews(
  context: EvidenceContext,
  state: EvidenceState,
  criterion: RevenueCriterion,
): readonly PassView[] {
  const own = orderState(context, state, criterion)
  if (own === undefined) return []
  const { model } = own
  const [control = 0, , candidate = 0] = own.stage
  const units = {
    control: model === undefined ? own.units : control,
    candidate,
    distinct: candidate,
    started: candidate,
    pending: 0,
  }
  const share = shareOfStage(context.plan, state.stage?.index ?? -1)
  return valueTests.map((test) => {
    const growth = (): number => (model === undefined ? 0 : valuePassGrowth(model, criterion.margin, test, share))
    return viewOf(state, criterion.id, testNames[test], { ...units, growth })
  })
}

/** Log-ratio of the one pass test of a count criterion: the candidate's journeys whose time for the item is over. */
export function countPass(
  context: EvidenceContext,
  before: EvidenceState,
  criterion: CountCriterion,
  reveals: Readonly<Record<string, ItemReveal>>,
): ReadonlyMap<string, readonly number[]> {
  const own = itemState(context, before, criterion)
  const reveal = reveals[itemsOf(context.shop, criterion)?.id ?? '']
  if (own === undefined || reveal === undefined || itemUnits(own) < controlEnough) return new Map()
  const { limit, hoped } = itemLimit(own, criterion)
  return new Map([[wholeTest, [logErrorPass({ ok: reveal.without, error: reveal.having }, limit, hoped)]]])
}

/** Control journeys without which nothing is known of the item's share. */
const controlEnough = 10

function itemUnits({ baseline: [without = 0, having = 0] }: Pick<ItemState, 'baseline'>): number {
  return without + having
}

/**
 * The candidate's share that must be ruled out, and the one hoped for. From measured journeys alone: the floor that classes have
 * elsewhere (0.3 %) would be a multiple of what many items have.
 */
export function itemLimit(
  own: Pick<ItemState, 'baseline'>,
  { margin }: Pick<CountCriterion, 'margin'>,
): { readonly limit: number; readonly hoped: number } {
  const units = itemUnits(own)
  const share = units > 0 ? (own.baseline[1] ?? 0) / units : 0
  return { limit: margin + Math.max(0, share - shareError(share, units)), hoped: Math.max(margin / 50, share) }
}

export function countViews(
  context: EvidenceContext,
  state: EvidenceState,
  criterion: CountCriterion,
): readonly PassView[] {
  const own = itemState(context, state, criterion)
  if (own === undefined) return []
  const [without = 0, having = 0, candidateWithout = 0, candidateHaving = 0] = own.stage
  const candidate = candidateWithout + candidateHaving
  const { limit, hoped } = itemLimit(own, criterion)
  const view = {
    control: without + having,
    candidate,
    distinct: candidate,
    started: own.started,
    pending: Math.max(0, own.started - candidate),
    growth: () => errorPassGrowth(limit, hoped),
  }
  return [viewOf(state, criterion.id, wholeTest, view)]
}
