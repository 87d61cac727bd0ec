import { inTransaction, prepared, rows, type Database, type Transaction } from '../database/pool.ts'
import type { ErpChannel } from '../erp/channel-routes.ts'
import type { ErpEvent } from '../erp/contract.ts'
import { toExport, type ExportRow } from '../erp/order-export.ts'

/** The commerce API's side of the ERP: prices and receipts come in once each, placed orders go out until confirmed. */
export function createErpStore(database: Database): ErpChannel {
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
  'commerce-inbox',
  'insert into commerce.erp_inbox (event_id) values ($1) on conflict (event_id) do nothing returning event_id',
)
const changePrice = prepared(
  'commerce-change-price',
  `update commerce.prices set cents = $2, previous_cents = $3, version = $4
   where prices.sku = $1 and prices.version < $4`,
)
const receiveStock = prepared(
  'commerce-receive-stock',
  'update commerce.stock set on_hand = stock.on_hand + $2 where stock.sku = $1',
)
/** Never below what a checkout holds at this moment; the ERP's ledger shows the rest. */
const spendGiftCard = prepared(
  'commerce-spend-gift-card',
  `update commerce.gift_cards set balance_cents = greatest(gift_cards.held_cents, gift_cards.balance_cents - $2)
   where gift_cards.code = $1`,
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
  'commerce-orders-to-export',
  `select orders.id, orders.number, orders.placed_at as "placedAt", checkouts.total_cents as "totalCents",
     checkouts.gift_card_code as "giftCardCode", checkouts.gift_card_cents as "giftCardCents",
     (select jsonb_agg(jsonb_build_object('sku', line.sku, 'quantity', line.quantity))
      from commerce.checkout_lines as line where line.checkout_id = orders.id) as lines
   from commerce.orders join commerce.checkouts on checkouts.id = orders.id
   where orders.exported_at is null order by orders.placed_at limit $1`,
)
const markExported = prepared(
  'commerce-confirm-export',
  'update commerce.orders set exported_at = now() where orders.id = any($1::uuid[]) and orders.exported_at is null',
)
