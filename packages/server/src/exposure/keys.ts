import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto'
import path from 'node:path'
import { HeadgateError } from '@headgate/core/model'
import { writeOnce } from '../write-once.ts'

/** The secrets that all servers of one Headgate share. */
export interface Keys {
  readonly signing: SigningKey
  /** Key of the code on journey tokens: base64url, 32 bytes. */
  readonly journeyKey: string
}

export interface SigningKey {
  readonly keyId: string
  /** SPKI DER, base64url. */
  readonly publicKey: string
  /** Ed25519 over the bytes of the text, base64url. */
  sign(text: string): string
}

export interface KeyOptions {
  /** Keys that are not given live here, created on first use with mode 0600. */
  readonly dataDir: string
  /** Ed25519 private key, PKCS#8 PEM. */
  readonly signingKey?: string
  readonly journeyKey?: string
}

/** @throws HeadgateError `INVALID_INPUT` for a key that cannot be used */
export function loadKeys(options: KeyOptions): Keys {
  const folder = path.join(options.dataDir, 'keys')
  return {
    signing: parseSigningKey(options.signingKey ?? writeOnce(path.join(folder, 'signing-key.pem'), newSigningKey)),
    journeyKey: parseJourneyKey(options.journeyKey ?? writeOnce(path.join(folder, 'journey-key'), newJourneyKey)),
  }
}

function newSigningKey(): string {
  return generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey
}

function newJourneyKey(): string {
  return `${randomBytes(32).toString('base64url')}\n`
}

function parseSigningKey(pem: string): SigningKey {
  const privateKey = parsePrivateKey(pem)
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  return {
    keyId: createHash('sha256').update(spki).digest('hex').slice(0, 16),
    publicKey: spki.toString('base64url'),
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64url'),
  }
}

function parsePrivateKey(pem: string): KeyObject {
  const explanation = 'The signing key must be an Ed25519 private key in PEM (openssl genpkey -algorithm ed25519)'
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch (cause) {
    throw new HeadgateError('INVALID_INPUT', explanation, { cause })
  }
  throw new HeadgateError('INVALID_INPUT', explanation)
}

function parseJourneyKey(text: string): string {
  const key = text.trim()
  if (/^[A-Za-z0-9_-]+$/.test(key) && Buffer.from(key, 'base64url').length >= 32) return key
  throw new HeadgateError('INVALID_INPUT', 'The journey key must be at least 32 random bytes in base64url')
}

/** Tells secrets apart without showing them. */
export function fingerprintOf(secret: string): string {
  return createHash('sha256').update(`headgate fingerprint ${secret}`).digest('hex').slice(0, 16)
}
