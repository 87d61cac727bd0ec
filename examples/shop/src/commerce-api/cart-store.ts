import { randomUUID } from 'node:crypto'
import { inTransaction, prepared, rows, type Database, type Transaction } from '../database/pool.ts'
import type { Coupon } from '../rules/coupon.ts'
import type { BasketLine } from '../rules/totals.ts'

const selectLines = prepared(
  'commerce-cart-lines',
  `select cart_lines.sku, products.slug, products.title, cart_lines.quantity, prices.cents as "unitCents"
   from commerce.carts
   join commerce.cart_lines on cart_lines.cart_id = carts.id
   join commerce.products on products.sku = cart_lines.sku
   join commerce.prices on prices.sku = cart_lines.sku
   where carts.id = $1 and carts.order_id is null
   order by cart_lines.sku collate "C"`,
)
const selectCoupon = prepared(
  'commerce-coupon',
  `select coupons.code, coupons.kind, coupons.value, coupons.min_subtotal_cents as "minSubtotalCents",
     coupons.valid_until as "validUntil"
   from commerce.coupons where coupons.code = $1`,
)
const selectGiftCard = prepared(
  'commerce-gift-card',
  'select gift_cards.balance_cents - gift_cards.held_cents as "balanceCents" from commerce.gift_cards where gift_cards.code = $1',
)
const insertCart = prepared('commerce-open-cart', 'insert into commerce.carts (id) values ($1)')
const lockOpenCart = prepared(
  'commerce-lock-open-cart',
  'select carts.id from commerce.carts where carts.id = $1 and carts.order_id is null for update',
)
/** Adds up to what one order may hold and stock can give; no row means that the article is sold out or unknown. */
const upsertLine = prepared(
  'commerce-add-line',
  `insert into commerce.cart_lines as line (cart_id, sku, quantity)
   select $1, stock.sku, $3 from commerce.stock where stock.sku = $2 and stock.on_hand - stock.reserved >= $3
   on conflict (cart_id, sku) do update set quantity = least(20, line.quantity + excluded.quantity)
   returning line.sku`,
)

/** Lines of an open cart at today's prices, by article; empty when there is no such cart or it was ordered. */
export function readLines(on: Database | Transaction, cartId: string): Promise<readonly BasketLine[]> {
  return rows<BasketLine>(on, selectLines([cartId]))
}

export async function findCoupon(on: Database | Transaction, code: string): Promise<Coupon | undefined> {
  return (await rows<Coupon>(on, selectCoupon([code])))[0]
}

export async function findGiftCardBalance(on: Database | Transaction, code: string): Promise<number | undefined> {
  return (await rows<{ balanceCents: number }>(on, selectGiftCard([code])))[0]?.balanceCents
}

/** Add a line to an open cart, or to a new one; undefined when the article cannot be had. */
export function addLine(
  database: Database,
  cartId: string | undefined,
  sku: string,
  quantity: number,
): Promise<string | undefined> {
  return inTransaction(database, async (transaction) => {
    const open = cartId === undefined ? undefined : (await rows<{ id: string }>(transaction, lockOpenCart([cartId])))[0]
    const id = open?.id ?? randomUUID()
    if (open === undefined) await transaction.query(insertCart([id]))
    const added = await rows(transaction, upsertLine([id, sku, quantity]))
    return added.length === 0 ? undefined : id
  })
}
