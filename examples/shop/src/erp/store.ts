import { inTransaction, prepared, rows, type Database, type Transaction } from '../database/pool.ts'
import { channels, type Channel, type ErpEvent, type OrderExport } from './contract.ts'

/** Below this many pieces a channel is sent more. */
const reorderBelow = 150
const reorderQuantity = 400

export interface NumberedEvent {
  readonly seq: number
  readonly event: ErpEvent
}

export interface ErpStore {
  /** Move the price of the n-th article by a share; both channels will hear of it. */
  changePrice(index: number, factor: number): Promise<void>
  /** Events that a channel has not confirmed, in order. */
  pending(channel: Channel, limit: number): Promise<readonly NumberedEvent[]>
  confirm(channel: Channel, seq: number): Promise<void>
  /** Book orders of a channel, each once: stock goes down, runs low, is refilled; spent gift cards are told to the other. */
  bookOrders(channel: Channel, orders: OrderExport['orders']): Promise<void>
}

export function createErpLedger(database: Database): ErpStore {
  return {
    changePrice: (index, factor) => inTransaction(database, (transaction) => changePrice(transaction, index, factor)),
    pending: (channel, limit) => readPending(database, channel, limit),
    confirm: async (channel, seq) => {
      await database.query(moveCursor([channel, seq]))
    },
    bookOrders: (channel, orders) =>
      inTransaction(database, async (transaction) => {
        for (const order of orders) await bookOrder(transaction, channel, order)
      }),
  }
}

/** The price before is kept as what was charged until now; a price ends on 90 cents and never leaves 50 to 200 % of itself. */
const reprice = prepared(
  'erp-reprice',
  `update erp.items
   set previous_price_cents = items.price_cents, price_version = items.price_version + 1,
     price_cents = greatest(290, round(items.price_cents * $2::numeric / 100) * 100 - 10)
   where items.sku = (
     select candidate.sku from erp.items as candidate order by candidate.sku
     offset $1 % (select count(*) from erp.items) limit 1
   )
   returning items.sku, items.price_cents as cents, items.previous_price_cents as "previousCents",
     items.price_version as version`,
)
const insertEvent = prepared('erp-insert-event', 'insert into erp.events (channel, kind, body) values ($1, $2, $3)')

async function changePrice(transaction: Transaction, index: number, factor: number): Promise<void> {
  const [item] = await rows<{ sku: string }>(transaction, reprice([index, factor]))
  if (item !== undefined) await transaction.query(insertEvent([null, 'price-changed', JSON.stringify(item)]))
}

/**
 * Only events of transactions older than every one still at work: a number drawn earlier but committed later would otherwise fall
 * behind the cursor and never be sent.
 */
const selectPending = prepared(
  'erp-pending-events',
  `select events.seq::integer as seq, events.body || jsonb_build_object('id', events.id, 'kind', events.kind) as event
   from erp.events join erp.deliveries on deliveries.channel = $1
   where events.seq > deliveries.last_seq and (events.channel is null or events.channel = $1)
     and events.xmin::text::bigint < txid_snapshot_xmin(txid_current_snapshot()) % 4294967296
   order by events.seq limit $2`,
)
const moveCursor = prepared(
  'erp-move-cursor',
  'update erp.deliveries set last_seq = greatest(deliveries.last_seq, $2) where deliveries.channel = $1',
)

function readPending(database: Database, channel: Channel, limit: number): Promise<readonly NumberedEvent[]> {
  return rows<{ seq: number; event: ErpEvent }>(database, selectPending([channel, limit]))
}

const insertOrder = prepared(
  'erp-insert-order',
  `insert into erp.orders (channel, order_id, number, total_cents, placed_at) values ($1, $2, $3, $4, $5)
   on conflict (channel, order_id) do nothing returning order_id`,
)
const bookSale = prepared(
  'erp-book-sale',
  `update erp.stock set on_hand = greatest(0, stock.on_hand - $3)
   where stock.sku = $1 and stock.channel = $2 returning stock.on_hand as "onHand"`,
)
const bookReceipt = prepared(
  'erp-book-receipt',
  'update erp.stock set on_hand = stock.on_hand + $3 where stock.sku = $1 and stock.channel = $2',
)

async function bookOrder(
  transaction: Transaction,
  channel: Channel,
  order: OrderExport['orders'][number],
): Promise<void> {
  const { id, number, totalCents, placedAt, giftCard, lines } = order
  const isNew = (await rows(transaction, insertOrder([channel, id, number, totalCents, placedAt]))).length === 1
  if (!isNew) return
  for (const { sku, quantity } of lines) {
    const [left] = await rows<{ onHand: number }>(transaction, bookSale([sku, channel, quantity]))
    if (left !== undefined && left.onHand < reorderBelow) await refill(transaction, channel, sku)
  }
  if (giftCard === undefined) return
  for (const other of channels.filter((name) => name !== channel)) {
    await transaction.query(insertEvent([other, 'gift-card-spent', JSON.stringify(giftCard)]))
  }
}

async function refill(transaction: Transaction, channel: Channel, sku: string): Promise<void> {
  await transaction.query(bookReceipt([sku, channel, reorderQuantity]))
  const body = JSON.stringify({ sku, quantity: reorderQuantity })
  await transaction.query(insertEvent([channel, 'stock-received', body]))
}
