import { Hono, type Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { z } from 'zod'
import type { Database } from '../database/pool.ts'
import type { Random } from '../random.ts'
import type { FaultSwitches } from '../service/faults.ts'
import type { Logger } from '../service/logger.ts'
import { addLine, readLines } from './cart-store.ts'
import { createCatalogueStore } from './catalogue-store.ts'
import { checkOut, type CheckoutDependencies } from './checkout.ts'
import { checkoutRequest, checkoutStatus, lineRequest, quoteRequest } from './contract.ts'
import { findOrder } from './order-store.ts'
import { priceCheckout } from './totals.ts'

export interface CommerceDependencies extends CheckoutDependencies {
  readonly logger: Logger
  readonly faults: FaultSwitches
  readonly random: Random
}

const uuid = '[0-9a-f-]{36}'

/** REST under `/v2`; shapes in contract.ts. Errors are `{ error }` with a sentence. */
export function createCommerceApp(dependencies: CommerceDependencies): Hono {
  const { database, logger } = dependencies
  const app = new Hono()
  app.get('/healthz', async (c) => {
    await database.query('select 1')
    return c.json({ status: 'ok' })
  })
  app.use('/v2/*', bodyLimit({ maxSize: 16 * 1_024 }))
  addFaults(app, dependencies)
  addCatalogue(app, database)
  addCarts(app, database)
  addCheckout(app, dependencies)
  app.notFound((c) => c.json({ error: 'no such resource' }, 404))
  app.onError((error, c) => {
    logger.error('a call failed', { method: c.req.method, path: c.req.path, error })
    return c.json({ error: 'internal error' }, 500)
  })
  return app
}

/** The fault `api-errors`: a share of the calls that matter to shoppers fails, as a bad deployment of this API would make them. */
function addFaults(app: Hono, { faults, random }: CommerceDependencies): void {
  app.use('/v2/*', async (c, next) => {
    const rate = faults.current['api-errors']?.rate ?? 0
    const isHit = /^\/v2\/(?:products\/|carts\/.*\/(?:quote|checkout)$)/.test(c.req.path)
    if (isHit && random() < rate) return c.json({ error: 'fault api-errors' }, 500)
    return next()
  })
}

function addCatalogue(app: Hono, database: Database): void {
  const catalogue = createCatalogueStore(database)
  app.get('/v2/categories', async (c) => c.json({ categories: await catalogue.categories() }))
  app.get('/v2/slugs', async (c) => c.json({ slugs: await catalogue.slugs() }))
  app.get('/v2/products', async (c) => {
    const { category, q } = c.req.query()
    if (category !== undefined) return c.json({ products: await catalogue.inCategory(category) })
    return c.json({ products: q === undefined ? await catalogue.featured() : await catalogue.search(q.slice(0, 80)) })
  })
  app.get('/v2/products/:slug', async (c) => {
    const product = await catalogue.product(c.req.param('slug'))
    return product === undefined ? c.notFound() : c.json(product)
  })
}

function addCarts(app: Hono, database: Database): void {
  const add = async (c: Context, cartId: string | undefined) => {
    const line = await readBody(c, lineRequest)
    if (line === undefined) return c.json({ error: 'a line is { sku, quantity }' }, 400)
    const id = await addLine(database, cartId, line.sku, line.quantity)
    if (id === undefined) return c.json({ error: `${line.sku} is sold out` }, 409)
    return c.json({ id, lines: await readLines(database, id) }, 201)
  }
  app.post('/v2/carts', (c) => add(c, undefined))
  app.post(`/v2/carts/:id{${uuid}}/lines`, (c) => add(c, c.req.param('id')))
  app.get(`/v2/carts/:id{${uuid}}`, async (c) => {
    const id = c.req.param('id')
    return c.json({ id, lines: await readLines(database, id) })
  })
  app.post(`/v2/carts/:id{${uuid}}/quote`, async (c) => {
    const request = await readBody(c, quoteRequest)
    if (request === undefined) return c.json({ error: 'a quote is { method, couponCode?, giftCardCode? }' }, 400)
    const lines = await readLines(database, c.req.param('id'))
    return c.json({ lines, totals: await priceCheckout(database, lines, request) })
  })
}

function addCheckout(app: Hono, dependencies: CommerceDependencies): void {
  app.post(`/v2/carts/:id{${uuid}}/checkout`, async (c) => {
    const idempotencyKey = c.req.header('idempotency-key') ?? ''
    if (!/^[\w-]{8,64}$/.test(idempotencyKey)) {
      return c.json({ error: 'the header Idempotency-Key (8 to 64 letters, digits, - or _) is missing' }, 400)
    }
    const request = await readBody(c, checkoutRequest)
    if (request === undefined) return c.json({ error: 'not a checkout, see the contract' }, 400)
    const journey = c.req.header('headgate-journey')
    const answer = await checkOut(dependencies, { cartId: c.req.param('id'), idempotencyKey, request, journey })
    return c.json(answer, checkoutStatus[answer.kind])
  })
  app.get(`/v2/orders/:id{${uuid}}`, async (c) => {
    const order = await findOrder(dependencies.database, c.req.param('id'))
    return order === undefined ? c.notFound() : c.json(order)
  })
}

async function readBody<Schema extends z.ZodType>(c: Context, schema: Schema): Promise<z.output<Schema> | undefined> {
  const parsed = schema.safeParse(await c.req.json().catch(() => undefined))
  return parsed.success ? parsed.data : undefined
}
