import { priceBasket, type BasketLine } from '../rules/totals.ts'
import type { FaultSwitches } from '../service/faults.ts'
import type { Checkout, Quote, Storefront } from '../storefront/storefront.ts'

/**
 * The headless storefront with its two own ways to go wrong, as switches. `coupon-silent`: a rejected promise of the coupon service is
 * swallowed, so that the shopper is thanked and no order exists. `price-mismatch`: the price cache has stopped refreshing, so that
 * shoppers are shown, and agree to, the price before the last change; the commerce API refuses such a total.
 */
export function withFaults(storefront: Storefront, faults: FaultSwitches): Storefront {
  return {
    ...storefront,
    async quote(cartId, checkout) {
      const quote = await storefront.quote(cartId, checkout)
      return faults.current['price-mismatch'] === true ? staleQuote(storefront, quote, checkout) : quote
    },
    async pay(cartId, payment) {
      const isSwallowed = faults.current['coupon-silent'] === true && payment.method === 'coupon'
      return isSwallowed ? { kind: 'acknowledged' } : storefront.pay(cartId, payment)
    },
  }
}

/** The quote as a cache would make it that still holds every article's price before the last change. */
async function staleQuote(storefront: Storefront, quote: Quote, checkout: Checkout): Promise<Quote> {
  const lines = await Promise.all(quote.lines.map((line) => atPreviousPrice(storefront, line)))
  const { subtotalCents, discountCents } = quote.totals
  const stale = priceBasket(lines, { method: checkout.method, now: new Date() })
  // What the coupon took off is scaled along; the gift card pays what it paid.
  const discount = subtotalCents === 0 ? 0 : Math.round((discountCents * stale.subtotalCents) / subtotalCents)
  const totalCents = stale.totalCents - discount
  const giftCardCents = Math.min(quote.totals.giftCardCents, totalCents)
  const totals = { ...stale, discountCents: discount, totalCents, giftCardCents, dueCents: totalCents - giftCardCents }
  return { lines, totals }
}

async function atPreviousPrice(storefront: Storefront, line: BasketLine): Promise<BasketLine> {
  const product = await storefront.product(line.slug)
  return product === undefined ? line : { ...line, unitCents: product.previousCents }
}
