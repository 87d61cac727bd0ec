import { randomUUID } from 'node:crypto'
import { inTransaction, prepared, rows, type Database, type Transaction } from '../database/pool.ts'
import type { Coupon } from '../rules/coupon.ts'
import { priceBasket, type BasketLine, type Totals } from '../rules/totals.ts'
import type { AddResult, Checkout } from '../storefront/storefront.ts'

const selectLines = prepared(
  'legacy-cart-lines',
  `select cart_lines.sku, products.slug, products.title, cart_lines.quantity, products.price_cents as "unitCents"
   from legacy.carts
   join legacy.cart_lines on cart_lines.cart_id = carts.id
   join legacy.products on products.sku = cart_lines.sku
   where carts.id = $1 and carts.ordered_at is null
   order by cart_lines.sku collate "C"`,
)
const lockOpenCart = prepared(
  'legacy-lock-open-cart',
  'select carts.id from legacy.carts where carts.id = $1 and carts.ordered_at is null for update',
)
const insertCart = prepared('legacy-open-cart', 'insert into legacy.carts (id) values ($1)')
const upsertLine = prepared(
  'legacy-add-line',
  `insert into legacy.cart_lines as line (cart_id, sku, quantity)
   select $1, products.sku, $3 from legacy.products where products.sku = $2 and products.on_hand >= $3
   on conflict (cart_id, sku) do update set quantity = least(20, line.quantity + excluded.quantity)
   returning line.sku`,
)
const selectCoupon = prepared(
  'legacy-coupon',
  `select coupons.code, coupons.kind, coupons.value, coupons.min_subtotal_cents as "minSubtotalCents",
     coupons.valid_until as "validUntil"
   from legacy.coupons where coupons.code = $1`,
)
const selectGiftCard = prepared(
  'legacy-gift-card',
  'select gift_cards.balance_cents as "balanceCents" from legacy.gift_cards where gift_cards.code = $1',
)

/** Lines of an open cart at today's prices, by article. */
export function readLegacyCart(on: Database | Transaction, cartId: string): Promise<readonly BasketLine[]> {
  return rows<BasketLine>(on, selectLines([cartId]))
}

/** Take the cart for this transaction; false when there is none that is open. */
export async function lockLegacyCart(transaction: Transaction, cartId: string): Promise<boolean> {
  return (await rows(transaction, lockOpenCart([cartId]))).length === 1
}

export function addLegacyLine(
  database: Database,
  cartId: string | undefined,
  sku: string,
  quantity: number,
): Promise<AddResult> {
  return inTransaction(database, async (transaction) => {
    const isOpen = cartId !== undefined && (await lockLegacyCart(transaction, cartId))
    const id = isOpen ? cartId : randomUUID()
    if (!isOpen) await transaction.query(insertCart([id]))
    const added = await rows(transaction, upsertLine([id, sku, quantity]))
    if (added.length === 0) return { kind: 'sold-out' }
    const lines = await readLegacyCart(transaction, id)
    return { kind: 'added', cartId: id, items: lines.reduce((sum, line) => sum + line.quantity, 0) }
  })
}

/** Price lines as of now, with whatever codes were named. */
export async function priceLegacyCheckout(
  on: Database | Transaction,
  lines: readonly BasketLine[],
  { method, couponCode, giftCardCode }: Checkout,
): Promise<Totals> {
  const coupon = couponCode === undefined ? [] : await rows<Coupon>(on, selectCoupon([couponCode]))
  const giftCard =
    giftCardCode === undefined ? [] : await rows<{ balanceCents: number }>(on, selectGiftCard([giftCardCode]))
  return priceBasket(lines, {
    method,
    now: new Date(),
    ...(couponCode === undefined ? {} : { coupon: { found: coupon[0] } }),
    ...(giftCardCode === undefined ? {} : { giftCard: { balanceCents: giftCard[0]?.balanceCents } }),
  })
}
