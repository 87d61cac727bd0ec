import { HeadgateError } from '@headgate/core/model'
import type { Db } from '../db/index.ts'
import type { Authenticate } from '../http/index.ts'
import { createFailureLimit } from './failure-limit.ts'
import { isSecret, parseAuthorization } from './token.ts'
import { findToken, markUsed, type TokenRow } from './token-store.ts'

/** Turns a failed attempt into the error to throw: `UNAUTHENTICATED`, after too many from one address `RATE_LIMITED`. */
export type Refuse = (message: string, remoteAddress: string) => HeadgateError

export function createRefuse(now: () => number): Refuse {
  const failures = createFailureLimit(now)
  return (message, remoteAddress) =>
    failures.isExceededBy(remoteAddress)
      ? new HeadgateError('RATE_LIMITED', `Too many failed attempts from ${remoteAddress}. ${message}`)
      : new HeadgateError('UNAUTHENTICATED', message)
}

/** `last_used_at` is this coarse, so that a busy token costs no write per request. */
const usedResolutionMs = 60_000

/**
 * A valid token passes however often others failed from the same address: behind one proxy all share it, and nothing may
 * block a stop (SPEC R2). Tokens are looked up each time, so that a revocation holds from the next request on.
 */
export function createAuthenticate(db: Db, now: () => number, refuse: Refuse): Authenticate {
  return async (authorization, remoteAddress) => {
    if (authorization === undefined) {
      throw new HeadgateError('UNAUTHENTICATED', 'Send a token: Authorization: Bearer hg_<id>_<secret>')
    }
    const given = parseAuthorization(authorization)
    if (given === undefined) throw refuse('The token must look like Bearer hg_<id>_<secret>', remoteAddress)
    const row = await findToken(db, given.id)
    const at = now()
    // The same words whether the id or the secret is wrong.
    if (!isSecret(given.secret, row?.secret_hash) || row === undefined) {
      throw refuse('The token is unknown', remoteAddress)
    }
    const flaw = flawOf(row, at)
    if (flaw !== undefined) throw refuse(flaw, remoteAddress)
    await noteUse(db, row, at)
    return { name: row.principal, tokenId: row.id, scopes: row.scopes }
  }
}

function flawOf(row: TokenRow, at: number): string | undefined {
  if (row.revoked_at !== null) return `The token "${row.name}" was revoked`
  if (row.expires_at !== null && row.expires_at.getTime() <= at) return `The token "${row.name}" has expired`
  return undefined
}

async function noteUse(db: Db, row: TokenRow, at: number): Promise<void> {
  const sinceMs = Math.abs(at - (row.last_used_at?.getTime() ?? 0))
  if (sinceMs >= usedResolutionMs) await markUsed(db, row.id, new Date(at))
}
