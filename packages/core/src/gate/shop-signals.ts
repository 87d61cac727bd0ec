import { HeadgateError } from '../model/errors.ts'
import { entryOf } from '../model/entry.ts'
import { itemDesign, type MixtureDesign } from '../stats/index.ts'
import type { CountCriterion, Criterion, RevenueCriterion } from './criterion.ts'
import type { JudgedModel } from './context.ts'
import { journeySlotMs } from './evidence.ts'

/** What the shop reports beside completions, as far as some criterion of the release watches it. */
export interface ShopSignals {
  /** Of criteria that name none. */
  readonly currency?: string
  readonly orders: readonly OrderContext[]
  readonly items: readonly ItemContext[]
}

/** The values of a flow's orders in one currency. */
export interface OrderContext {
  readonly id: string
  readonly flow: string
  readonly currency: string
  /** Margins of the revenue criteria that watch it. */
  readonly margins: readonly number[]
}

/** The journeys of a flow that get an item of one kind. */
export interface ItemContext {
  readonly id: string
  readonly flow: string
  readonly item: string
  readonly paths: readonly string[]
  readonly withinMs: number
  /** Width of the bookkeeping slots, so that their number does not grow with `withinMs`. */
  readonly slotMs: number
  /** The source whose silence may hide items, as frames name it. */
  readonly source: string
  readonly stop: MixtureDesign
}

/** Throws INVALID_MODEL where a criterion names an item or leaves out a currency that the model does not settle. */
export function shopSignals(criteria: readonly Criterion[], model: JudgedModel): ShopSignals {
  const orders = new Map<string, OrderContext>()
  const items = new Map<string, ItemContext>()
  for (const criterion of criteria) {
    if (criterion.signal === 'count') items.set(itemId(criterion), itemContext(criterion, model))
    if (criterion.signal !== 'revenue') continue
    const currency = currencyOf(criterion, model)
    const id = `${criterion.flow}/${currency}`
    const margins = new Set([...(orders.get(id)?.margins ?? []), criterion.margin])
    orders.set(id, { id, flow: criterion.flow, currency, margins: [...margins] })
  }
  const currency = onlyCurrency(model)
  return {
    ...(currency === undefined ? {} : { currency }),
    orders: [...orders.values()],
    items: [...items.values()],
  }
}

/** The orders that a revenue criterion watches. */
export function ordersOf(shop: ShopSignals, criterion: RevenueCriterion): OrderContext | undefined {
  const currency = criterion.currency ?? shop.currency
  return shop.orders.find((own) => own.flow === criterion.flow && own.currency === currency)
}

/** The items that a count criterion watches. */
export function itemsOf({ items }: ShopSignals, criterion: CountCriterion): ItemContext | undefined {
  return items.find(({ id }) => id === itemId(criterion))
}

function itemId({ flow, event }: CountCriterion): string {
  return `${flow}/${event}`
}

function onlyCurrency({ shop }: JudgedModel): string | undefined {
  return shop?.currencies.length === 1 ? shop.currencies[0] : undefined
}

function currencyOf(criterion: RevenueCriterion, model: JudgedModel): string {
  const currency = criterion.currency ?? onlyCurrency(model)
  if (currency !== undefined) return currency
  const known = model.shop?.currencies ?? []
  const message = `criterion ${criterion.id} names no currency, and the shop has ${known.length === 0 ? 'none' : known.join(', ')}; write currency`
  throw new HeadgateError('INVALID_MODEL', message)
}

function itemContext(criterion: CountCriterion, model: JudgedModel): ItemContext {
  const flow = entryOf(model.flows, criterion.flow)
  const item = entryOf(flow?.items ?? {}, criterion.event)
  if (flow === undefined || item === undefined) {
    const message = `criterion ${criterion.id} counts the item ${criterion.event}, which flow ${criterion.flow} does not have`
    throw new HeadgateError('INVALID_MODEL', message)
  }
  const paths = Object.keys(flow.paths)
  return {
    id: itemId(criterion),
    flow: criterion.flow,
    item: criterion.event,
    paths,
    withinMs: item.withinMs,
    slotMs: journeySlotMs * Math.max(1, Math.ceil(item.withinMs / slotsPerItem / journeySlotMs)),
    source: item.from === undefined ? 'outcomes' : `outcomes/${item.from}`,
    stop: itemDesign(paths.length),
  }
}

const slotsPerItem = 30
