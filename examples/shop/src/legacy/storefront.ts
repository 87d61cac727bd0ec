import type { Database } from '../database/pool.ts'
import type { OutcomeSender } from '../outcomes/outcome-sender.ts'
import { decimalCents } from '../rules/money.ts'
import type { PaymentProvider } from '../rules/payment-provider.ts'
import type { Payment, PaymentResult, Storefront } from '../storefront/storefront.ts'
import { addLegacyLine, priceLegacyCheckout, readLegacyCart } from './cart-store.ts'
import { createLegacyCatalogue } from './catalogue-store.ts'
import { findLegacyOrder, giveUpOrder, openOrder, placeOrder } from './order-store.ts'

export interface LegacyDependencies {
  readonly database: Database
  readonly paymentProvider: PaymentProvider
  readonly outcomes: Pick<OutcomeSender, 'report'>
}

/** The legacy shop: catalogue, cart and checkout in one process on one database. */
export function createLegacyStorefront(dependencies: LegacyDependencies): Storefront {
  const { database } = dependencies
  return {
    ...createLegacyCatalogue(database),
    cart: (cartId) => readLegacyCart(database, cartId),
    addLine: (cartId, sku, quantity) => addLegacyLine(database, cartId, sku, quantity),
    quote: async (cartId, checkout) => {
      const lines = await readLegacyCart(database, cartId)
      return { lines, totals: await priceLegacyCheckout(database, lines, checkout) }
    },
    pay: (cartId, payment) => pay(dependencies, cartId, payment),
    order: (orderId) => findLegacyOrder(database, orderId),
  }
}

async function pay(dependencies: LegacyDependencies, cartId: string, payment: Payment): Promise<PaymentResult> {
  const { database, paymentProvider, outcomes } = dependencies
  const opened = await openOrder(database, cartId, payment)
  if (opened.kind === 'answered') return opened.result
  const { id, dueCents, totalCents } = opened.order
  const authorisation = await paymentProvider.authorise(id, dueCents, payment.instrument)
  const { journey } = payment
  if (authorisation.kind === 'refused') {
    await giveUpOrder(database, id, 'refused')
    // Only a final refusal is an outcome: after the others shoppers often pay with another card a moment later.
    const isOutcome = authorisation.final && journey !== undefined
    if (isOutcome) outcomes.report({ id: `legacy-${id}-failed`, journey, step: 'failed', at: Date.now() })
    return { kind: 'refused', code: authorisation.code, final: authorisation.final }
  }
  const isPlaced = await placeOrder(database, id, authorisation.id)
  if (!isPlaced) return { kind: 'refused', code: 'too-late', final: false }
  if (journey !== undefined) {
    const value = { amount: Number(decimalCents(totalCents)), currency: 'EUR' }
    outcomes.report({ id: `legacy-${id}-placed`, journey, step: 'order-placed', at: Date.now(), value })
  }
  return { kind: 'placed', orderId: id }
}
