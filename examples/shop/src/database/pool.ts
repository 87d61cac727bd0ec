import { Pool, type PoolClient, type QueryResultRow } from 'pg'
import type { Logger } from '../service/logger.ts'

export type Database = Pool
export type Transaction = PoolClient

/** A small pool: a service of the lab has few queries in flight, and the two cores it shares have nothing to win from more. */
export function openDatabase(url: string, logger: Logger, connections = 8): Database {
  const pool = new Pool({
    connectionString: url,
    max: connections,
    application_name: 'headgate-lab',
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
  })
  // A connection that dies while idle (the database restarts) must not take the process along; the next query opens another.
  pool.on('error', (error) => logger.warn('an idle database connection was lost', { reason: error.message }))
  return pool
}

/** Run `work` in one transaction; what it throws rolls back. */
export async function inTransaction<T>(database: Database, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  const client = await database.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    // A connection that cannot even roll back is closed rather than returned to the pool.
    await client.query('rollback').catch((cause: unknown) => {
      broken = new Error('rollback failed', { cause })
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** A statement that PostgreSQL parses and plans once per connection. */
export function prepared(
  name: string,
  text: string,
): (values?: unknown[]) => { name: string; text: string; values: unknown[] } {
  return (values = []) => ({ name, text, values })
}

/** Rows of a query; the columns are the caller's claim about its own SQL. */
export async function rows<Row extends QueryResultRow>(
  on: Database | Transaction,
  query: { readonly text: string; readonly values: unknown[]; readonly name?: string },
): Promise<readonly Row[]> {
  return (await on.query<Row>(query)).rows
}
