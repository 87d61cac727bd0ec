import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createShopDatabase, type ShopDatabase } from '../database/shop-database.test-support.ts'
import type { Outcome } from '../outcomes/outcome-sender.ts'
import { createPaymentProvider, testCards, type PaymentProvider } from '../rules/payment-provider.ts'
import { addLine, readLines } from './cart-store.ts'
import { checkOut } from './checkout.ts'
import type { CheckoutAnswer, CheckoutRequest } from './contract.ts'
import { releaseStale } from './settlement-store.ts'
import { priceCheckout } from './totals.ts'

let shop: ShopDatabase
let reported: Outcome[] = []
const bank = createPaymentProvider(() => 0.5, 0)
const sku = 'MR-0001'

beforeAll(async () => {
  shop = await createShopDatabase()
})
afterAll(() => shop.drop())
beforeEach(() => {
  reported = []
})

const setStock = (pieces: number) =>
  shop.database.query('update commerce.stock set on_hand = $2, reserved = 0 where stock.sku = $1', [sku, pieces])
const stock = async () =>
  (
    await shop.database.query<{ on_hand: number; reserved: number }>(
      'select stock.on_hand, stock.reserved from commerce.stock where stock.sku = $1',
      [sku],
    )
  ).rows[0]

async function fillCart(quantity = 1): Promise<string> {
  const id = await addLine(shop.database, undefined, sku, quantity)
  if (id === undefined) throw new Error('no stock to begin with')
  return id
}

async function requestFor(cartId: string, change: Partial<CheckoutRequest> = {}): Promise<CheckoutRequest> {
  const request: CheckoutRequest = {
    method: 'card',
    expectedCents: 0,
    instrument: { kind: 'card', number: testCards.accepted },
    email: 'shopper@example.com',
    ...change,
  }
  const { totalCents } = await priceCheckout(shop.database, await readLines(shop.database, cartId), request)
  return { ...request, expectedCents: change.expectedCents ?? totalCents }
}

function buy(
  cartId: string,
  idempotencyKey: string,
  request: CheckoutRequest,
  paymentProvider: PaymentProvider = bank,
): Promise<CheckoutAnswer> {
  const outcomes = { report: (outcome: Outcome) => reported.push(outcome) }
  const dependencies = { database: shop.database, paymentProvider, outcomes }
  return checkOut(dependencies, { cartId, idempotencyKey, request, journey: 'journey-token' })
}

describe('stock', () => {
  test('three pieces and twenty carts make three orders, whoever comes first', async () => {
    await setStock(100)
    const carts = await Promise.all(Array.from({ length: 20 }, () => fillCart()))
    const requests = await Promise.all(carts.map((cart) => requestFor(cart)))
    await setStock(3)
    const answers = await Promise.all(
      carts.map((cart, index) => buy(cart, `key-${cart.slice(0, 20)}`, requests[index] ?? requests[0] ?? never())),
    )
    const kinds = answers.map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'placed')).toHaveLength(3)
    expect(kinds.filter((kind) => kind === 'sold-out')).toHaveLength(17)
    expect(await stock()).toEqual({ on_hand: 0, reserved: 0 })
    expect(reported.map(({ step }) => step)).toEqual(['order-placed', 'order-placed', 'order-placed'])
  })

  test('carts that share articles in any order never wait for each other in a circle', async () => {
    await setStock(100)
    const carts = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const [first = '', second = ''] = index % 2 === 0 ? [sku, 'MR-0002'] : ['MR-0002', sku]
        await shop.database.query('update commerce.stock set on_hand = 100, reserved = 0 where stock.sku = $1', [
          second,
        ])
        const cart = await addLine(shop.database, undefined, first, 1)
        return (await addLine(shop.database, cart, second, 1)) ?? never()
      }),
    )
    const answers = await Promise.all(
      carts.map(async (cart) => buy(cart, `mix-${cart.slice(0, 20)}`, await requestFor(cart))),
    )
    expect(answers.every(({ kind }) => kind === 'placed')).toBe(true)
  })

  test('a refused card gives back what was reserved, and the shopper may try another', async () => {
    await setStock(5)
    const cart = await fillCart(2)
    const refused = await requestFor(cart, { instrument: { kind: 'card', number: testCards.insufficientFunds } })
    expect(await buy(cart, 'refused-1', refused)).toEqual({ kind: 'refused', code: 'insufficient-funds', final: false })
    expect(await stock()).toEqual({ on_hand: 5, reserved: 0 })
    expect(reported).toEqual([])
    expect(await buy(cart, 'refused-2', await requestFor(cart))).toMatchObject({ kind: 'placed' })
    expect(await stock()).toEqual({ on_hand: 3, reserved: 0 })
  })

  test('a card that the bank has closed is reported as the failure of the journey', async () => {
    const cart = await fillCart()
    const closed = await requestFor(cart, { instrument: { kind: 'card', number: testCards.closed } })
    expect(await buy(cart, 'closed-1', closed)).toMatchObject({ kind: 'refused', final: true })
    expect(reported).toMatchObject([{ journey: 'journey-token', step: 'failed' }])
  })
})

describe('the same key', () => {
  test('places one order, however often and however fast it is sent', async () => {
    await setStock(10)
    const cart = await fillCart()
    const request = await requestFor(cart)
    const answers = await Promise.all(Array.from({ length: 8 }, () => buy(cart, 'pressed-often', request)))
    const orders = answers.flatMap((answer) => (answer.kind === 'placed' ? [answer.orderId] : []))
    expect(new Set(orders).size).toBe(1)
    expect(answers.every(({ kind }) => kind === 'placed' || kind === 'in-progress')).toBe(true)
    expect(await buy(cart, 'pressed-often', request)).toMatchObject({ kind: 'placed', orderId: orders[0] })
    expect(await stock()).toEqual({ on_hand: 9, reserved: 0 })
    expect(new Set(reported.map(({ id }) => id)).size).toBe(1)
  })

  test('with another content is refused', async () => {
    const cart = await fillCart()
    const request = await requestFor(cart)
    await buy(cart, 'key-of-one', request)
    expect(await buy(cart, 'key-of-one', { ...request, email: 'other@example.com' })).toEqual({ kind: 'key-reused' })
  })

  test('carries on where a process died while the bank was thinking', async () => {
    await setStock(4)
    const cart = await fillCart()
    const request = await requestFor(cart)
    const dies: PaymentProvider = { authorise: () => Promise.reject(new Error('the process died')) }
    await expect(buy(cart, 'died-once', request, dies)).rejects.toThrow('the process died')
    expect(await stock()).toEqual({ on_hand: 4, reserved: 1 })
    expect(await buy(cart, 'died-once', request)).toEqual({ kind: 'in-progress' })
    await shop.database.query(`update commerce.checkouts set busy_until = now() where idempotency_key = 'died-once'`)
    expect(await buy(cart, 'died-once', request)).toMatchObject({ kind: 'placed' })
    expect(await stock()).toEqual({ on_hand: 3, reserved: 0 })
  })
})

test('what a dead process had reserved is released for others, once', async () => {
  await setStock(1)
  const cart = await fillCart()
  const request = await requestFor(cart)
  const dies: PaymentProvider = { authorise: () => Promise.reject(new Error('the process died')) }
  await expect(buy(cart, 'died-for-good', request, dies)).rejects.toThrow('the process died')
  expect(await releaseStale(shop.database, 30)).toBe(0)
  await shop.database.query(
    `update commerce.checkouts set busy_until = now() - interval '1 minute' where idempotency_key = 'died-for-good'`,
  )
  expect(await releaseStale(shop.database, 30)).toBe(1)
  expect(await releaseStale(shop.database, 30)).toBe(0)
  expect(await stock()).toEqual({ on_hand: 1, reserved: 0 })
  expect(await buy(cart, 'died-for-good', request)).toEqual({ kind: 'refused', code: 'too-late', final: false })
  expect(await buy(cart, 'a-new-attempt', request)).toMatchObject({ kind: 'placed' })
})

test('a total that the shopper did not agree to is never charged', async () => {
  await setStock(10)
  const cart = await fillCart()
  const request = await requestFor(cart)
  const answer = await buy(cart, 'stale-price', { ...request, expectedCents: request.expectedCents - 1 })
  expect(answer).toEqual({ kind: 'price-changed', totalCents: request.expectedCents })
  expect(await stock()).toEqual({ on_hand: 10, reserved: 0 })
})

test('one gift card in two carts at once is never spent twice', async () => {
  await setStock(100)
  // Each cart alone costs more than the card holds, whatever the catalogue says.
  await shop.database.query('update commerce.prices set cents = 20000 where prices.sku = $1', [sku])
  const carts = await Promise.all([fillCart(2), fillCart(2)])
  const requests = await Promise.all(
    carts.map((cart) => requestFor(cart, { method: 'split', giftCardCode: 'GIFT-00042' })),
  )
  const balance = await shop.count(`select balance_cents from commerce.gift_cards where code = 'GIFT-00042'`)
  const answers = await Promise.all(
    carts.map((cart, index) => buy(cart, `gift-card-${index}`, requests[index] ?? never())),
  )
  // Who comes while the card is held must agree to a new split; who comes after it was spent pays it all by other means.
  expect(['placed placed', 'placed price-changed']).toContain(
    answers
      .map(({ kind }) => kind)
      .toSorted()
      .join(' '),
  )
  expect(balance).toBeGreaterThan(0)
  expect(
    await shop.count(
      `select sum(gift_card_cents)::integer from commerce.checkouts where gift_card_code = 'GIFT-00042'`,
    ),
  ).toBe(balance)
  expect(await shop.count(`select balance_cents + held_cents from commerce.gift_cards where code = 'GIFT-00042'`)).toBe(
    0,
  )
})

function never(): never {
  throw new Error('cannot happen')
}
