import { createEmptyDatabase } from '@headgate/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dropShop, migrate } from './migrate.ts'
import { openDatabase, type Database } from './pool.ts'
import { seedShop } from './seed.ts'
import { quiet } from './shop-database.test-support.ts'

let empty: Awaited<ReturnType<typeof createEmptyDatabase>>
let database: Database

beforeAll(async () => {
  empty = await createEmptyDatabase()
  database = openDatabase(empty.url, quiet)
})
afterAll(async () => {
  await database.end()
  await empty.drop()
})

const digest = async (seed: number) => {
  await dropShop(database)
  await migrate(database)
  await seedShop(database, seed)
  const { rows } = await database.query<{ digest: string }>(
    `select md5(string_agg(items::text, '|' order by items.sku)) as digest from erp.items`,
  )
  return rows[0]?.digest
}

test('several processes may migrate and seed at once; one does it', async () => {
  const applied = await Promise.all([migrate(database), migrate(database), migrate(database)])
  expect(applied.filter((names) => names.length > 0)).toHaveLength(1)
  const seeded = await Promise.all([seedShop(database, 7), seedShop(database, 7)])
  expect(seeded.filter(Boolean)).toHaveLength(1)
})

test('the same seed makes the same shop, another seed another', async () => {
  const first = await digest(7)
  expect(await digest(7)).toBe(first)
  expect(await digest(8)).not.toBe(first)
})

test('both channels start as the ERP says', async () => {
  const { rows } = await database.query<{ differ: string; items: string; soldOut: string }>(
    `select count(*) as items,
       count(*) filter (where l.on_hand = 0) as "soldOut",
       count(*) filter (where l.price_cents <> i.price_cents or p.cents <> i.price_cents or s.on_hand <> l.on_hand) as differ
     from erp.items i
     join legacy.products l using (sku) join commerce.prices p using (sku) join commerce.stock s using (sku)`,
  )
  expect(Number(rows[0]?.items)).toBe(324)
  expect(Number(rows[0]?.differ)).toBe(0)
  expect(Number(rows[0]?.soldOut)).toBeGreaterThan(0)
})
