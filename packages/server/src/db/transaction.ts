import { setTimeout as delay } from 'node:timers/promises'
import { isRetryable } from './pg-errors.ts'
import type { Db, Tx } from './database.ts'

const attempts = 5

/**
 * Runs `work` in one transaction (READ COMMITTED) and again when PostgreSQL gave it up for the sake of another one:
 * serialization failure or deadlock. `work` may therefore run several times and must act on nothing but `tx`. This is the
 * only place that retries; a connection that broke during commit is not retried, for nobody knows whether it was done.
 */
export async function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction().execute(work)
    } catch (error) {
      if (attempt === attempts || !isRetryable(error)) throw error
      await delay(Math.random() * 10 * 2 ** attempt)
    }
  }
}
