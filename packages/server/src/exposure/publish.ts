import type { Snapshot } from '@headgate/core/exposure'
import { HeadgateError } from '@headgate/core/model'
import { snapshotSchema } from '@headgate/protocol/snapshot'
import { inTransaction, notify, type Db, type Tx } from '../db/index.ts'
import { buildSnapshot, leaseTimes, type SnapshotInput } from './build-snapshot.ts'
import { currentKeyId } from './key-store.ts'
import type { Keys } from './keys.ts'
import { insertSnapshot, latestVersion, lockPublication, rememberExposed, renewalDueAt } from './snapshot-store.ts'

/**
 * Reads what shall be exposed. Called when this transaction's turn to publish has come, so that it sees every change that
 * was published before; a value read earlier could bring back an exposure that a stop has just withdrawn.
 */
export type ReadExposures = (tx: Tx) => Promise<SnapshotInput>

export interface Publisher {
  /**
   * Signs and stores the next snapshot in the caller's transaction; gateways that wait get it when that commits. Call it
   * last: other publications wait until the transaction ends.
   *
   * @returns the version, to be handed to `confirmation`
   * @throws HeadgateError `UNAVAILABLE` when this server's key is not the current one
   */
  publish(tx: Tx, read: ReadExposures): Promise<number>
  /** Publishes again when a third of the shortest lease has passed; undefined when it was not due. */
  renew(db: Db, read: ReadExposures): Promise<number | undefined>
}

export function createPublisher(keys: Keys, now: () => number): Publisher {
  const isDue = (dueAt: number | undefined): boolean => dueAt !== undefined && dueAt <= now()
  return {
    async publish(tx, read) {
      await takeTurn(tx, keys)
      return publishNext(tx, { keys, at: now(), read })
    },
    async renew(db, read) {
      if (!isDue(await renewalDueAt(db))) return undefined
      return inTransaction(db, async (tx) => {
        await takeTurn(tx, keys)
        // Another server may have renewed while this one waited.
        return isDue(await renewalDueAt(tx)) ? publishNext(tx, { keys, at: now(), read }) : undefined
      })
    },
  }
}

async function takeTurn(tx: Tx, { signing }: Keys): Promise<void> {
  const isolation = await lockPublication(tx)
  if (isolation !== 'read committed') {
    throw new HeadgateError('INTERNAL', `Snapshots are published under read committed, not under ${isolation}`)
  }
  const current = await currentKeyId(tx)
  if (current !== signing.keyId) {
    throw new HeadgateError(
      'UNAVAILABLE',
      `This server signs with key ${signing.keyId}, but ${current} is the current one`,
    )
  }
}

interface Publication {
  readonly keys: Keys
  readonly at: number
  readonly read: ReadExposures
}

async function publishNext(tx: Tx, { keys, at, read }: Publication): Promise<number> {
  const input = await read(tx)
  const version = (await latestVersion(tx)) + 1
  const snapshot = buildSnapshot(input, { version, issuedAt: at, journeyKey: keys.journeyKey })
  const payload = serialise(snapshot)
  const signed = { version, keyId: keys.signing.keyId, payload, signature: keys.signing.sign(payload) }
  await insertSnapshot(tx, signed, new Date(at), leaseTimes(snapshot))
  const releases = [...new Set(snapshot.exposures.map((exposure) => exposure.release))]
  await rememberExposed(tx, releases, version, new Date(at))
  await notify(tx, 'snapshot', String(version))
  return version
}

/** What a gateway would refuse is not signed at all: it would go on with the snapshot before, also after a stop. */
function serialise(snapshot: Snapshot): string {
  const checked = snapshotSchema.safeParse(snapshot)
  if (!checked.success) {
    const [issue] = checked.error.issues
    const where = issue?.path.join('.') ?? ''
    throw new HeadgateError('INVALID_MODEL', `The model gives no valid snapshot: ${where}: ${issue?.message}`, {
      cause: checked.error,
    })
  }
  const payload = JSON.stringify(snapshot)
  if (payload.length <= largestPayload) return payload
  throw new HeadgateError(
    'INVALID_MODEL',
    `The snapshot has ${payload.length} characters; ${largestPayload} are allowed`,
  )
}

const largestPayload = 4_000_000
