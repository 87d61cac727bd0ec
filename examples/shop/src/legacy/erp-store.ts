import { toExport, type ExportRow } from '../erp/order-export.ts'
import { inTransaction, prepared, rows, type Database, type Transaction } from '../database/pool.ts'
import type { ErpChannel } from '../erp/channel-routes.ts'
import type { ErpEvent } from '../erp/contract.ts'

/** The legacy shop's side of the ERP. */
export function createLegacyErpStore(database: Database): ErpChannel {
  return {
    apply: (events) =>
      inTransaction(database, async (transaction) => {
        let applied = 0
        for (const event of events) applied += (await applyOnce(transaction, event)) ? 1 : 0
        return applied
      }),
    ordersToExport: async (limit) => (await rows<ExportRow>(database, selectExport([limit]))).map(toExport),
    confirmExported: async (ids) => {
      await database.query(markExported([ids]))
    },
  }
}

const remember = prepared(
  'legacy-inbox',
  'insert into legacy.erp_inbox (event_id) values ($1) on conflict (event_id) do nothing returning event_id',
)
const changePrice = prepared(
  'legacy-change-price',
  `update legacy.products set price_cents = $2, previous_price_cents = $3, price_version = $4
   where products.sku = $1 and products.price_version < $4`,
)
const receiveStock = prepared(
  'legacy-receive-stock',
  'update legacy.products set on_hand = products.on_hand + $2 where products.sku = $1',
)
const spendGiftCard = prepared(
  'legacy-spend-gift-card',
  `update legacy.gift_cards set balance_cents = greatest(0, gift_cards.balance_cents - $2) where gift_cards.code = $1`,
)

async function applyOnce(transaction: Transaction, event: ErpEvent): Promise<boolean> {
  const isNew = (await rows(transaction, remember([event.id]))).length === 1
  if (isNew) await transaction.query(effectOf(event))
  return isNew
}

function effectOf(event: ErpEvent) {
  switch (event.kind) {
    case 'price-changed':
      return changePrice([event.sku, event.cents, event.previousCents, event.version])
    case 'stock-received':
      return receiveStock([event.sku, event.quantity])
    case 'gift-card-spent':
      return spendGiftCard([event.code, event.cents])
  }
}

const selectExport = prepared(
  'legacy-orders-to-export',
  `select orders.id, orders.number, orders.placed_at as "placedAt", orders.total_cents as "totalCents",
     orders.gift_card_code as "giftCardCode", orders.gift_card_cents as "giftCardCents",
     (select jsonb_agg(jsonb_build_object('sku', line.sku, 'quantity', line.quantity))
      from legacy.order_lines as line where line.order_id = orders.id) as lines
   from legacy.orders
   where orders.state = 'placed' and orders.exported_at is null order by orders.placed_at limit $1`,
)
const markExported = prepared(
  'legacy-confirm-export',
  'update legacy.orders set exported_at = now() where orders.id = any($1::uuid[]) and orders.exported_at is null',
)
