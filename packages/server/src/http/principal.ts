import type { Scope } from '@headgate/protocol/api'

/** Who makes a request: the address of a person, or the name of a machine, as its token says. */
export interface Principal {
  readonly name: string
  readonly tokenId: string
  readonly scopes: readonly Scope[]
}

/**
 * Tells who sent the credentials of an `Authorization` header.
 *
 * @throws HeadgateError `UNAUTHENTICATED`, or `RATE_LIMITED` after too many failures from one address
 */
export type Authenticate = (authorization: string | undefined, remoteAddress: string) => Promise<Principal>

/** Scopes that include another one. Machines' scopes are never implied: a gateway's view holds a secret. */
const including: Readonly<Record<Scope, readonly Scope[]>> = {
  admin: ['admin'],
  act: ['act', 'admin'],
  read: ['read', 'act', 'admin'],
  gateway: ['gateway'],
  signals: ['signals'],
}

/** Whether the principal has one of the scopes, itself or by one that includes it. */
export function hasScope(principal: Principal, anyOf: readonly Scope[]): boolean {
  return anyOf.some((scope) => including[scope].some((one) => principal.scopes.includes(one)))
}
