import { outcomeBatch, type OutcomeEvent } from '@headgate/protocol/signals'
import { eventLog } from '@headgate/testkit'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { Pool } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startCommerce } from '../commerce-api/service.ts'
import { createShopDatabase, quiet, type ShopDatabase } from '../database/shop-database.test-support.ts'
import { startLegacy } from '../legacy/service.ts'
import { startNext } from '../next/service.ts'
import { checkoutMethods, type CheckoutMethod } from '../rules/methods.ts'
import { testCards } from '../rules/payment-provider.ts'
import { setFaults } from '../service/fault-client.ts'
import type { Running } from '../service/process.ts'
import { createBrowser, type Browser } from '../shoppers/browser.ts'
import { hiddenFields, linksTo } from '../shoppers/page.ts'

/*
 * Both storefronts over real HTTP on a real database, visited with the browser of the lab's shoppers. What holds for one holds for
 * the other: they share one URL space, and shoppers must not be able to tell them apart by what they can do.
 */
const jsonLd = z.object({ offers: z.record(z.string(), z.string()).optional() })

let shop: ShopDatabase
let headgate: Server
const outcomes = eventLog<OutcomeEvent>()
const services: Running[] = []
const urls: Record<string, string> = {}
let internal: { legacy: string; next: string; commerce: string }
const pools: Pool[] = []

beforeAll(async () => {
  shop = await createShopDatabase()
  headgate = createServer((request, response) => void receive(request, response))
  await new Promise<void>((resolve) => {
    headgate.listen(0, '127.0.0.1', resolve)
  })
  const address = headgate.address()
  const headgateUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  const common = {
    host: '127.0.0.1',
    port: 0,
    internalPort: 0,
    logLevel: 'silent' as const,
    withParent: false,
    seed: 1,
  }
  const reporting = { headgateUrl, headgateToken: 'token', databaseUrl: shop.url, paymentMs: 0 }
  const front = { ...common, publicUrl: 'http://shop.example', renderMs: 0, sessionSecret: 'secret-of-this-test-run' }
  const commerce = await startCommerce({ ...common, ...reporting }, quiet)
  const legacy = await startLegacy({ ...front, ...reporting }, quiet)
  const commerceUrl = urlOf(commerce, 'http')
  const next = await startNext({ ...front, commerceUrl }, quiet)
  services.push(next, legacy, commerce)
  Object.assign(urls, { legacy: urlOf(legacy, 'http'), next: urlOf(next, 'http') })
  internal = {
    legacy: urlOf(legacy, 'internal'),
    next: urlOf(next, 'internal'),
    commerce: urlOf(commerce, 'internal'),
  }
})

afterEach(() => setFaults(internal, {}))
afterAll(async () => {
  for (const pool of pools) await pool.destroy()
  for (const service of services) await service.stop()
  headgate.close()
  await shop.drop()
})

const urlOf = (service: Running, port: string) => `http://127.0.0.1:${service.ports[port]}`

/** Takes outcomes as Headgate would. */
async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const event of outcomeBatch.parse(JSON.parse(await text(request))).events) outcomes.report(event)
  response.end('{"accepted":0,"duplicates":0,"rejected":[]}')
}

/** A browser behind a gateway, which adds the journey header. */
function visit(storefront: string): Browser {
  const pool = new Pool(urls[storefront] ?? '')
  pools.push(pool)
  const withJourney = pool.compose((dispatch) => (options, handler) => {
    const headers = Object.assign({}, options.headers, { 'headgate-journey': journey })
    return dispatch({ ...options, headers }, handler)
  })
  return createBrowser({ pool: withJourney, signal: new AbortController().signal, onPage: () => undefined })
}
let journey = 'token.0'
let journeys = 0

async function fillCart(browser: Browser): Promise<void> {
  journey = `token.${(journeys += 1)}`
  const listing = await browser.open('/c/kitchen')
  const product = await browser.open(linksTo(listing.body, '/p/')[0] ?? '')
  const { sku = '' } = hiddenFields(product.body, '/cart/add')
  expect((await browser.send('/cart/add', { sku, quantity: '1' })).kind).toBe('cart')
}

const startOf = (method: CheckoutMethod, giftCard = 'GIFT-00100') =>
  ({ coupon: '/checkout/start/coupon?code=spring10', split: `/checkout/start/split?gift=${giftCard}` })[
    method as string
  ] ?? `/checkout/start/${method}`

async function pay(browser: Browser, method: CheckoutMethod, extra: Record<string, string> = {}) {
  const form = await browser.open(startOf(method, extra['gift']))
  expect(form).toMatchObject({ kind: 'checkout', status: 200 })
  const hidden = hiddenFields(form.body, `/checkout/pay/${method}`)
  const store = method === 'collect' ? { store: 'Berlin Mitte' } : {}
  return browser.send(`/checkout/pay/${method}`, {
    card: testCards.accepted,
    email: 'shopper@example.com',
    ...store,
    ...hidden,
    ...extra,
  })
}

const orders = () =>
  shop.count(
    `select (select count(*) from commerce.orders) + (select count(*) from legacy.orders where state = 'placed') as orders`,
  )

describe.each(['legacy', 'next'])('%s', (storefront) => {
  test.each(checkoutMethods.map((method, index) => ({ method, index })))(
    'a shopper buys by $method, and Headgate hears of the order',
    async ({ method, index }) => {
      const browser = visit(storefront)
      await fillCart(browser)
      const before = await orders()
      const gift = method === 'split' ? { gift: `GIFT-0020${index}` } : {}
      const thanks = await pay(browser, method, gift)
      expect(thanks).toMatchObject({ kind: 'thanks', status: 200 })
      expect(await orders()).toBe(before + 1)
      const token = journey
      const outcome = await outcomes.waitUntilEvent((event) => event.journey === token)
      expect(outcome).toMatchObject({ step: 'order-placed', value: { currency: 'EUR' } })
      expect((await browser.open('/cart')).kind).toBe('empty-cart')
      expect((await browser.open('/account')).body).toMatch(/[LC]-\d+/)
    },
  )

  test('a refused card comes back as 402 with a form for another one', async () => {
    const browser = visit(storefront)
    await fillCart(browser)
    const refused = await pay(browser, 'card', { card: testCards.insufficientFunds })
    expect(refused).toMatchObject({ kind: 'payment-refused', status: 402 })
    expect(hiddenFields(refused.body, '/checkout/pay/card')['attempt']).toBeDefined()
    expect((await pay(browser, 'card')).kind).toBe('thanks')
  })

  test('a card closed by its bank is reported as a failed journey', async () => {
    const browser = visit(storefront)
    await fillCart(browser)
    expect(await pay(browser, 'card', { card: testCards.closed })).toMatchObject({ status: 402 })
    const token = journey
    expect(await outcomes.waitUntilEvent((event) => event.journey === token)).toMatchObject({ step: 'failed' })
  })

  test('a form sent twice places one order', async () => {
    const browser = visit(storefront)
    await fillCart(browser)
    const form = await browser.open('/checkout/start/card')
    const hidden = hiddenFields(form.body, '/checkout/pay/card')
    const fields = { ...hidden, card: testCards.accepted, email: 'shopper@example.com' }
    const before = await orders()
    const pages = await Promise.all([1, 2, 3].map(() => browser.send('/checkout/pay/card', fields)))
    expect(await orders()).toBe(before + 1)
    expect(pages.filter(({ kind }) => kind === 'thanks').length).toBeGreaterThan(0)
    expect(pages.every(({ status }) => status === 200 || status === 202)).toBe(true)
  })

  test('a tampered total is refused, an incomplete form is shown again', async () => {
    const browser = visit(storefront)
    await fillCart(browser)
    expect(await pay(browser, 'card', { expected: '1' })).toMatchObject({ kind: 'price-changed', status: 409 })
    expect(await pay(browser, 'card', { email: 'nobody' })).toMatchObject({ kind: 'checkout', status: 200 })
  })

  test('an order can be read by the shopper who placed it and by nobody else', async () => {
    const browser = visit(storefront)
    await fillCart(browser)
    await pay(browser, 'card')
    const [link = ''] = /\/checkout\/thanks\/[0-9a-f-]+/.exec((await browser.open('/account')).body) ?? []
    expect((await browser.open(link)).kind).toBe('thanks')
    expect((await visit(storefront).open(link)).status).toBe(404)
  })

  test('pages for search engines say what they are', async () => {
    const browser = visit(storefront)
    const path = linksTo((await browser.open('/c/bath')).body, '/p/')[0] ?? ''
    const { body } = await browser.open(path)
    expect(body).toContain(`<link rel="canonical" href="http://shop.example${path}" />`)
    const blocks = [...body.matchAll(/<script type="application\/ld\+json">([^<]*)<\/script>/g)]
    const [offer] = blocks.map(([, json = '']) => jsonLd.parse(JSON.parse(json)))
    expect(offer?.offers).toMatchObject({ priceCurrency: 'EUR', url: `http://shop.example${path}` })
    expect((await browser.open('/cart')).body).toContain('content="noindex"')
    expect((await browser.open('/robots.txt')).body).toContain('Disallow: /checkout/')
    expect((await browser.open('/sitemap.xml')).body).toContain(`<loc>http://shop.example${path}</loc>`)
  })

  test('what does not exist is 404, and what a shopper types is text', async () => {
    const browser = visit(storefront)
    for (const path of ['/nope', '/c/nope', '/p/nope', '/checkout/start/nope', '/checkout/thanks/nope']) {
      expect((await browser.open(path)).status).toBe(404)
    }
    const { body, status } = await browser.open(`/search?q=${encodeURIComponent('<script>%_')}`)
    expect(status).toBe(200)
    expect(body).not.toContain('<script>%')
  })

  test('both stacks serve the assets of both', async () => {
    const browser = visit(storefront)
    for (const name of ['base.css', 'legacy.css', 'next.css', 'shapes.svg', 'icon.svg']) {
      expect((await browser.open(`/assets/${name}`)).status).toBe(200)
    }
  })
})

describe('faults', () => {
  test('coupon-silent: the shopper is thanked and no order exists; other paths are well', async () => {
    await setFaults(internal, { 'coupon-silent': true })
    const browser = visit('next')
    await fillCart(browser)
    const before = await orders()
    expect(await pay(browser, 'coupon')).toMatchObject({ kind: 'thanks', status: 200 })
    expect(await orders()).toBe(before)
    expect((await pay(browser, 'card')).kind).toBe('thanks')
    expect(await orders()).toBe(before + 1)
  })

  test('price-mismatch: the candidate shows the price before the last change, and checkout rejects it', async () => {
    await shop.database.query('update commerce.prices set previous_cents = cents + 500')
    await setFaults(internal, { 'price-mismatch': true })
    const browser = visit('next')
    await fillCart(browser)
    expect(await pay(browser, 'card')).toMatchObject({ kind: 'price-changed', status: 409 })
    await setFaults(internal, {})
    expect((await pay(browser, 'card')).kind).toBe('thanks')
  })

  test('api-errors: product and checkout pages of the candidate fail, the legacy shop does not notice', async () => {
    const [next, legacy] = [visit('next'), visit('legacy')]
    await fillCart(next)
    await fillCart(legacy)
    const path = linksTo((await next.open('/')).body, '/p/')[0] ?? ''
    await setFaults(internal, { 'api-errors': { rate: 1 } })
    expect((await next.open(path)).status).toBe(503)
    expect((await next.open('/checkout/start/card')).status).toBe(503)
    expect((await legacy.open(path)).status).toBe(200)
    expect((await legacy.open('/checkout/start/card')).status).toBe(200)
  })

  test('blind: orders go through on both sides and nothing is reported', async () => {
    await setFaults(internal, { blind: true })
    const silent: string[] = []
    for (const storefront of ['legacy', 'next']) {
      const browser = visit(storefront)
      await fillCart(browser)
      silent.push(journey)
      expect((await pay(browser, 'card')).kind).toBe('thanks')
    }
    await setFaults(internal, {})
    for (const storefront of ['legacy', 'next']) {
      const browser = visit(storefront)
      await fillCart(browser)
      await pay(browser, 'card')
      const token = journey
      await outcomes.waitUntilEvent((event) => event.journey === token)
    }
    expect(outcomes.events.filter((event) => silent.includes(event.journey))).toEqual([])
  })
})
