import type { Database, Transaction } from '../database/pool.ts'
import { priceBasket, type BasketLine, type Totals } from '../rules/totals.ts'
import type { Checkout } from '../storefront/storefront.ts'
import { findCoupon, findGiftCardBalance } from './cart-store.ts'

/** Price lines as of now, with whatever codes were named. */
export async function priceCheckout(
  on: Database | Transaction,
  lines: readonly BasketLine[],
  checkout: Checkout,
): Promise<Totals> {
  const { method, couponCode, giftCardCode } = checkout
  return priceBasket(lines, {
    method,
    now: new Date(),
    ...(couponCode === undefined ? {} : { coupon: { found: await findCoupon(on, couponCode) } }),
    ...(giftCardCode === undefined ? {} : { giftCard: { balanceCents: await findGiftCardBalance(on, giftCardCode) } }),
  })
}
