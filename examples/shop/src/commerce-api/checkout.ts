import { createHash } from 'node:crypto'
import type { Database } from '../database/pool.ts'
import type { OutcomeSender } from '../outcomes/outcome-sender.ts'
import { decimalCents } from '../rules/money.ts'
import type { PaymentProvider } from '../rules/payment-provider.ts'
import type { CheckoutAnswer, CheckoutRequest } from './contract.ts'
import { reserve, type Reservation } from './reservation-store.ts'
import { settle } from './settlement-store.ts'

export interface CheckoutDependencies {
  readonly database: Database
  readonly paymentProvider: PaymentProvider
  readonly outcomes: Pick<OutcomeSender, 'report'>
}

export interface CheckoutCall {
  readonly cartId: string
  readonly idempotencyKey: string
  readonly request: CheckoutRequest
  readonly journey: string | undefined
}

/**
 * Reserve, ask the bank, settle. No transaction is open while the bank thinks. A process that dies in between leaves a reservation that a
 * repeat of the same key carries on from (the bank answers the same reference the same), or that the sweeper releases.
 */
export async function checkOut(dependencies: CheckoutDependencies, call: CheckoutCall): Promise<CheckoutAnswer> {
  const { database, paymentProvider } = dependencies
  const { cartId, request, journey } = call
  const attempt = { cartId, request, journey, key: call.idempotencyKey, fingerprint: fingerprintOf(cartId, request) }
  const reserved = await reserve(database, attempt)
  if (reserved.kind === 'answered') return reserved.answer
  const { reservation } = reserved
  const authorisation = await paymentProvider.authorise(reservation.id, reservation.dueCents, request.instrument)
  const answer = await settle(database, reservation.id, authorisation)
  reportOutcome(dependencies.outcomes, reservation, answer)
  return answer
}

/** The same key with another body is a client's mistake. The card number enters only as part of a digest. */
function fingerprintOf(cartId: string, request: CheckoutRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([cartId, request]))
    .digest('base64url')
}

/**
 * Here the order exists, so here is where Headgate hears of it. A refusal is an outcome only when it is final: shoppers whose bank says
 * no for now often pay with another card a moment later, and a journey has one outcome.
 */
function reportOutcome(
  outcomes: Pick<OutcomeSender, 'report'>,
  reservation: Reservation,
  answer: CheckoutAnswer,
): void {
  const { id, journey, totalCents } = reservation
  if (journey === undefined) return
  if (answer.kind === 'placed') {
    const value = { amount: Number(decimalCents(totalCents)), currency: 'EUR' }
    outcomes.report({ id: `commerce-${id}-placed`, journey, step: 'order-placed', at: Date.now(), value })
  } else if (answer.kind === 'refused' && answer.final) {
    outcomes.report({ id: `commerce-${id}-failed`, journey, step: 'failed', at: Date.now() })
  }
}
