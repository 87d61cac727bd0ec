import { randomUUID } from 'node:crypto'
import { Hono, type Context } from 'hono'
import { isCheckoutMethod, pickupStores, type CheckoutMethod } from '../rules/methods.ts'
import { showCents } from '../rules/money.ts'
import { maxQuantity } from '../rules/totals.ts'
import {
  acknowledgedPage,
  cartPage,
  checkoutPage,
  inProgressPage,
  messagePage,
  thanksPage,
  type CheckoutForm,
} from '../web/checkout-pages.ts'
import { keepCookie, privatePage, type FrameFor, type StorefrontEnv } from './page-context.ts'
import { afterOrder, type Session } from './session.ts'
import type { Checkout, Payment, PaymentResult, Storefront } from './storefront.ts'

interface CheckoutDependencies {
  readonly storefront: Storefront
  readonly frameFor: FrameFor
  /** Cookie name and value that hold a session. */
  readonly keep: (session: Session) => readonly [string, string]
}

type C = Context<StorefrontEnv>

/** Cart, checkout and thanks. Every answer is private and uncacheable; every change is followed by a redirect. */
export function checkoutRoutes(dependencies: CheckoutDependencies): Hono<StorefrontEnv> {
  const { storefront, frameFor } = dependencies
  return new Hono<StorefrontEnv>()
    .post('/cart/add', (c) => addToCart(c, dependencies))
    .get('/cart', async (c) => {
      const { cartId } = c.var.session
      const lines = cartId === undefined ? [] : await storefront.cart(cartId)
      return c.html(cartPage(await frameFor(c.var.session), lines), 200, privatePage)
    })
    .get('/checkout/start/:method', (c) => {
      const checkout = readCheckout(c.req.param('method'), c.req.query('code'), c.req.query('gift'))
      return checkout === undefined ? c.notFound() : showForm(c, dependencies, checkout)
    })
    .post('/checkout/pay/:method', (c) => pay(c, dependencies, c.req.param('method')))
    .get('/checkout/thanks/:orderId', async (c) => {
      const id = c.req.param('orderId')
      // Only the shopper who placed an order may read it, whoever learns its address.
      const order = c.var.session.orders.includes(id) ? await storefront.order(id) : undefined
      if (order === undefined) return c.notFound()
      return c.html(thanksPage(await frameFor(c.var.session), order), 200, privatePage)
    })
}

async function addToCart(c: C, { storefront, frameFor, keep }: CheckoutDependencies) {
  const form = await readForm(c)
  const quantity = Number(form('quantity') ?? '1')
  const sku = form('sku')
  const frame = await frameFor(c.var.session)
  if (sku === undefined || !Number.isInteger(quantity) || quantity < 1 || quantity > maxQuantity) {
    return c.html(messagePage(frame, 'bad-request', 'Which article?', 'Please choose one and its quantity.'), 400)
  }
  const added = await storefront.addLine(c.var.session.cartId, sku, quantity)
  if (added.kind === 'sold-out') {
    const text = 'Somebody was faster. The article is sold out.'
    return c.html(messagePage(frame, 'sold-out', 'Sold out', text), 409, privatePage)
  }
  keepCookie(c, keep({ ...c.var.session, cartId: added.cartId, items: added.items }))
  return c.redirect('/cart', 303)
}

type FormView = Omit<CheckoutForm, 'checkout' | 'quote' | 'attempt'> & { readonly status?: 200 | 402 | 409 }

async function showForm(c: C, { storefront, frameFor }: CheckoutDependencies, checkout: Checkout, view: FormView = {}) {
  const { status = 200, ...form } = view
  const { cartId } = c.var.session
  const quote = cartId === undefined ? undefined : await storefront.quote(cartId, checkout)
  if (quote === undefined || quote.lines.length === 0) return c.redirect('/cart', 303)
  const page = checkoutPage(await frameFor(c.var.session), { ...form, checkout, quote, attempt: randomUUID() })
  return c.html(page, status, privatePage)
}

async function pay(c: C, dependencies: CheckoutDependencies, method: string) {
  const form = await readForm(c)
  const checkout = readCheckout(method, form('code'), form('gift'))
  if (checkout === undefined) return c.notFound()
  const payment = readPayment(checkout, form, c.req.header('headgate-journey'))
  const { cartId } = c.var.session
  if (cartId === undefined || payment === undefined) return showForm(c, dependencies, checkout, incompleteForm)
  return answerPayment(c, dependencies, checkout, await dependencies.storefront.pay(cartId, payment))
}

const incompleteForm = { notice: 'Please fill in every field.' }

async function answerPayment(
  c: C,
  dependencies: CheckoutDependencies,
  checkout: Checkout,
  result: PaymentResult,
): Promise<Response> {
  const again = (view: FormView) => showForm(c, dependencies, checkout, view)
  switch (result.kind) {
    case 'placed':
      keepCookie(c, dependencies.keep(afterOrder(c.var.session, result.orderId)))
      return c.redirect(`/checkout/thanks/${result.orderId}`, 303)
    case 'acknowledged':
      return c.html(acknowledgedPage(await dependencies.frameFor(c.var.session)), 200, privatePage)
    case 'refused': {
      const notice = result.final
        ? 'Your bank has closed this card.'
        : 'Your bank refused the payment. Try another card.'
      return again({ status: 402, page: 'payment-refused', notice })
    }
    case 'price-changed': {
      const notice = `The price has changed: the total is now ${showCents(result.totalCents)}. Please look again.`
      return again({ status: 409, page: 'price-changed', notice })
    }
    case 'sold-out':
      return again({ status: 409, page: 'sold-out', notice: `${result.title} has just been sold out.` })
    case 'in-progress':
      return c.html(inProgressPage(await dependencies.frameFor(c.var.session)), 202, privatePage)
    case 'empty':
      return c.redirect('/cart', 303)
  }
}

function readCheckout(method: string, code: string | undefined, gift: string | undefined): Checkout | undefined {
  if (!isCheckoutMethod(method)) return undefined
  const couponCode = method === 'coupon' ? presentCode(code) : undefined
  const giftCardCode = method === 'split' ? presentCode(gift) : undefined
  return {
    method,
    ...(couponCode === undefined ? {} : { couponCode }),
    ...(giftCardCode === undefined ? {} : { giftCardCode }),
  }
}

function presentCode(text: string | undefined): string | undefined {
  const code = text?.trim().toUpperCase()
  return code === undefined || code === '' || code.length > 40 ? undefined : code
}

type Form = (name: string) => string | undefined

async function readForm(c: C): Promise<Form> {
  const fields = new URLSearchParams(await c.req.text())
  return (name) => fields.get(name) ?? undefined
}

/** The payment, or undefined when a field is missing that the page would not let a shopper leave out. */
function readPayment(checkout: Checkout, form: Form, journey: string | undefined): Payment | undefined {
  const attempt = form('attempt')
  const expectedCents = Number(form('expected'))
  const kind = instrumentOf(checkout.method)
  const number = form(kind)
  const email = form('email')
  if (attempt === undefined || number === undefined || email === undefined || !Number.isInteger(expectedCents))
    return undefined
  if (!/^[\w-]{8,64}$/.test(attempt) || !email.includes('@') || email.length > 200 || number.length > 40)
    return undefined
  const store = checkout.method === 'collect' ? pickupStores.find((name) => name === form('store')) : undefined
  if (checkout.method === 'collect' && store === undefined) return undefined
  return {
    ...checkout,
    attempt,
    expectedCents,
    email,
    instrument: { kind, number },
    ...(store === undefined ? {} : { store }),
    ...(journey === undefined ? {} : { journey }),
  }
}

function instrumentOf(method: CheckoutMethod): 'card' | 'wallet' {
  return method === 'wallet' ? 'wallet' : 'card'
}
