import { generateKeyPairSync, sign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { HeadgateError } from '@headgate/core/model'
import type { KeyRing, LiveSnapshot, SnapshotCache } from '../snapshot/index.ts'

/**
 * Puts the snapshot of a file into effect. Whoever may write the file decides, so a throw-away key signs it here, and the
 * one way in through the cache stays the only one. Throws `SNAPSHOT_REFUSED` when the file is no usable snapshot; its leases
 * run from now on and end, unless they say `stay`.
 */
export async function offerFile(path: string, cache: SnapshotCache, keys: KeyRing): Promise<LiveSnapshot> {
  const payload = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new HeadgateError('SNAPSHOT_REFUSED', `the snapshot file ${path} cannot be read`, { cause })
  })
  const pair = generateKeyPairSync('ed25519')
  const keyId = 'file'
  keys.trust({ [keyId]: pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64url') })
  const signature = sign(null, Buffer.from(payload), pair.privateKey).toString('base64url')
  const offer = cache.offer({ keyId, payload, signature })
  if (offer.kind === 'refused') throw new HeadgateError('SNAPSHOT_REFUSED', `${path}: ${offer.message}`)
  return offer.live
}
