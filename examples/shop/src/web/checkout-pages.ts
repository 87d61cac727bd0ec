import { html } from 'hono/html'
import { methodTitles, pickupStores } from '../rules/methods.ts'
import { showCents } from '../rules/money.ts'
import { testCards } from '../rules/payment-provider.ts'
import type { BasketLine, Totals } from '../rules/totals.ts'
import type { Checkout, Order, Quote } from '../storefront/storefront.ts'
import { renderPage, type Html, type PageFrame } from './layout.ts'

export function cartPage(frame: PageFrame, lines: readonly BasketLine[]): Html {
  const subtotal = lines.reduce((sum, line) => sum + line.unitCents * line.quantity, 0)
  return renderPage(frame, {
    page: lines.length === 0 ? 'empty-cart' : 'cart',
    title: 'Cart',
    body:
      lines.length === 0
        ? html`<h1>Your cart is empty</h1>
            <p><a href="/">Find something good</a></p>`
        : html`<h1>Cart</h1>
            ${lineTable(lines)}
            <p class="total">Subtotal ${showCents(subtotal)}</p>
            ${checkoutChoices()}`,
  })
}

function checkoutChoices(): Html {
  return html`<section class="choices">
    <p>
      <a class="button" href="/checkout/start/card">Pay by card</a>
      <a class="button plain" href="/checkout/start/wallet">Express wallet</a>
      <a class="button plain" href="/checkout/start/guest">Order as a guest</a>
      <a class="button plain" href="/checkout/start/collect">Click and collect</a>
    </p>
    <form action="/checkout/start/coupon">
      <label>Coupon <input name="code" required maxlength="40" autocomplete="off" /></label>
      <button class="plain">Pay with coupon</button>
    </form>
    <form action="/checkout/start/split">
      <label>Gift card <input name="gift" required maxlength="40" autocomplete="off" /></label>
      <button class="plain">Pay with gift card</button>
    </form>
  </section>`
}

export interface CheckoutForm {
  readonly checkout: Checkout
  readonly quote: Quote
  readonly attempt: string
  /** Shown above the form after a try that did not go through. */
  readonly notice?: string
  /** What the page is called for shoppers of the lab: a fresh form, or one that came back. */
  readonly page?: 'checkout' | 'payment-refused' | 'price-changed' | 'sold-out'
}

export function checkoutPage(frame: PageFrame, form: CheckoutForm): Html {
  const { checkout, quote } = form
  const notice = form.notice ?? quote.totals.refusal
  return renderPage(frame, {
    page: form.page ?? 'checkout',
    title: `Checkout: ${methodTitles[checkout.method]}`,
    body: html`<h1>Checkout: ${methodTitles[checkout.method]}</h1>
      ${notice === undefined ? '' : html`<p class="notice" role="alert">${notice}</p>`} ${lineTable(quote.lines)}
      ${totalsTable(quote.totals)}
      <form class="pay" method="post" action="/checkout/pay/${checkout.method}">
        <input type="hidden" name="attempt" value="${form.attempt}" />
        <input type="hidden" name="expected" value="${quote.totals.totalCents}" />
        ${carried('code', checkout.couponCode)} ${carried('gift', checkout.giftCardCode)} ${methodFields(checkout)}
        <button>Pay ${showCents(quote.totals.dueCents)}</button>
      </form>`,
  })
}

function carried(name: string, value: string | undefined): Html | '' {
  return value === undefined ? '' : html`<input type="hidden" name="${name}" value="${value}" />`
}

function methodFields(checkout: Checkout): Html {
  const email = html`<label>E-mail <input type="email" name="email" required value="shopper@example.com" /></label>`
  if (checkout.method === 'wallet') {
    return html`<input type="hidden" name="wallet" value="${testCards.accepted}" />${email}`
  }
  const store = html`<label
    >Store
    <select name="store">
      ${pickupStores.map((name) => html`<option>${name}</option>`)}
    </select></label
  >`
  return html`${email} ${checkout.method === 'collect' ? store : ''}
    <label>Card number <input name="card" required inputmode="numeric" value="${testCards.accepted}" /></label>`
}

export function thanksPage(frame: PageFrame, order: Order): Html {
  const where = order.store === undefined ? 'on its way to you' : `ready for you at ${order.store} today`
  return renderPage(frame, {
    page: 'thanks',
    title: 'Thank you',
    body: html`<h1>Thank you</h1>
      <p>Order <strong>${order.number}</strong> is placed and will be ${where}.</p>
      ${lineTable(order.lines)}
      <p class="total">Total ${showCents(order.totalCents)}</p>
      <p><a href="/">Go on shopping</a></p>`,
  })
}

export function acknowledgedPage(frame: PageFrame): Html {
  return renderPage(frame, {
    page: 'thanks',
    title: 'Thank you',
    body: html`<h1>Thank you</h1>
      <p>We are working on your order. You will get a mail with its number in a few minutes.</p>`,
  })
}

export function inProgressPage(frame: PageFrame): Html {
  return renderPage(frame, {
    page: 'in-progress',
    title: 'One moment',
    body: html`<h1>One moment</h1>
      <p>
        Your payment is still being processed. Please do not pay again; look at <a href="/account">your orders</a>.
      </p>`,
  })
}

export function accountPage(frame: PageFrame, orders: readonly Order[]): Html {
  return renderPage(frame, {
    page: 'account',
    title: 'Your orders',
    body: html`<h1>Your orders</h1>
      ${orders.length === 0 ? html`<p>No orders yet.</p>` : ''}
      <ul class="orders">
        ${orders.map(
          (order) =>
            html`<li>
              <a href="/checkout/thanks/${order.id}">${order.number}</a>
              <span>${order.placedAt.toISOString().slice(0, 10)}</span> <strong>${showCents(order.totalCents)}</strong>
            </li>`,
        )}
      </ul>`,
  })
}

export function messagePage(frame: PageFrame, page: string, title: string, text: string): Html {
  return renderPage(frame, {
    page,
    title,
    body: html`<h1>${title}</h1>
      <p>${text}</p>
      <p><a href="/">To the front page</a></p>`,
  })
}

function lineTable(lines: readonly BasketLine[]): Html {
  return html`<table class="lines">
    <thead>
      <tr>
        <th>Article</th>
        <th>Quantity</th>
        <th>Price</th>
      </tr>
    </thead>
    <tbody>
      ${lines.map(
        (line) =>
          html`<tr>
            <td><a href="/p/${line.slug}">${line.title}</a></td>
            <td>${line.quantity}</td>
            <td>${showCents(line.unitCents * line.quantity)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
}

function totalsTable(totals: Totals): Html {
  return html`<dl class="totals">
    ${row('Goods', totals.subtotalCents)} ${totals.discountCents > 0 ? row('Coupon', -totals.discountCents) : ''}
    ${row('Delivery', totals.shippingCents)} ${row('Total', totals.totalCents)}
    ${totals.giftCardCents > 0 ? row('Gift card pays', -totals.giftCardCents) : ''}
  </dl>`
}

function row(name: string, cents: number): Html {
  return html`<dt>${name}</dt>
    <dd>${showCents(cents)}</dd>`
}
