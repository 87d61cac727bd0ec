import { readdir, readFile } from 'node:fs/promises'
import { inTransaction, type Database } from './pool.ts'

const folder = new URL('../../migrations/', import.meta.url)
/** Any number will do, as long as everybody who migrates a shop takes the same one. */
const migrationLock = 4_501_202

/** Apply what is new, in order, all or nothing. Several processes may call it at once; one does the work. */
export async function migrate(database: Database): Promise<readonly string[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return inTransaction(database, async (transaction) => {
    await transaction.query('select pg_advisory_xact_lock($1)', [migrationLock])
    await transaction.query(
      `create table if not exists public.shop_migrations (
         name text not null, applied_at timestamptz not null default now(), constraint shop_migrations_pk primary key (name)
       )`,
    )
    const known = await transaction.query<{ name: string }>('select shop_migrations.name from public.shop_migrations')
    const applied = new Set(known.rows.map(({ name }) => name))
    const pending = files.filter((name) => !applied.has(name))
    for (const name of pending) {
      await transaction.query(await readFile(new URL(name, folder), 'utf8'))
      await transaction.query('insert into public.shop_migrations (name) values ($1)', [name])
    }
    return pending
  })
}

/** Remove the shop and everything it remembers. */
export async function dropShop(database: Database): Promise<void> {
  await database.query('drop schema if exists erp, legacy, commerce cascade')
  await database.query('drop table if exists public.shop_migrations')
}
