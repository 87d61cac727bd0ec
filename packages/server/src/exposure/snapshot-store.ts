import { sql } from 'kysely'
import type { SignedSnapshot } from '@headgate/protocol/snapshot'
import type { Db, Tx } from '../db/index.ts'
import type { LeaseTimes } from './build-snapshot.ts'

export interface StoredSnapshot extends SignedSnapshot {
  readonly version: number
}

const publicationLock = 4_841_170_005
/** Enough to judge the leases of gateways that fell silent; the audit log tells what was exposed when. */
const keptVersions = 200

/**
 * Waits for its turn to publish and keeps it until the transaction ends. Whatever is read after this, other publications
 * have committed; that holds only where each statement sees what was committed before it, so the level is checked.
 */
export async function lockPublication(tx: Tx): Promise<string> {
  const result = await sql<{ isolation: string }>`
    select pg_catalog.current_setting('transaction_isolation') as isolation,
      pg_catalog.pg_advisory_xact_lock(${publicationLock})
  `.execute(tx)
  return result.rows[0]?.isolation ?? ''
}

export async function latestVersion(tx: Tx): Promise<number> {
  const row = await tx
    .selectFrom('snapshot')
    .select((select) => select.fn.max<number | null>('snapshot.version').as('version'))
    .executeTakeFirst()
  return row?.version ?? 0
}

export async function insertSnapshot(tx: Tx, signed: StoredSnapshot, at: Date, leases: LeaseTimes): Promise<void> {
  await tx
    .insertInto('snapshot')
    .values({
      version: signed.version,
      key_id: signed.keyId,
      payload: signed.payload,
      signature: signed.signature,
      issued_at: at,
      leases_until: leases.until === 'never' ? 'infinity' : leases.until === undefined ? null : new Date(leases.until),
      renew_at: leases.renewAt === undefined ? null : new Date(leases.renewAt),
    })
    .execute()
  await tx
    .deleteFrom('snapshot')
    .where('snapshot.version', '<=', signed.version - keptVersions)
    .execute()
}

export async function latestSnapshot(db: Db | Tx): Promise<StoredSnapshot | undefined> {
  const row = await db
    .selectFrom('snapshot')
    .select(['snapshot.version', 'snapshot.key_id', 'snapshot.payload', 'snapshot.signature'])
    .orderBy('snapshot.version', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && { version: row.version, keyId: row.key_id, payload: row.payload, signature: row.signature }
}

/** When the latest snapshot is due for renewal; undefined when it needs none. */
export async function renewalDueAt(db: Db | Tx): Promise<number | undefined> {
  const row = await db
    .selectFrom('snapshot')
    .select('snapshot.renew_at')
    .orderBy('snapshot.version', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.renew_at?.getTime()
}

/** Remembers that the releases were exposed: from now on their evidence is accepted. */
export async function rememberExposed(tx: Tx, releases: readonly string[], version: number, at: Date): Promise<void> {
  if (releases.length === 0) return
  await tx
    .insertInto('exposed_release')
    .values(releases.map((release) => ({ release, first_version: version, exposed_at: at, closed_at: null })))
    .onConflict((conflict) => conflict.column('release').doNothing())
    .execute()
}

/** Those of the releases whose evidence is still wanted: exposed once, not closed since. */
export async function openReleases(tx: Tx, releases: readonly string[]): Promise<ReadonlySet<string>> {
  if (releases.length === 0) return new Set()
  const rows = await tx
    .selectFrom('exposed_release')
    .select('exposed_release.release')
    .where('exposed_release.release', 'in', releases)
    .where('exposed_release.closed_at', 'is', null)
    .execute()
  return new Set(rows.map((row) => row.release))
}

export async function closeExposed(tx: Tx, release: string, at: Date): Promise<void> {
  await tx
    .updateTable('exposed_release')
    .set({ closed_at: at })
    .where('exposed_release.release', '=', release)
    .execute()
}
