import { percentOf } from './money.ts'

export interface Coupon {
  readonly code: string
  readonly kind: 'percent' | 'fixed'
  /** Whole percent, or cents. */
  readonly value: number
  readonly minSubtotalCents: number
  readonly validUntil: Date
}

export type CouponEffect =
  | { readonly kind: 'applies'; readonly discountCents: number }
  | { readonly kind: 'refused'; readonly reason: string }

/** What a coupon takes off. Never more than the subtotal; expired and too small baskets are refused with a reason to show. */
export function applyCoupon(coupon: Coupon | undefined, subtotalCents: number, now: Date): CouponEffect {
  if (coupon === undefined) return { kind: 'refused', reason: 'We do not know this coupon.' }
  if (coupon.validUntil <= now) return { kind: 'refused', reason: 'This coupon has expired.' }
  if (subtotalCents < coupon.minSubtotalCents) return { kind: 'refused', reason: 'This coupon needs a larger basket.' }
  const discount = coupon.kind === 'percent' ? percentOf(subtotalCents, coupon.value) : coupon.value
  return { kind: 'applies', discountCents: Math.min(discount, subtotalCents) }
}
