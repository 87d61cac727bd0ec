import { afterAll, beforeAll, expect, test } from 'vitest'
import { createErpStore } from '../commerce-api/erp-store.ts'
import { createShopDatabase, type ShopDatabase } from '../database/shop-database.test-support.ts'
import { createLegacyErpStore } from '../legacy/erp-store.ts'
import { createPaymentProvider, testCards } from '../rules/payment-provider.ts'
import { createLegacyStorefront } from '../legacy/storefront.ts'
import type { ErpChannel } from './channel-routes.ts'
import type { ChannelLink } from './channel-link.ts'
import { exchange } from './exchange.ts'
import { createErpLedger, type ErpStore } from './store.ts'

let shop: ShopDatabase
let ledger: ErpStore
let channels: { legacy: ErpChannel; commerce: ErpChannel }

beforeAll(async () => {
  shop = await createShopDatabase()
  ledger = createErpLedger(shop.database)
  channels = { legacy: createLegacyErpStore(shop.database), commerce: createErpStore(shop.database) }
})
afterAll(() => shop.drop())

/** A link without a network; `breaks` makes the confirmation of what was done get lost. */
function link(channel: ErpChannel, breaks = false): ChannelLink {
  const lost = () => (breaks ? Promise.reject(new Error('the connection broke')) : Promise.resolve())
  return {
    deliver: (events) => channel.apply(events).then(lost),
    fetchOrders: () => channel.ordersToExport(200).then((orders) => [...orders]),
    confirmOrders: (ids) => (breaks ? lost() : channel.confirmExported(ids)),
    close: () => Promise.resolve(),
  }
}

const run = async () => {
  await exchange(ledger, 'legacy', link(channels.legacy))
  await exchange(ledger, 'commerce', link(channels.commerce))
}
const disagreeing = () =>
  shop.count(
    `select count(*) from erp.items i join legacy.products l using (sku) join commerce.prices p using (sku)
     where l.price_cents <> i.price_cents or p.cents <> i.price_cents
       or l.price_version <> i.price_version or p.version <> i.price_version`,
  )

test('price changes reach both channels, also when the answer to a delivery was lost', async () => {
  for (const index of [3, 77, 3, 300]) await ledger.changePrice(index, 1.07)
  expect(await disagreeing()).toBe(3)
  await expect(exchange(ledger, 'legacy', link(channels.legacy, true))).rejects.toThrow('the connection broke')
  await run()
  expect(await disagreeing()).toBe(0)
  expect(await ledger.pending('legacy', 10)).toEqual([])
})

test('an older price never overwrites a newer one', async () => {
  const event = { kind: 'price-changed' as const, sku: 'MR-0005', previousCents: 900 }
  const newer = { ...event, id: '11111111-1111-4111-8111-111111111111', cents: 1_500, version: 90 }
  const older = { ...event, id: '22222222-2222-4222-8222-222222222222', cents: 1_100, version: 89 }
  for (const channel of Object.values(channels)) expect(await channel.apply([newer, older, newer])).toBe(2)
  expect(await shop.count(`select price_cents from legacy.products where sku = 'MR-0005'`)).toBe(1_500)
  expect(await shop.count(`select cents from commerce.prices where sku = 'MR-0005'`)).toBe(1_500)
})

test('sales are booked once, stock that runs low is refilled, spent gift cards are told to the other channel', async () => {
  const sku = 'MR-0202'
  await shop.database.query(`update legacy.products set on_hand = 150, price_cents = 20000 where sku = $1`, [sku])
  await shop.database.query(`update erp.stock set on_hand = 150 where sku = $1 and channel = 'legacy'`, [sku])
  const storefront = createLegacyStorefront({
    database: shop.database,
    paymentProvider: createPaymentProvider(() => 0.5, 0),
    outcomes: { report: () => undefined },
  })
  const added = await storefront.addLine(undefined, sku, 1)
  const cartId = added.kind === 'added' ? added.cartId : ''
  const checkout = { method: 'split' as const, giftCardCode: 'GIFT-00011' }
  const { totals } = await storefront.quote(cartId, checkout)
  const paid = await storefront.pay(cartId, {
    ...checkout,
    attempt: 'one-attempt',
    expectedCents: totals.totalCents,
    instrument: { kind: 'card', number: testCards.accepted },
    email: 'shopper@example.com',
  })
  expect(paid.kind).toBe('placed')
  await expect(exchange(ledger, 'legacy', link(channels.legacy, true))).rejects.toThrow('the connection broke')
  await run()
  await run()
  const onHand = await shop.count(`select on_hand from legacy.products where sku = $1`, [sku])
  expect(onHand).toBe(549)
  expect(await shop.count(`select on_hand from erp.stock where sku = $1 and channel = 'legacy'`, [sku])).toBe(549)
  expect(await shop.count(`select balance_cents from commerce.gift_cards where code = 'GIFT-00011'`)).toBe(0)
  expect(await shop.count(`select count(*) from erp.orders`)).toBe(1)
})
