import type { CheckoutMethod } from '../rules/methods.ts'
import type { Instrument } from '../rules/payment-provider.ts'
import type { BasketLine, Totals } from '../rules/totals.ts'

export interface Category {
  readonly id: string
  readonly title: string
}

export interface Product {
  readonly sku: string
  readonly slug: string
  readonly title: string
  readonly category: string
  readonly description: string
  readonly priceCents: number
  /** The price before the last change; shops in the EU show it beside a reduction. */
  readonly previousCents: number
  /** Pieces that can be sold now. */
  readonly available: number
}

export interface Checkout {
  readonly method: CheckoutMethod
  readonly couponCode?: string
  readonly giftCardCode?: string
}

export interface Payment extends Checkout {
  /** Names this press of the pay button: the same attempt is never charged twice. */
  readonly attempt: string
  /** The total the shopper saw and agreed to. */
  readonly expectedCents: number
  readonly instrument: Instrument
  readonly email: string
  readonly store?: string
  /** Value of the `headgate-journey` request header, passed on to whatever really places the order. */
  readonly journey?: string
}

export interface Quote {
  readonly lines: readonly BasketLine[]
  readonly totals: Totals
}

export type PaymentResult =
  | { readonly kind: 'placed'; readonly orderId: string }
  /** Taken without an order number yet; the shopper is told that a mail will follow. */
  | { readonly kind: 'acknowledged' }
  | { readonly kind: 'refused'; readonly code: string; readonly final: boolean }
  | { readonly kind: 'price-changed'; readonly totalCents: number }
  | { readonly kind: 'sold-out'; readonly title: string }
  | { readonly kind: 'in-progress' }
  | { readonly kind: 'empty' }

export interface Order {
  readonly id: string
  readonly number: string
  readonly method: CheckoutMethod
  readonly placedAt: Date
  readonly lines: readonly BasketLine[]
  readonly totalCents: number
  readonly store?: string
}

/**
 * What a storefront shows and does, behind one URL space. The legacy shop implements it on its own tables, the headless one
 * on the commerce API; the pages above it cannot tell the two apart. An implementation throws when it cannot answer.
 */
export interface Storefront {
  categories(): Promise<readonly Category[]>
  featured(): Promise<readonly Product[]>
  inCategory(category: string): Promise<readonly Product[]>
  search(words: string): Promise<readonly Product[]>
  product(slug: string): Promise<Product | undefined>
  /** Slugs of all products, for the sitemap. */
  slugs(): Promise<readonly string[]>
  /** Lines of the cart at today's prices; empty when the cart is gone or was ordered. */
  cart(cartId: string): Promise<readonly BasketLine[]>
  /** Adds to the cart, or opens a new one when there is none. `sold-out` leaves the cart as it was. */
  addLine(cartId: string | undefined, sku: string, quantity: number): Promise<AddResult>
  quote(cartId: string, checkout: Checkout): Promise<Quote>
  pay(cartId: string, payment: Payment): Promise<PaymentResult>
  order(orderId: string): Promise<Order | undefined>
}

export type AddResult =
  | { readonly kind: 'added'; readonly cartId: string; readonly items: number }
  | { readonly kind: 'sold-out' }
