import { HeadgateError } from '@headgate/core/model'
import { sql } from 'kysely'
import { inTransaction, type Db, type Tx } from '../db/index.ts'
import { fingerprintOf, type Keys } from './keys.ts'

export interface PublicKeyRow {
  readonly keyId: string
  readonly publicKey: string
}

const keysLock = 4_841_170_004
const advice =
  'Give all servers the same keys (HEADGATE_SIGNING_KEY_FILE, HEADGATE_JOURNEY_KEY_FILE), or start once with --rotate-keys'

/**
 * Records the keys of the first server, so that a second one with others is noticed. With `rotate` ours become the current
 * ones; servers that still hold the old ones then turn unready.
 *
 * @throws HeadgateError `CONFLICT` when the database knows other keys
 */
export async function registerKeys(db: Db, keys: Keys, at: Date, rotate: boolean): Promise<void> {
  await inTransaction(db, async (tx) => {
    await sql`select pg_catalog.pg_advisory_xact_lock(${keysLock})`.execute(tx)
    await registerSigningKey(tx, keys, at, rotate)
    await registerJourneyKey(tx, keys, at, rotate)
  })
}

async function registerSigningKey(tx: Tx, { signing }: Keys, at: Date, rotate: boolean): Promise<void> {
  const current = await currentKeyId(tx)
  if (current === signing.keyId) return
  if (current !== undefined && !rotate) {
    throw new HeadgateError(
      'CONFLICT',
      `The database expects signing key ${current}, this one is ${signing.keyId}. ${advice}`,
    )
  }
  await tx.updateTable('signing_key').set({ retired_at: at }).where('signing_key.retired_at', 'is', null).execute()
  await tx
    .insertInto('signing_key')
    .values({ key_id: signing.keyId, public_key: signing.publicKey, created_at: at, retired_at: null })
    .onConflict((conflict) => conflict.column('key_id').doUpdateSet({ retired_at: null }))
    .execute()
}

async function registerJourneyKey(tx: Tx, { journeyKey }: Keys, at: Date, rotate: boolean): Promise<void> {
  const fingerprint = fingerprintOf(journeyKey)
  const known = await journeyFingerprint(tx)
  if (known === fingerprint) return
  if (known !== undefined && !rotate) {
    throw new HeadgateError('CONFLICT', `The database expects another journey key. ${advice}`)
  }
  await tx
    .insertInto('shared_secret')
    .values({ name: 'journey', fingerprint, created_at: at })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ fingerprint, created_at: at }))
    .execute()
}

/** What is wrong with the keys of this process, as far as the database knows. */
export async function keyProblem(db: Db, keys: Keys): Promise<string | undefined> {
  if ((await currentKeyId(db)) !== keys.signing.keyId) return 'another server signs with another key'
  if ((await journeyFingerprint(db)) !== fingerprintOf(keys.journeyKey))
    return 'another server uses another journey key'
  return undefined
}

/** The key that signs now. */
export async function currentKeyId(db: Db | Tx): Promise<string | undefined> {
  const row = await db
    .selectFrom('signing_key')
    .select('signing_key.key_id')
    .where('signing_key.retired_at', 'is', null)
    .executeTakeFirst()
  return row?.key_id
}

export async function listPublicKeys(db: Db): Promise<readonly PublicKeyRow[]> {
  return db
    .selectFrom('signing_key')
    .select(['signing_key.key_id as keyId', 'signing_key.public_key as publicKey'])
    .where('signing_key.retired_at', 'is', null)
    .execute()
}

async function journeyFingerprint(db: Db | Tx): Promise<string | undefined> {
  const row = await db
    .selectFrom('shared_secret')
    .select('shared_secret.fingerprint')
    .where('shared_secret.name', '=', 'journey')
    .executeTakeFirst()
  return row?.fingerprint
}
