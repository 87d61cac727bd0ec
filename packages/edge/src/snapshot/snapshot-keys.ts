import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { HeadgateError } from '@headgate/core/model'

/** Public keys by id that snapshots may be signed with: SPKI DER, base64url. */
export type PublicKeys = Readonly<Record<string, string>>

/** Whether `signature` (base64url) is that of the key `keyId` over the bytes of `payload`. */
export interface SignatureCheck {
  check(keyId: string, payload: string, signature: string): 'valid' | 'invalid' | 'unknown-key'
}

/** The keys a gateway trusts. Empty until it has some; once it has, they change only by its configuration. */
export interface KeyRing extends SignatureCheck {
  isEmpty(): boolean
  /** Throws `INVALID_INPUT` for a key that is not an Ed25519 public key. */
  trust(keys: PublicKeys): void
}

/** Ed25519 by node:crypto. */
export function createKeyRing(): KeyRing {
  const known = new Map<string, KeyObject>()
  return {
    isEmpty: () => known.size === 0,
    trust(keys) {
      // All or none: a half trusted answer would never be asked for again.
      const parsed = Object.entries(keys).map(([id, text]) => [id, parseKey(id, text)] as const)
      for (const [id, key] of parsed) known.set(id, key)
    },
    check(keyId, payload, signature) {
      const key = known.get(keyId)
      if (key === undefined) return 'unknown-key'
      return verify(null, Buffer.from(payload), key, Buffer.from(signature, 'base64url')) ? 'valid' : 'invalid'
    },
  }
}

function parseKey(id: string, text: string): KeyObject {
  try {
    const key = createPublicKey({ key: Buffer.from(text, 'base64url'), format: 'der', type: 'spki' })
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch (cause) {
    throw new HeadgateError('INVALID_INPUT', badKey(id), { cause })
  }
  throw new HeadgateError('INVALID_INPUT', badKey(id))
}

function badKey(id: string): string {
  return `snapshot key ${id} is not an Ed25519 public key; give its SPKI form in base64url, as GET /api/v1/keys shows it`
}
