import { sql } from 'kysely'
import type { Db, Tx } from '../db/index.ts'

const bootstrapLock = 4_841_170_003

/** Makes a secret valid until `expiresAt`; one that was used before stays used. */
export async function offerBootstrap(db: Db, secretHash: Buffer, at: Date, expiresAt: Date): Promise<void> {
  await db
    .insertInto('bootstrap')
    .values({ secret_hash: secretHash, created_at: at, expires_at: expiresAt, used_at: null })
    .onConflict((conflict) =>
      conflict.column('secret_hash').doUpdateSet({ expires_at: expiresAt }).where('bootstrap.used_at', 'is', null),
    )
    .execute()
}

/** Uses up the secret and with it every other one. Whether it was valid. */
export async function useBootstrap(tx: Tx, secretHash: Buffer, at: Date): Promise<boolean> {
  await sql`select pg_catalog.pg_advisory_xact_lock(${bootstrapLock})`.execute(tx)
  const valid = await tx
    .selectFrom('bootstrap')
    .select('bootstrap.created_at')
    .where('bootstrap.secret_hash', '=', secretHash)
    .where('bootstrap.used_at', 'is', null)
    .where('bootstrap.expires_at', '>', at)
    .executeTakeFirst()
  if (valid === undefined) return false
  await tx.updateTable('bootstrap').set({ used_at: at }).where('bootstrap.used_at', 'is', null).execute()
  return true
}
