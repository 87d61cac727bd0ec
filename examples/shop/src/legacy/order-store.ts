import { randomUUID } from 'node:crypto'
import { inTransaction, prepared, rows, type Database, type Transaction } from '../database/pool.ts'
import type { CheckoutMethod } from '../rules/methods.ts'
import type { BasketLine, Totals } from '../rules/totals.ts'
import type { Order, Payment, PaymentResult } from '../storefront/storefront.ts'
import { lockLegacyCart, priceLegacyCheckout, readLegacyCart } from './cart-store.ts'

/** An order that waits for the bank; its goods and gift card money are taken already and go back if the bank says no. */
export interface PendingOrder {
  readonly id: string
  readonly dueCents: number
  readonly totalCents: number
}

export type OpenResult =
  | { readonly kind: 'pending'; readonly order: PendingOrder }
  | { readonly kind: 'answered'; readonly result: PaymentResult }

class NotOrderable extends Error {
  readonly result: PaymentResult
  constructor(result: PaymentResult) {
    super(result.kind)
    this.result = result
  }
}

/**
 * Open an order: goods leave the shelf first, the bank is asked next. One order per cart at a time: a second press of the button waits for
 * the cart's lock, then finds the order of the first.
 */
export async function openOrder(database: Database, cartId: string, payment: Payment): Promise<OpenResult> {
  try {
    return await inTransaction(database, async (transaction) => {
      const isOpen = await lockLegacyCart(transaction, cartId)
      const known = await findActive(transaction, cartId)
      if (known !== undefined) return { kind: 'answered', result: known }
      const lines = isOpen ? await readLegacyCart(transaction, cartId) : []
      if (lines.length === 0) throw new NotOrderable({ kind: 'empty' })
      const totals = await priceLegacyCheckout(transaction, lines, payment)
      const { totalCents } = totals
      if (totalCents !== payment.expectedCents) throw new NotOrderable({ kind: 'price-changed', totalCents })
      await takeGoods(transaction, lines)
      await takeGiftCard(transaction, payment, totals)
      const id = await insertOrder(transaction, { cartId, payment, lines, totals })
      return { kind: 'pending', order: { id, totalCents, dueCents: totals.dueCents } }
    })
  } catch (error) {
    if (error instanceof NotOrderable) return { kind: 'answered', result: error.result }
    throw error
  }
}

const selectActive = prepared(
  'legacy-active-order',
  `select orders.id, orders.state from legacy.orders where orders.cart_id = $1 and orders.state in ('pending', 'placed')`,
)

async function findActive(transaction: Transaction, cartId: string): Promise<PaymentResult | undefined> {
  const [active] = await rows<{ id: string; state: string }>(transaction, selectActive([cartId]))
  if (active === undefined) return undefined
  return active.state === 'placed' ? { kind: 'placed', orderId: active.id } : { kind: 'in-progress' }
}

const takeStock = prepared(
  'legacy-take-stock',
  `update legacy.products set on_hand = products.on_hand - $2
   where products.sku = $1 and products.on_hand >= $2 returning products.sku`,
)

/** By article, as lines come sorted: everybody locks in that order, so nobody waits in a circle. */
async function takeGoods(transaction: Transaction, lines: readonly BasketLine[]): Promise<void> {
  for (const line of lines) {
    const taken = await rows(transaction, takeStock([line.sku, line.quantity]))
    if (taken.length === 0) throw new NotOrderable({ kind: 'sold-out', title: line.title })
  }
}

const takeMoney = prepared(
  'legacy-take-gift-card',
  `update legacy.gift_cards set balance_cents = gift_cards.balance_cents - $2
   where gift_cards.code = $1 and gift_cards.balance_cents >= $2 returning gift_cards.code`,
)

async function takeGiftCard(transaction: Transaction, payment: Payment, totals: Totals): Promise<void> {
  if (totals.giftCardCents === 0) return
  const taken = await rows(transaction, takeMoney([payment.giftCardCode, totals.giftCardCents]))
  if (taken.length === 0) throw new NotOrderable({ kind: 'price-changed', totalCents: totals.totalCents })
}

interface NewOrder {
  readonly cartId: string
  readonly payment: Payment
  readonly lines: readonly BasketLine[]
  readonly totals: Totals
}

const insertHead = prepared(
  'legacy-insert-order',
  `insert into legacy.orders
     (id, number, cart_id, state, method, email, store, coupon_code, gift_card_code, gift_card_cents, total_cents)
   values ($1, 'L-' || nextval('legacy.order_numbers'), $2, 'pending', $3, $4, $5, $6, $7, $8, $9)`,
)
const insertLine = prepared(
  'legacy-insert-order-line',
  `insert into legacy.order_lines (order_id, sku, slug, title, quantity, unit_cents) values ($1, $2, $3, $4, $5, $6)`,
)

async function insertOrder(transaction: Transaction, { cartId, payment, lines, totals }: NewOrder): Promise<string> {
  const id = randomUUID()
  const { method, email, store, couponCode, giftCardCode } = payment
  const named = [method, email, store ?? null, couponCode ?? null, giftCardCode ?? null]
  await transaction.query(insertHead([id, cartId, ...named, totals.giftCardCents, totals.totalCents]))
  for (const { sku, slug, title, quantity, unitCents } of lines) {
    await transaction.query(insertLine([id, sku, slug, title, quantity, unitCents]))
  }
  return id
}

const markPlaced = prepared(
  'legacy-place-order',
  `with placed as (
     update legacy.orders set state = 'placed', authorisation = $2, placed_at = now()
     where orders.id = $1 and orders.state = 'pending' returning orders.id, orders.cart_id
   )
   update legacy.carts set ordered_at = now() from placed where carts.id = placed.cart_id returning placed.id`,
)

/** The bank said yes. False when the order was given up meanwhile; the authorisation is then never captured and lapses. */
export async function placeOrder(database: Database, id: string, authorisation: string): Promise<boolean> {
  return (await rows(database, markPlaced([id, authorisation]))).length === 1
}

const giveUp = prepared(
  'legacy-give-up-order',
  `update legacy.orders set state = $2 where orders.id = $1 and orders.state = 'pending' returning orders.id`,
)
const returnGoods = prepared(
  'legacy-return-goods',
  `with back as (
     select products.sku, order_lines.quantity
     from legacy.order_lines join legacy.products on products.sku = order_lines.sku
     where order_lines.order_id = $1
     order by products.sku collate "C" for update of products
   )
   update legacy.products set on_hand = products.on_hand + back.quantity from back where back.sku = products.sku`,
)
const returnGiftCard = prepared(
  'legacy-return-gift-card',
  `update legacy.gift_cards set balance_cents = gift_cards.balance_cents + orders.gift_card_cents
   from legacy.orders where orders.id = $1 and gift_cards.code = orders.gift_card_code`,
)

/** Put goods and gift card money back, once. */
export function giveUpOrder(database: Database, id: string, state: 'refused' | 'abandoned'): Promise<void> {
  return inTransaction(database, async (transaction) => {
    const wasPending = (await rows(transaction, giveUp([id, state]))).length === 1
    if (!wasPending) return
    await transaction.query(returnGoods([id]))
    await transaction.query(returnGiftCard([id]))
  })
}

const selectStale = prepared(
  'legacy-stale-orders',
  `select orders.id from legacy.orders
   where orders.state = 'pending' and orders.created_at < now() - make_interval(secs => $1)
   order by orders.created_at limit 20`,
)

/** Orders whose process died while the bank was thinking. */
export async function abandonStaleOrders(database: Database, afterSeconds: number): Promise<void> {
  for (const { id } of await rows<{ id: string }>(database, selectStale([afterSeconds]))) {
    await giveUpOrder(database, id, 'abandoned')
  }
}

const selectOrder = prepared(
  'legacy-order',
  `select orders.id, orders.number, orders.method, orders.store, orders.placed_at as "placedAt",
     orders.total_cents as "totalCents",
     (select jsonb_agg(jsonb_build_object('sku', line.sku, 'slug', line.slug, 'title', line.title,
        'quantity', line.quantity, 'unitCents', line.unit_cents) order by line.sku)
      from legacy.order_lines as line where line.order_id = orders.id) as lines
   from legacy.orders where orders.id = $1 and orders.state = 'placed'`,
)

interface OrderRow {
  readonly id: string
  readonly number: string
  readonly method: CheckoutMethod
  readonly store: string | null
  readonly placedAt: Date
  readonly totalCents: number
  readonly lines: BasketLine[]
}

export async function findLegacyOrder(database: Database, id: string): Promise<Order | undefined> {
  const [order] = await rows<OrderRow>(database, selectOrder([id]))
  if (order === undefined) return undefined
  const { store, ...rest } = order
  return { ...rest, ...(store === null ? {} : { store }) }
}
