import { prepared, rows, type Database } from '../database/pool.ts'
import type { BasketLine } from '../rules/totals.ts'
import type { CheckoutMethod } from '../rules/methods.ts'
import type { OrderAnswer } from './contract.ts'

const selectOrder = prepared(
  'commerce-order',
  `select orders.id, orders.number, orders.placed_at as "placedAt", checkouts.method, checkouts.store,
     checkouts.total_cents as "totalCents",
     (select jsonb_agg(jsonb_build_object('sku', line.sku, 'slug', line.slug, 'title', line.title,
        'quantity', line.quantity, 'unitCents', line.unit_cents) order by line.sku)
      from commerce.checkout_lines as line where line.checkout_id = orders.id) as lines
   from commerce.orders join commerce.checkouts on checkouts.id = orders.id
   where orders.id = $1`,
)

interface OrderRow {
  readonly id: string
  readonly number: string
  readonly placedAt: Date
  readonly method: CheckoutMethod
  readonly store: string | null
  readonly totalCents: number
  readonly lines: BasketLine[]
}

export async function findOrder(database: Database, id: string): Promise<OrderAnswer | undefined> {
  const [order] = await rows<OrderRow>(database, selectOrder([id]))
  if (order === undefined) return undefined
  const { store, placedAt, ...rest } = order
  return { ...rest, placedAt: placedAt.toISOString(), ...(store === null ? {} : { store }) }
}
