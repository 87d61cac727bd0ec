import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import type { Coupon } from './coupon.ts'
import { checkoutMethods } from './methods.ts'
import { priceBasket, type BasketLine } from './totals.ts'

const now = new Date('2026-06-01T12:00:00Z')
const tenPercent: Coupon = {
  code: 'SPRING10',
  kind: 'percent',
  value: 10,
  minSubtotalCents: 0,
  validUntil: new Date('2100-01-01'),
}
const line = (unitCents: number, quantity = 1): BasketLine => ({ sku: 'A', slug: 'a', title: 'A', quantity, unitCents })

const withGiftCard = (balanceCents: number | undefined) =>
  priceBasket([line(2_000)], { method: 'split', now, giftCard: { balanceCents } })

const lines = fc.array(
  fc.record({ unitCents: fc.integer({ min: 1, max: 500_000 }), quantity: fc.integer({ min: 1, max: 20 }) }),
  { minLength: 1, maxLength: 8 },
)

describe('the total of a basket', () => {
  test.prop([
    lines,
    fc.constantFrom(...checkoutMethods),
    fc.integer({ min: 0, max: 100 }),
    fc.option(fc.integer({ min: 0, max: 1_000_000 }), { nil: undefined }),
  ])(
    'adds up to the cent, is never negative, and gift card plus rest is the total',
    (drawn, method, percent, balance) => {
      const totals = priceBasket(
        drawn.map(({ unitCents, quantity }) => line(unitCents, quantity)),
        {
          method,
          now,
          coupon: { found: { ...tenPercent, value: percent } },
          ...(balance === undefined ? {} : { giftCard: { balanceCents: balance } }),
        },
      )
      expect(totals.totalCents).toBe(totals.subtotalCents - totals.discountCents + totals.shippingCents)
      expect(totals.giftCardCents + totals.dueCents).toBe(totals.totalCents)
      expect(
        Math.min(totals.totalCents, totals.dueCents, totals.giftCardCents, totals.discountCents),
      ).toBeGreaterThanOrEqual(0)
      expect(
        Object.values(totals)
          .filter((value) => typeof value === 'number')
          .every(Number.isInteger),
      ).toBe(true)
    },
  )

  test('delivery is free from 50 euro after the coupon, and always for click and collect', () => {
    expect(priceBasket([line(4_999)], { method: 'card', now }).shippingCents).toBe(490)
    expect(priceBasket([line(5_000)], { method: 'card', now }).shippingCents).toBe(0)
    expect(priceBasket([line(5_000)], { method: 'coupon', now, coupon: { found: tenPercent } }).shippingCents).toBe(490)
    expect(priceBasket([line(100)], { method: 'collect', now }).shippingCents).toBe(0)
  })

  test('a gift card pays no more than the order costs', () => {
    const totals = priceBasket([line(6_000)], { method: 'split', now, giftCard: { balanceCents: 10_000 } })
    expect(totals).toMatchObject({ giftCardCents: 6_000, dueCents: 0 })
  })

  test.each([
    [{ found: undefined }, 'We do not know this coupon.'],
    [{ found: { ...tenPercent, validUntil: now } }, 'This coupon has expired.'],
    [{ found: { ...tenPercent, minSubtotalCents: 2_001 } }, 'This coupon needs a larger basket.'],
  ])('a coupon that does not apply takes nothing off and says why', (coupon, reason) => {
    const totals = priceBasket([line(2_000)], { method: 'coupon', now, coupon })
    expect(totals).toMatchObject({ discountCents: 0, refusal: reason })
  })

  test('an unknown or empty gift card takes nothing off and says why', () => {
    expect(withGiftCard(undefined)).toMatchObject({ giftCardCents: 0, refusal: 'We do not know this gift card.' })
    expect(withGiftCard(0)).toMatchObject({ giftCardCents: 0, refusal: 'This gift card is empty.' })
  })

  test('a fixed coupon takes off no more than the goods cost', () => {
    const fixed: Coupon = { ...tenPercent, kind: 'fixed', value: 500 }
    expect(priceBasket([line(300)], { method: 'coupon', now, coupon: { found: fixed } })).toMatchObject({
      discountCents: 300,
      totalCents: 490,
    })
  })
})
