import {
  cartAnswer,
  categoryList,
  checkoutAnswer,
  orderAnswer,
  productAnswer,
  productList,
  quoteAnswer,
  slugList,
  type CheckoutAnswer,
} from '../commerce-api/contract.ts'
import type { AddResult, Checkout, Payment, PaymentResult, Quote, Storefront } from '../storefront/storefront.ts'
import type { CommerceClient } from './commerce-client.ts'

/** The headless storefront: no data of its own, everything from the commerce API. */
export function createNextStorefront(client: CommerceClient): Storefront {
  const products = async (path: string) => (await client.read(path, productList))?.products ?? []
  return {
    categories: async () => (await client.read('/v2/categories', categoryList))?.categories ?? [],
    featured: () => products('/v2/products'),
    inCategory: (category) => products(`/v2/products?category=${encodeURIComponent(category)}`),
    search: (words) => products(`/v2/products?q=${encodeURIComponent(words)}`),
    product: (slug) => client.read(`/v2/products/${encodeURIComponent(slug)}`, productAnswer),
    slugs: async () => (await client.read('/v2/slugs', slugList))?.slugs ?? [],
    cart: async (cartId) => (await client.read(`/v2/carts/${cartId}`, cartAnswer))?.lines ?? [],
    addLine: (cartId, sku, quantity) => addLine(client, cartId, { sku, quantity }),
    quote: (cartId, checkout) => quote(client, cartId, checkout),
    pay: (cartId, payment) => pay(client, cartId, payment),
    order: async (orderId) => {
      const order = await client.read(`/v2/orders/${encodeURIComponent(orderId)}`, orderAnswer)
      if (order === undefined) return undefined
      const { store, placedAt, ...rest } = order
      return { ...rest, placedAt: new Date(placedAt), ...(store === undefined ? {} : { store }) }
    },
  }
}

async function addLine(
  client: CommerceClient,
  cartId: string | undefined,
  body: { readonly sku: string; readonly quantity: number },
): Promise<AddResult> {
  const path = cartId === undefined ? '/v2/carts' : `/v2/carts/${cartId}/lines`
  const answer = await client.call({ method: 'POST', path, body })
  if (answer.status === 409) return { kind: 'sold-out' }
  if (answer.status !== 201) throw new Error(`the commerce API answered ${answer.status} to POST ${path}`)
  const { id, lines } = cartAnswer.parse(answer.body)
  return { kind: 'added', cartId: id, items: lines.reduce((sum, line) => sum + line.quantity, 0) }
}

async function quote(client: CommerceClient, cartId: string, checkout: Checkout): Promise<Quote> {
  const { method, couponCode, giftCardCode } = checkout
  const body = { method, ...named({ couponCode, giftCardCode }) }
  const answer = await client.call({ method: 'POST', path: `/v2/carts/${cartId}/quote`, body })
  if (answer.status !== 200) throw new Error(`the commerce API answered ${answer.status} to a quote`)
  const { lines, totals } = quoteAnswer.parse(answer.body)
  const { refusal, ...amounts } = totals
  return { lines, totals: { ...amounts, ...(refusal === undefined ? {} : { refusal }) } }
}

async function pay(client: CommerceClient, cartId: string, payment: Payment): Promise<PaymentResult> {
  const { attempt, journey, couponCode, giftCardCode, store, ...rest } = payment
  const answer = await client.call({
    method: 'POST',
    path: `/v2/carts/${cartId}/checkout`,
    body: { ...rest, ...named({ couponCode, giftCardCode, store }) },
    // The attempt is the key: pressing the button twice charges once. The journey goes to where the order is made.
    headers: { 'idempotency-key': attempt, ...(journey === undefined ? {} : { 'headgate-journey': journey }) },
  })
  const parsed = checkoutAnswer.safeParse(answer.body)
  if (!parsed.success) throw new Error(`the commerce API answered ${answer.status} to a checkout`)
  return toResult(parsed.data)
}

function toResult(answer: CheckoutAnswer): PaymentResult {
  if (answer.kind === 'key-reused') throw new Error('the commerce API has seen this attempt with another content')
  return answer.kind === 'placed' ? { kind: 'placed', orderId: answer.orderId } : answer
}

function named(fields: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
