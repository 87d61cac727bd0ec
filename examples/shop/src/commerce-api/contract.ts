import { z } from 'zod'
import { checkoutMethods } from '../rules/methods.ts'
import { maxQuantity } from '../rules/totals.ts'

/** The commerce API, version 2: what its clients send and receive. Requests are strict, answers may grow. */
const cents = z.int().min(0)

export const categoryList = z.object({ categories: z.array(z.object({ id: z.string(), title: z.string() })) })

export const productAnswer = z.object({
  sku: z.string(),
  slug: z.string(),
  title: z.string(),
  category: z.string(),
  description: z.string(),
  priceCents: cents,
  previousCents: cents,
  available: z.int().min(0),
})
export const productList = z.object({ products: z.array(productAnswer) })
export const slugList = z.object({ slugs: z.array(z.string()) })

const basketLine = z.object({
  sku: z.string(),
  slug: z.string(),
  title: z.string(),
  quantity: z.int().min(1),
  unitCents: cents,
})

export const cartAnswer = z.object({ id: z.uuid(), lines: z.array(basketLine) })

export const lineRequest = z.strictObject({ sku: z.string().min(1).max(40), quantity: z.int().min(1).max(maxQuantity) })

const code = z.string().min(1).max(40)
export const quoteRequest = z.strictObject({
  method: z.enum(checkoutMethods),
  couponCode: code.exactOptional(),
  giftCardCode: code.exactOptional(),
})

export const quoteAnswer = z.object({
  lines: z.array(basketLine),
  totals: z.object({
    subtotalCents: cents,
    discountCents: cents,
    shippingCents: cents,
    totalCents: cents,
    giftCardCents: cents,
    dueCents: cents,
    refusal: z.string().exactOptional(),
  }),
})

export const checkoutRequest = z.strictObject({
  ...quoteRequest.shape,
  expectedCents: cents,
  instrument: z.strictObject({ kind: z.enum(['card', 'wallet']), number: z.string().min(1).max(40) }),
  email: z.string().min(3).max(200),
  store: z.string().max(80).exactOptional(),
})
export type CheckoutRequest = z.infer<typeof checkoutRequest>

/** What became of a checkout. Each kind has one status, see {@link checkoutStatus}. */
export const checkoutAnswer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('placed'), orderId: z.uuid(), number: z.string() }),
  z.object({ kind: z.literal('refused'), code: z.string(), final: z.boolean() }),
  z.object({ kind: z.literal('price-changed'), totalCents: cents }),
  z.object({ kind: z.literal('sold-out'), title: z.string() }),
  z.object({ kind: z.literal('in-progress') }),
  z.object({ kind: z.literal('empty') }),
  z.object({ kind: z.literal('key-reused') }),
])
export type CheckoutAnswer = z.infer<typeof checkoutAnswer>

/** 402 as payment providers use it; 409 and 422 as the IETF draft on the Idempotency-Key header has them. */
export const checkoutStatus = {
  placed: 201,
  refused: 402,
  'price-changed': 409,
  'sold-out': 409,
  'in-progress': 409,
  empty: 404,
  'key-reused': 422,
} as const satisfies Record<CheckoutAnswer['kind'], number>

export const orderAnswer = z.object({
  id: z.uuid(),
  number: z.string(),
  method: z.enum(checkoutMethods),
  placedAt: z.iso.datetime(),
  lines: z.array(basketLine),
  totalCents: cents,
  store: z.string().exactOptional(),
})
export type OrderAnswer = z.infer<typeof orderAnswer>
