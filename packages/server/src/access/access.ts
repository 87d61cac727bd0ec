import { HeadgateError } from '@headgate/core/model'
import type { CreatedToken, CreateTokenRequest, TokenView } from '@headgate/protocol/api'
import { inTransaction, type Db } from '../db/index.ts'
import type { Authenticate, Principal } from '../http/index.ts'
import { createAuthenticate, createRefuse } from './authenticate.ts'
import { offerBootstrap, useBootstrap } from './bootstrap-store.ts'
import { issueToken, viewOf } from './issue-token.ts'
import { hashSecret, mintSecret } from './token.ts'
import { hasAdministrator, listTokens, revokeToken } from './token-store.ts'

/** A one-time secret that {@link Access.bootstrap} exchanges for an administrator's token. */
export interface BootstrapOffer {
  readonly secret: string
  readonly expiresAt: number
}

export interface Access {
  readonly authenticate: Authenticate
  /** Offers a secret when no usable administrator's token exists: on the first start, or after all were revoked. */
  offerBootstrap(configuredSecret?: string): Promise<BootstrapOffer | undefined>
  /** @throws HeadgateError `UNAUTHENTICATED` when the secret is unknown, used or expired */
  bootstrap(secret: string, principal: string, remoteAddress: string): Promise<CreatedToken>
  create(request: CreateTokenRequest, by: Principal): Promise<CreatedToken>
  list(): Promise<readonly TokenView[]>
  /** @throws HeadgateError `NOT_FOUND` */
  revoke(id: string): Promise<void>
}

const bootstrapValidMs = 60 * 60_000
const longestExpiryMs = 3_650 * 24 * 60 * 60_000

export function createAccess(db: Db, now: () => number): Access {
  const refuse = createRefuse(now)
  return {
    authenticate: createAuthenticate(db, now, refuse),
    offerBootstrap: (configuredSecret) => offer(db, now(), configuredSecret ?? mintSecret()),
    async bootstrap(secret, principal, remoteAddress) {
      const created = await exchange(db, new Date(now()), secret, principal)
      if (created === undefined) throw refuse('The secret is unknown, was used, or has expired', remoteAddress)
      return created
    },
    create: (request, by) => createToken(db, new Date(now()), request, by),
    async list() {
      return (await listTokens(db)).map(viewOf)
    },
    async revoke(id) {
      if (await revokeToken(db, id, new Date(now()))) return
      throw new HeadgateError('NOT_FOUND', `There is no token ${id}; GET /api/v1/tokens lists them`)
    },
  }
}

async function offer(db: Db, at: number, secret: string): Promise<BootstrapOffer | undefined> {
  if (await hasAdministrator(db, new Date(at))) return undefined
  const expiresAt = at + bootstrapValidMs
  await offerBootstrap(db, hashSecret(secret), new Date(at), new Date(expiresAt))
  return { secret, expiresAt }
}

async function exchange(db: Db, at: Date, secret: string, principal: string): Promise<CreatedToken | undefined> {
  return inTransaction(db, async (tx) => {
    if (!(await useBootstrap(tx, hashSecret(secret), at))) return undefined
    return issueToken(tx, { name: 'bootstrap', principal, scopes: ['admin'], createdBy: 'bootstrap', at })
  })
}

function createToken(db: Db, at: Date, request: CreateTokenRequest, by: Principal): Promise<CreatedToken> {
  const { expiresInMs, ...rest } = request
  if (expiresInMs === undefined) return issueToken(db, { ...rest, createdBy: by.name, at })
  if (expiresInMs > longestExpiryMs) {
    throw new HeadgateError('INVALID_INPUT', 'A token lasts ten years at most; leave expiresInMs out for no end')
  }
  return issueToken(db, { ...rest, createdBy: by.name, at, expiresAt: new Date(at.getTime() + expiresInMs) })
}
