import { applyCoupon, type Coupon } from './coupon.ts'
import type { CheckoutMethod } from './methods.ts'

export interface BasketLine {
  readonly sku: string
  readonly slug: string
  readonly title: string
  readonly quantity: number
  readonly unitCents: number
}

export interface Totals {
  readonly subtotalCents: number
  readonly discountCents: number
  readonly shippingCents: number
  /** What the order costs: subtotal - discount + shipping. */
  readonly totalCents: number
  /** Part of the total that the gift card pays. */
  readonly giftCardCents: number
  /** What is left for the card or wallet. */
  readonly dueCents: number
  /** Why the coupon or gift card that was named takes nothing off. */
  readonly refusal?: string
}

/** Parts of a checkout beyond the basket that move its total. A code that was named but not found is `undefined` by value. */
export interface TotalsInput {
  readonly method: CheckoutMethod
  readonly coupon?: { readonly found: Coupon | undefined }
  readonly giftCard?: { readonly balanceCents: number | undefined }
  readonly now: Date
}

const shippingCents = 490
const freeShippingFromCents = 5_000
export const maxQuantity = 20

/** The one place that prices a basket, for both systems: the same lines and codes cost the same on either storefront. */
export function priceBasket(lines: readonly BasketLine[], input: TotalsInput): Totals {
  const subtotalCents = lines.reduce((sum, line) => sum + line.unitCents * line.quantity, 0)
  const coupon = input.coupon && applyCoupon(input.coupon.found, subtotalCents, input.now)
  const discountCents = coupon?.kind === 'applies' ? coupon.discountCents : 0
  const shipping = shippingOf(subtotalCents - discountCents, input.method)
  const totalCents = subtotalCents - discountCents + shipping
  const giftCardCents = Math.min(input.giftCard?.balanceCents ?? 0, totalCents)
  const refusal = coupon?.kind === 'refused' ? coupon.reason : giftCardRefusal(input)
  return {
    subtotalCents,
    discountCents,
    shippingCents: shipping,
    totalCents,
    giftCardCents,
    dueCents: totalCents - giftCardCents,
    ...(refusal === undefined ? {} : { refusal }),
  }
}

function shippingOf(goodsCents: number, method: CheckoutMethod): number {
  return method === 'collect' || goodsCents >= freeShippingFromCents ? 0 : shippingCents
}

function giftCardRefusal(input: TotalsInput): string | undefined {
  if (input.giftCard === undefined) return undefined
  if (input.giftCard.balanceCents === undefined) return 'We do not know this gift card.'
  return input.giftCard.balanceCents === 0 ? 'This gift card is empty.' : undefined
}
