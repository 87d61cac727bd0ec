import { createEmptyDatabase } from '@headgate/testkit'
import { createLogger, type Logger } from '../service/logger.ts'
import { migrate } from './migrate.ts'
import { openDatabase, type Database } from './pool.ts'
import { seedShop } from './seed.ts'

export const quiet: Logger = createLogger({ service: 'test', level: 'silent' })

/** A migrated and seeded shop in a database of its own. */
export interface ShopDatabase {
  readonly url: string
  readonly database: Database
  /** One number out of the database. */
  count(text: string, values?: unknown[]): Promise<number>
  drop(): Promise<void>
}

export async function createShopDatabase(): Promise<ShopDatabase> {
  const empty = await createEmptyDatabase()
  const database = openDatabase(empty.url, quiet, 16)
  await migrate(database)
  await seedShop(database, 7)
  return {
    url: empty.url,
    database,
    count: async (text, values = []) => Number(Object.values((await database.query(text, values)).rows[0] ?? {})[0]),
    drop: async () => {
      await database.end()
      await empty.drop()
    },
  }
}
