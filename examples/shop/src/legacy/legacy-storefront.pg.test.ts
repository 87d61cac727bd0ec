import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createShopDatabase, type ShopDatabase } from '../database/shop-database.test-support.ts'
import type { Outcome } from '../outcomes/outcome-sender.ts'
import { createPaymentProvider, testCards, type PaymentProvider } from '../rules/payment-provider.ts'
import type { Payment, Storefront } from '../storefront/storefront.ts'
import { abandonStaleOrders } from './order-store.ts'
import { createLegacyStorefront } from './storefront.ts'

let shop: ShopDatabase
let storefront: Storefront
let reported: Outcome[] = []
const sku = 'MR-0101'
const bank = createPaymentProvider(() => 0.5, 0)
const outcomes = { report: (outcome: Outcome) => reported.push(outcome) }

beforeAll(async () => {
  shop = await createShopDatabase()
  storefront = createLegacyStorefront({ database: shop.database, paymentProvider: bank, outcomes })
})
afterAll(() => shop.drop())
beforeEach(() => {
  reported = []
})

const setStock = (pieces: number) =>
  shop.database.query('update legacy.products set on_hand = $2 where products.sku = $1', [sku, pieces])
const stock = () => shop.count('select on_hand from legacy.products where sku = $1', [sku])

async function fillCart(quantity = 1): Promise<string> {
  const added = await storefront.addLine(undefined, sku, quantity)
  if (added.kind === 'sold-out') throw new Error('no stock to begin with')
  return added.cartId
}

async function paymentFor(cartId: string, change: Partial<Payment> = {}): Promise<Payment> {
  const checkout = { method: 'card' as const, ...change }
  const { totals } = await storefront.quote(cartId, checkout)
  return {
    ...checkout,
    attempt: 'attempt-1',
    expectedCents: totals.totalCents,
    instrument: { kind: 'card', number: testCards.accepted },
    email: 'shopper@example.com',
    journey: 'journey-token',
    ...change,
  }
}

test('three pieces and twenty carts make three orders', async () => {
  await setStock(100)
  const carts = await Promise.all(Array.from({ length: 20 }, () => fillCart()))
  const payments = await Promise.all(carts.map((cart) => paymentFor(cart)))
  await setStock(3)
  const results = await Promise.all(
    payments.map((payment, index) => storefront.pay(carts[index] ?? '', payment).then(({ kind }) => kind)),
  )
  expect(results.filter((kind) => kind === 'placed')).toHaveLength(3)
  expect(results.filter((kind) => kind === 'sold-out')).toHaveLength(17)
  expect(await stock()).toBe(0)
  expect(reported).toHaveLength(3)
})

test('pressing the button many times places one order', async () => {
  await setStock(10)
  const cart = await fillCart()
  const payment = await paymentFor(cart)
  const results = await Promise.all(Array.from({ length: 8 }, () => storefront.pay(cart, payment)))
  const orders = results.flatMap((result) => (result.kind === 'placed' ? [result.orderId] : []))
  expect(new Set(orders).size).toBe(1)
  expect(results.every(({ kind }) => kind === 'placed' || kind === 'in-progress')).toBe(true)
  expect(await storefront.pay(cart, payment)).toEqual({ kind: 'placed', orderId: orders[0] })
  expect(await stock()).toBe(9)
  expect(reported).toHaveLength(1)
})

test('a refused card puts goods and gift card money back', async () => {
  await setStock(5)
  const cart = await fillCart()
  const split = { method: 'split' as const, giftCardCode: 'GIFT-00007' }
  const balance = () => shop.count(`select balance_cents from legacy.gift_cards where code = 'GIFT-00007'`)
  const before = await balance()
  await shop.database.query(`update legacy.products set price_cents = 30000 where sku = $1`, [sku])
  const refused = await paymentFor(cart, {
    ...split,
    instrument: { kind: 'card', number: testCards.insufficientFunds },
  })
  expect(await storefront.pay(cart, refused)).toMatchObject({ kind: 'refused', final: false })
  expect([await stock(), await balance(), reported.length]).toEqual([5, before, 0])
  expect(await storefront.pay(cart, await paymentFor(cart, split))).toMatchObject({ kind: 'placed' })
  expect([await stock(), await balance()]).toEqual([4, 0])
})

test('an order whose process died is given up, its goods go back once, and the cart can be paid', async () => {
  await setStock(2)
  const cart = await fillCart()
  const dies: PaymentProvider = { authorise: () => Promise.reject(new Error('the process died')) }
  const dying = createLegacyStorefront({ database: shop.database, paymentProvider: dies, outcomes })
  const payment = await paymentFor(cart)
  await expect(dying.pay(cart, payment)).rejects.toThrow('the process died')
  expect(await storefront.pay(cart, payment)).toEqual({ kind: 'in-progress' })
  await shop.database.query(`update legacy.orders set created_at = now() - interval '1 minute' where state = 'pending'`)
  await abandonStaleOrders(shop.database, 30)
  await abandonStaleOrders(shop.database, 30)
  expect(await stock()).toBe(2)
  expect(await storefront.pay(cart, payment)).toMatchObject({ kind: 'placed' })
})

test('a price that moved since the form was shown is shown first, charged later', async () => {
  await setStock(5)
  const cart = await fillCart()
  const payment = await paymentFor(cart)
  await shop.database.query('update legacy.products set price_cents = price_cents + 100 where sku = $1', [sku])
  expect(await storefront.pay(cart, payment)).toEqual({
    kind: 'price-changed',
    totalCents: payment.expectedCents + 100,
  })
})
