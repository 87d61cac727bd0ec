import type { Scope } from '@headgate/protocol/api'
import type { Selectable } from 'kysely'
import type { Db, Tables, Tx } from '../db/index.ts'

export type TokenRow = Omit<Selectable<Tables['token']>, 'scopes'> & { readonly scopes: readonly Scope[] }

const columns = [
  'token.id',
  'token.name',
  'token.principal',
  'token.scopes',
  'token.secret_hash',
  'token.created_by',
  'token.created_at',
  'token.expires_at',
  'token.last_used_at',
  'token.revoked_at',
] as const

export async function findToken(db: Db, id: string): Promise<TokenRow | undefined> {
  return db.selectFrom('token').select(columns).where('token.id', '=', id).executeTakeFirst()
}

/** Oldest first, without the revoked. */
export async function listTokens(db: Db): Promise<readonly TokenRow[]> {
  return db
    .selectFrom('token')
    .select(columns)
    .where('token.revoked_at', 'is', null)
    .orderBy('token.created_at')
    .orderBy('token.id')
    .execute()
}

export async function insertToken(db: Db | Tx, row: TokenRow): Promise<void> {
  await db
    .insertInto('token')
    .values({ ...row, scopes: [...row.scopes] })
    .execute()
}

/** Whether there was a token to revoke. */
export async function revokeToken(db: Db, id: string, at: Date): Promise<boolean> {
  const result = await db
    .updateTable('token')
    .set({ revoked_at: at })
    .where('token.id', '=', id)
    .where('token.revoked_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

export async function markUsed(db: Db, id: string, at: Date): Promise<void> {
  await db.updateTable('token').set({ last_used_at: at }).where('token.id', '=', id).execute()
}

export async function hasAdministrator(db: Db | Tx, at: Date): Promise<boolean> {
  const row = await db
    .selectFrom('token')
    .select('token.id')
    .where('token.revoked_at', 'is', null)
    .where((where) => where.or([where('token.expires_at', 'is', null), where('token.expires_at', '>', at)]))
    .where((where) => where(where.val('admin'), '=', where.fn.any('token.scopes')))
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
