import type { Principal } from '../http/index.ts'

/** A person with a token that may act. */
export function principal(name: string): Principal {
  return { name, tokenId: 'token', scopes: ['act', 'admin'] }
}
