import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A freshly minted secret; only its hash is kept. */
export interface MintedToken {
  readonly id: string
  /** `hg_<id>_<secret>`: the id finds the row, the secret (256 random bits) proves possession. */
  readonly text: string
  readonly secretHash: Buffer
}

export function mintToken(): MintedToken {
  const id = randomBytes(8).toString('hex')
  const secret = mintSecret()
  return { id, text: `hg_${id}_${secret}`, secretHash: hashSecret(secret) }
}

export function mintSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** Plain SHA-256 is enough for 256 random bits: there is nothing to guess that a slow hash would slow down. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** The parts of `Bearer hg_<id>_<secret>`, or undefined for anything else. */
export function parseAuthorization(header: string): { readonly id: string; readonly secret: string } | undefined {
  const match = /^Bearer +hg_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/i.exec(header)
  const [, id, secret] = match ?? []
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

/** Constant time, also when the token is unknown (`expected` absent): answers do not tell ids that exist. */
export function isSecret(secret: string, expected: Buffer | undefined): boolean {
  const hash = hashSecret(secret)
  return timingSafeEqual(hash, expected ?? Buffer.alloc(hash.length)) && expected !== undefined
}
