import { createCatalogue, seedCategories } from './catalogue.ts'
import { inTransaction, type Database, type Transaction } from './pool.ts'

export const seedCoupons = [
  { code: 'SPRING10', kind: 'percent', value: 10, minSubtotalCents: 0, validUntil: '2100-01-01' },
  { code: 'WELCOME5', kind: 'fixed', value: 500, minSubtotalCents: 2_000, validUntil: '2100-01-01' },
  { code: 'SUMMER20', kind: 'percent', value: 20, minSubtotalCents: 0, validUntil: '2020-09-01' },
] as const

/** Gift cards in circulation: more than a long run of the lab can use up. */
export const giftCardCount = 5_000

/** `GIFT-00042`; numbers from 0. Each starts with 50 to 100 EUR. */
export function giftCardCode(number: number): string {
  return `GIFT-${String(number % giftCardCount).padStart(5, '0')}`
}

/**
 * Fill an empty shop: the ERP first, then both channels from it, as an initial load would. Does nothing and says false when there
 * are items already.
 */
export async function seedShop(database: Database, seed: number): Promise<boolean> {
  return inTransaction(database, async (transaction) => {
    await transaction.query('lock table erp.items in exclusive mode')
    const filled = await transaction.query('select 1 from erp.items limit 1')
    if (filled.rowCount !== 0) return false
    await seedErp(transaction, seed)
    for (const channel of ['legacy', 'commerce'] as const) await seedShared(transaction, channel)
    await transaction.query(loadLegacyProducts)
    await transaction.query(loadCommerceProducts)
    await transaction.query(loadCommercePrices)
    await transaction.query(loadCommerceStock)
    return true
  })
}

async function seedErp(transaction: Transaction, seed: number): Promise<void> {
  await transaction.query(
    `insert into erp.items (sku, slug, title, category, description, price_cents, previous_price_cents)
     select item.sku, item.slug, item.title, item.category, item.description, item."priceCents", item."previousCents"
     from jsonb_to_recordset($1) as item
       (sku text, slug text, title text, category text, description text, "priceCents" integer, "previousCents" integer)`,
    [JSON.stringify(createCatalogue(seed))],
  )
  await transaction.query(
    `insert into erp.stock (sku, channel, on_hand)
     select item.sku, channel.name, item.stock
     from jsonb_to_recordset($1) as item (sku text, stock integer)
     cross join (values ('legacy'), ('commerce')) as channel (name)`,
    [JSON.stringify(createCatalogue(seed))],
  )
  await transaction.query(`insert into erp.deliveries (channel) values ('legacy'), ('commerce')`)
}

async function seedShared(transaction: Transaction, schema: 'legacy' | 'commerce'): Promise<void> {
  const categories = seedCategories.map((category, position) => ({ ...category, position }))
  await transaction.query(
    `insert into ${schema}.categories (id, title, position)
     select c.id, c.title, c.position from jsonb_to_recordset($1) as c (id text, title text, position integer)`,
    [JSON.stringify(categories)],
  )
  await transaction.query(
    `insert into ${schema}.coupons (code, kind, value, min_subtotal_cents, valid_until)
     select c.code, c.kind, c.value, c."minSubtotalCents", c."validUntil"
     from jsonb_to_recordset($1) as c
       (code text, kind text, value integer, "minSubtotalCents" integer, "validUntil" timestamptz)`,
    [JSON.stringify(seedCoupons)],
  )
  await transaction.query(
    `insert into ${schema}.gift_cards (code, balance_cents)
     select 'GIFT-' || lpad(n::text, 5, '0'), 5000 + (n * 37 % 51) * 100 from generate_series(0, $1 - 1) as n`,
    [giftCardCount],
  )
}

const loadLegacyProducts = `
  insert into legacy.products
    (sku, slug, title, category, description, position, price_cents, previous_price_cents, price_version, on_hand)
  select items.sku, items.slug, items.title, items.category, items.description,
    row_number() over (partition by items.category order by items.sku),
    items.price_cents, items.previous_price_cents, items.price_version, stock.on_hand
  from erp.items
  join erp.stock on stock.sku = items.sku and stock.channel = 'legacy'`

const loadCommerceProducts = `
  insert into commerce.products (sku, slug, title, category, description, position)
  select items.sku, items.slug, items.title, items.category, items.description,
    row_number() over (partition by items.category order by items.sku)
  from erp.items`

const loadCommercePrices = `
  insert into commerce.prices (sku, cents, previous_cents, version)
  select items.sku, items.price_cents, items.previous_price_cents, items.price_version from erp.items`

const loadCommerceStock = `
  insert into commerce.stock (sku, on_hand)
  select stock.sku, stock.on_hand from erp.stock where stock.channel = 'commerce'`
