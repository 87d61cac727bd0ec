import { randomUUID } from 'node:crypto'
import { inTransaction, prepared, rows, type Database, type Transaction } from '../database/pool.ts'
import type { BasketLine, Totals } from '../rules/totals.ts'
import { readLines } from './cart-store.ts'
import type { CheckoutAnswer, CheckoutRequest } from './contract.ts'
import { priceCheckout } from './totals.ts'

/** Stock and gift card money are held for this checkout; the bank is to be asked. */
export interface Reservation {
  readonly id: string
  readonly dueCents: number
  readonly totalCents: number
  readonly journey: string | undefined
}

export interface CheckoutAttempt {
  readonly cartId: string
  readonly key: string
  readonly fingerprint: string
  readonly request: CheckoutRequest
  readonly journey: string | undefined
}

export type ReserveResult =
  | { readonly kind: 'reserved'; readonly reservation: Reservation }
  /** Known already, or not possible: this is the answer. */
  | { readonly kind: 'answered'; readonly answer: CheckoutAnswer }

/** Longer than a bank ever takes here; after it a repeat of the key may take over from a process that died. */
const busySeconds = 10

class NotReservable extends Error {
  readonly answer: CheckoutAnswer
  constructor(answer: CheckoutAnswer) {
    super(answer.kind)
    this.answer = answer
  }
}

/**
 * First half of a checkout. The cart row is locked first, so that two presses of the button queue up behind each other and the second
 * finds what the first left. Refusals roll everything back and are not remembered: nothing happened.
 */
export async function reserve(database: Database, attempt: CheckoutAttempt): Promise<ReserveResult> {
  try {
    return await inTransaction(database, async (transaction) => {
      await transaction.query(lockCart([attempt.cartId]))
      return (await findByKey(transaction, attempt)) ?? reserveAnew(transaction, attempt)
    })
  } catch (error) {
    if (error instanceof NotReservable) return { kind: 'answered', answer: error.answer }
    throw error
  }
}

const lockCart = prepared('commerce-lock-cart', 'select carts.id from commerce.carts where carts.id = $1 for update')
const selectByKey = prepared(
  'commerce-checkout-by-key',
  `select checkouts.id, checkouts.fingerprint, checkouts.answer, checkouts.journey,
     checkouts.total_cents as "totalCents", checkouts.gift_card_cents as "giftCardCents",
     checkouts.busy_until > now() as "isBusy"
   from commerce.checkouts where checkouts.idempotency_key = $1 for update`,
)
const takeOver = prepared(
  'commerce-take-over',
  `update commerce.checkouts set busy_until = now() + make_interval(secs => $2) where id = $1`,
)

interface KeyRow {
  readonly id: string
  readonly fingerprint: string
  readonly answer: CheckoutAnswer | null
  readonly journey: string | null
  readonly totalCents: number
  readonly giftCardCents: number
  readonly isBusy: boolean
}

async function findByKey(transaction: Transaction, attempt: CheckoutAttempt): Promise<ReserveResult | undefined> {
  const [known] = await rows<KeyRow>(transaction, selectByKey([attempt.key]))
  if (known === undefined) return undefined
  if (known.fingerprint !== attempt.fingerprint) return { kind: 'answered', answer: { kind: 'key-reused' } }
  if (known.answer !== null) return { kind: 'answered', answer: known.answer }
  if (known.isBusy) return { kind: 'answered', answer: { kind: 'in-progress' } }
  await transaction.query(takeOver([known.id, busySeconds]))
  const { id, totalCents, giftCardCents, journey } = known
  const reservation = { id, totalCents, dueCents: totalCents - giftCardCents, journey: journey ?? undefined }
  return { kind: 'reserved', reservation }
}

const selectOther = prepared(
  'commerce-other-checkout',
  `select checkouts.state from commerce.checkouts where checkouts.cart_id = $1 and checkouts.state = 'reserved'`,
)

async function reserveAnew(transaction: Transaction, attempt: CheckoutAttempt): Promise<ReserveResult> {
  const { cartId, request } = attempt
  const other = await rows(transaction, selectOther([cartId]))
  if (other.length > 0) throw new NotReservable({ kind: 'in-progress' })
  const lines = await readLines(transaction, cartId)
  if (lines.length === 0) throw new NotReservable({ kind: 'empty' })
  const totals = await priceCheckout(transaction, lines, request)
  const { totalCents } = totals
  if (totalCents !== request.expectedCents) throw new NotReservable({ kind: 'price-changed', totalCents })
  await holdStock(transaction, lines)
  await holdGiftCard(transaction, request, totals)
  const id = await insertReservation(transaction, attempt, lines, totals)
  return { kind: 'reserved', reservation: { id, totalCents, dueCents: totals.dueCents, journey: attempt.journey } }
}

const reserveStock = prepared(
  'commerce-reserve-stock',
  `update commerce.stock set reserved = stock.reserved + $2
   where stock.sku = $1 and stock.on_hand - stock.reserved >= $2 returning stock.sku`,
)

/** Lines come sorted by article: everybody locks in that order, so nobody waits in a circle. */
async function holdStock(transaction: Transaction, lines: readonly BasketLine[]): Promise<void> {
  for (const line of lines) {
    const held = await rows(transaction, reserveStock([line.sku, line.quantity]))
    if (held.length === 0) throw new NotReservable({ kind: 'sold-out', title: line.title })
  }
}

const reserveGiftCard = prepared(
  'commerce-reserve-gift-card',
  `update commerce.gift_cards set held_cents = gift_cards.held_cents + $2
   where gift_cards.code = $1 and gift_cards.balance_cents - gift_cards.held_cents >= $2 returning gift_cards.code`,
)

async function holdGiftCard(transaction: Transaction, request: CheckoutRequest, totals: Totals): Promise<void> {
  if (totals.giftCardCents === 0) return
  const held = await rows(transaction, reserveGiftCard([request.giftCardCode, totals.giftCardCents]))
  // Spent elsewhere between pricing and holding: the shopper has to agree to a new split.
  if (held.length === 0) throw new NotReservable({ kind: 'price-changed', totalCents: totals.totalCents })
}

const insertCheckout = prepared(
  'commerce-insert-checkout',
  `insert into commerce.checkouts
     (id, idempotency_key, fingerprint, cart_id, state, method, email, store, coupon_code, gift_card_code,
      gift_card_cents, total_cents, journey, busy_until)
   values ($1, $2, $3, $4, 'reserved', $5, $6, $7, $8, $9, $10, $11, $12, now() + make_interval(secs => $13))`,
)
const insertLines = prepared(
  'commerce-insert-checkout-lines',
  `insert into commerce.checkout_lines (checkout_id, sku, slug, title, quantity, unit_cents)
   select $1, line.sku, line.slug, line.title, line.quantity, line.unit_cents
   from unnest($2::text[], $3::text[], $4::text[], $5::integer[], $6::integer[])
     as line (sku, slug, title, quantity, unit_cents)`,
)

async function insertReservation(
  transaction: Transaction,
  attempt: CheckoutAttempt,
  lines: readonly BasketLine[],
  totals: Totals,
): Promise<string> {
  const { request } = attempt
  const id = randomUUID()
  const { method, email, store, couponCode, giftCardCode } = request
  const named = [method, email, store ?? null, couponCode ?? null, giftCardCode ?? null]
  const amounts = [totals.giftCardCents, totals.totalCents]
  const values = [id, attempt.key, attempt.fingerprint, attempt.cartId, ...named, ...amounts, attempt.journey ?? null]
  await transaction.query(insertCheckout([...values, busySeconds]))
  const column = <T>(read: (line: BasketLine) => T) => lines.map((line) => read(line))
  await transaction.query(
    insertLines([
      id,
      column((line) => line.sku),
      column((line) => line.slug),
      column((line) => line.title),
      column((line) => line.quantity),
      column((line) => line.unitCents),
    ]),
  )
  return id
}
