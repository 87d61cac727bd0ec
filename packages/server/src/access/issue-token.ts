import type { CreatedToken, Scope, TokenView } from '@headgate/protocol/api'
import type { Db, Tx } from '../db/index.ts'
import { mintToken } from './token.ts'
import { insertToken, type TokenRow } from './token-store.ts'

export interface NewToken {
  readonly name: string
  readonly principal: string
  readonly scopes: readonly Scope[]
  readonly createdBy: string
  readonly at: Date
  readonly expiresAt?: Date
}

/** Stores a new token and returns its text, which nobody can read again. */
export async function issueToken(db: Db | Tx, token: NewToken): Promise<CreatedToken> {
  const minted = mintToken()
  const row: TokenRow = {
    id: minted.id,
    name: token.name,
    principal: token.principal,
    scopes: [...new Set(token.scopes)],
    secret_hash: minted.secretHash,
    created_by: token.createdBy,
    created_at: token.at,
    expires_at: token.expiresAt ?? null,
    last_used_at: null,
    revoked_at: null,
  }
  await insertToken(db, row)
  return { token: minted.text, view: viewOf(row) }
}

export function viewOf(row: TokenRow): TokenView {
  return {
    id: row.id,
    name: row.name,
    principal: row.principal,
    scopes: [...row.scopes],
    createdAt: row.created_at.getTime(),
    ...(row.expires_at && { expiresAt: row.expires_at.getTime() }),
    ...(row.last_used_at && { lastUsedAt: row.last_used_at.getTime() }),
  }
}
