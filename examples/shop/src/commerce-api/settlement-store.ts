import { inTransaction, prepared, rows, type Database, type Transaction } from '../database/pool.ts'
import type { Authorisation } from '../rules/payment-provider.ts'
import type { CheckoutAnswer } from './contract.ts'

/** Second half: the bank has spoken. Places the order or lets go of what was held; once, whoever calls and however often. */
export function settle(database: Database, id: string, authorisation: Authorisation): Promise<CheckoutAnswer> {
  return inTransaction(database, async (transaction) => {
    // Cart before checkout, as `reserve` locks them: the other way round the two would wait for each other.
    await transaction.query(lockCartOf([id]))
    const [checkout] = await rows<{ state: string; answer: CheckoutAnswer | null }>(transaction, lockCheckout([id]))
    // The sweeper gave up on it while the bank was thinking. The authorisation is never captured and lapses by itself.
    const lapsed: CheckoutAnswer = { kind: 'refused', code: 'too-late', final: false }
    if (checkout === undefined || checkout.state !== 'reserved') return checkout?.answer ?? lapsed
    return authorisation.kind === 'authorised'
      ? place(transaction, id, authorisation.id)
      : release(transaction, id, { kind: 'refused', code: authorisation.code, final: authorisation.final })
  })
}

const lockCartOf = prepared(
  'commerce-lock-cart-of',
  `select carts.id from commerce.carts join commerce.checkouts on checkouts.cart_id = carts.id
   where checkouts.id = $1 for update of carts`,
)
const lockCheckout = prepared(
  'commerce-lock-checkout',
  'select checkouts.state, checkouts.answer from commerce.checkouts where checkouts.id = $1 for update',
)
const takeStock = prepared(
  'commerce-take-stock',
  `with held as (
     select stock.sku, checkout_lines.quantity
     from commerce.checkout_lines join commerce.stock on stock.sku = checkout_lines.sku
     where checkout_lines.checkout_id = $1
     order by stock.sku collate "C" for update of stock
   )
   update commerce.stock set on_hand = stock.on_hand - held.quantity, reserved = stock.reserved - held.quantity
   from held where held.sku = stock.sku`,
)
const takeGiftCard = prepared(
  'commerce-take-gift-card',
  `update commerce.gift_cards
   set balance_cents = gift_cards.balance_cents - checkouts.gift_card_cents,
     held_cents = gift_cards.held_cents - checkouts.gift_card_cents
   from commerce.checkouts where checkouts.id = $1 and gift_cards.code = checkouts.gift_card_code`,
)
const insertOrder = prepared(
  'commerce-insert-order',
  `insert into commerce.orders (id, number) values ($1, 'C-' || nextval('commerce.order_numbers')) returning number`,
)
const closeCart = prepared(
  'commerce-close-cart',
  `update commerce.carts set order_id = $1
   from commerce.checkouts where checkouts.id = $1 and carts.id = checkouts.cart_id`,
)
const finish = prepared(
  'commerce-finish-checkout',
  'update commerce.checkouts set state = $2, answer = $3, authorisation = $4 where checkouts.id = $1',
)

async function place(transaction: Transaction, id: string, authorisation: string): Promise<CheckoutAnswer> {
  await transaction.query(takeStock([id]))
  await transaction.query(takeGiftCard([id]))
  const [order] = await rows<{ number: string }>(transaction, insertOrder([id]))
  const answer: CheckoutAnswer = { kind: 'placed', orderId: id, number: order?.number ?? '' }
  await transaction.query(closeCart([id]))
  await transaction.query(finish([id, 'placed', JSON.stringify(answer), authorisation]))
  return answer
}

const releaseStock = prepared(
  'commerce-release-stock',
  `with held as (
     select stock.sku, checkout_lines.quantity
     from commerce.checkout_lines join commerce.stock on stock.sku = checkout_lines.sku
     where checkout_lines.checkout_id = $1
     order by stock.sku collate "C" for update of stock
   )
   update commerce.stock set reserved = stock.reserved - held.quantity from held where held.sku = stock.sku`,
)
const releaseGiftCard = prepared(
  'commerce-release-gift-card',
  `update commerce.gift_cards set held_cents = gift_cards.held_cents - checkouts.gift_card_cents
   from commerce.checkouts where checkouts.id = $1 and gift_cards.code = checkouts.gift_card_code`,
)

async function release(transaction: Transaction, id: string, answer: CheckoutAnswer): Promise<CheckoutAnswer> {
  await transaction.query(releaseStock([id]))
  await transaction.query(releaseGiftCard([id]))
  await transaction.query(finish([id, 'declined', JSON.stringify(answer), null]))
  return answer
}

const selectStale = prepared(
  'commerce-stale-checkout',
  `select checkouts.id from commerce.checkouts
   where checkouts.state = 'reserved' and checkouts.busy_until < now() - make_interval(secs => $1)
   order by checkouts.busy_until limit 1 for update skip locked`,
)

/**
 * Let go of what processes that died had reserved, so that a crash does not keep stock from shoppers. One transaction each: several
 * in one would lock articles out of order. Ends when none is left. Says how many there were.
 */
export async function releaseStale(database: Database, afterSeconds: number): Promise<number> {
  for (let released = 0; ; released += 1) {
    const found = await inTransaction(database, async (transaction) => {
      const [stale] = await rows<{ id: string }>(transaction, selectStale([afterSeconds]))
      if (stale !== undefined) await release(transaction, stale.id, { kind: 'refused', code: 'too-late', final: false })
      return stale
    })
    if (found === undefined) return released
  }
}
