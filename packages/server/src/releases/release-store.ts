import { createHash } from 'node:crypto'
import { canonicalJson, chainEntry, genesisHash, type ChainEntry } from '@headgate/core/audit'
import { HeadgateError } from '@headgate/core/model'
import { sql, type Selectable } from 'kysely'
import { notify, type Db, type Tables, type Tx } from '../db/index.ts'
import { openRecord } from './fold.ts'
import { storedEventSchema, type StoredEvent } from './stored-event.ts'
import { releaseRecordSchema, type ReleaseRecord } from './stored-release.ts'

export interface ReleaseRow {
  readonly id: string
  readonly revision: number
  readonly record: ReleaseRecord
  readonly eventHead: string
  readonly modelVersion: number
  readonly planHash: string
  readonly changedAt: number
  readonly exposureVersion?: number
}

export const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex')

const columns = [
  'release.id',
  'release.revision',
  'release.phase',
  'release.state',
  'release.event_head',
  'release.model_version',
  'release.plan_hash',
  'release.changed_at',
  'release.exposure_version',
] as const

function toRow(row: Selectable<Tables['release']>): ReleaseRow {
  return {
    id: row.id,
    revision: row.revision,
    record: releaseRecordSchema.parse(JSON.parse(row.state)),
    eventHead: row.event_head,
    modelVersion: row.model_version,
    planHash: row.plan_hash,
    changedAt: row.changed_at.getTime(),
    ...(row.exposure_version === null ? {} : { exposureVersion: row.exposure_version }),
  }
}

/** A release that no event has touched yet, and the evidence that it will gather. */
export async function insertRelease(
  tx: Tx,
  release: {
    readonly id: string
    readonly modelVersion: number
    readonly planHash: string
    readonly tickMs: number
    readonly at: number
  },
): Promise<void> {
  const at = new Date(release.at)
  await tx
    .insertInto('release')
    .values({
      id: release.id,
      revision: 0,
      phase: 'draft',
      state: canonicalJson({ ...openRecord, since: release.at }),
      event_head: genesisHash,
      model_version: release.modelVersion,
      plan_hash: release.planHash,
      changed_at: at,
      exposure_version: null,
    })
    .execute()
  await tx
    .insertInto('release_evidence')
    .values({
      release: release.id,
      due_at: at,
      tick_ms: release.tickMs,
      claim: null,
      claimed_until: null,
      frame_seq: 0,
      frame_head: genesisHash,
      state: null,
      verdict: null,
      evidence_hash: genesisHash,
      judged_at: null,
    })
    .execute()
}

/** How long a transition waits for the one before it; each takes milliseconds. */
const lockTimeoutMs = 2_000

/**
 * The release, locked until the transaction ends.
 *
 * @throws HeadgateError `NOT_FOUND`; PostgreSQL's 55P03 (answered as `UNAVAILABLE`) when another transaction keeps the lock
 */
export async function lockRelease(tx: Tx, id: string): Promise<ReleaseRow> {
  await sql`select pg_catalog.set_config('lock_timeout', ${`${lockTimeoutMs}ms`}, true)`.execute(tx)
  const row = await tx.selectFrom('release').select(columns).where('release.id', '=', id).forUpdate().executeTakeFirst()
  if (row === undefined) throw unknownRelease(id)
  return toRow(row)
}

export async function readRelease(tx: Tx | Db, id: string): Promise<ReleaseRow> {
  const row = await tx.selectFrom('release').select(columns).where('release.id', '=', id).executeTakeFirst()
  if (row === undefined) throw unknownRelease(id)
  return toRow(row)
}

function unknownRelease(id: string): HeadgateError {
  return new HeadgateError('NOT_FOUND', `There is no release ${id}; GET /api/v1/releases lists them`)
}

/** All, by id; or those in the given phases. */
export async function listReleases(
  tx: Tx | Db,
  phases?: readonly ReleaseRecord['release']['phase'][],
): Promise<readonly ReleaseRow[]> {
  const rows = await tx
    .selectFrom('release')
    .select(columns)
    .$if(phases !== undefined, (query) => query.where('release.phase', 'in', [...(phases ?? [])]))
    .orderBy('release.id')
    .execute()
  return rows.map(toRow)
}

const startLock = 4_841_170_012

/** One start at a time over all releases, so that two that overlap cannot both find the way free (SPEC R4). */
export async function lockStarts(tx: Tx): Promise<void> {
  await sql`select pg_catalog.pg_advisory_xact_lock(${startLock})`.execute(tx)
}

/** Links the event to the chain. */
export async function appendEvent(tx: Tx, row: ReleaseRow, event: StoredEvent): Promise<ChainEntry> {
  const entry = chainEntry(row.eventHead, { seq: event.seq, text: canonicalJson(event) }, sha256)
  await tx
    .insertInto('release_event')
    .values({ release: row.id, ...entry })
    .execute()
  return entry
}

/**
 * Saves what the events have added up to. The row is locked and its revision checked all the same.
 *
 * @throws HeadgateError `STALE_REVISION` when somebody else wrote in between
 */
export async function saveRelease(tx: Tx, before: ReleaseRow, after: ReleaseRow): Promise<void> {
  const result = await tx
    .updateTable('release')
    .set({
      revision: after.revision,
      phase: after.record.release.phase,
      state: canonicalJson(after.record),
      event_head: after.eventHead,
      model_version: after.modelVersion,
      plan_hash: after.planHash,
      changed_at: new Date(after.changedAt),
      exposure_version: after.exposureVersion ?? null,
    })
    .where('release.id', '=', before.id)
    .where('release.revision', '=', before.revision)
    .executeTakeFirst()
  if (result.numUpdatedRows !== 1n) {
    throw new HeadgateError('STALE_REVISION', `Release ${before.id} has moved on from revision ${before.revision}`)
  }
  await notify(tx, 'release', before.id)
}

export async function setExposureVersion(tx: Tx, id: string, version: number): Promise<void> {
  await tx.updateTable('release').set({ exposure_version: version }).where('release.id', '=', id).execute()
}

export interface EventEntry extends ChainEntry {
  readonly stored: StoredEvent
}

/** Events after `after`, oldest first. */
export async function readEvents(
  db: Tx | Db,
  release: string,
  range: { readonly after: number; readonly limit: number },
): Promise<readonly EventEntry[]> {
  const rows = await readEventTexts(db, release, range)
  return rows.map((row) => ({ ...row, stored: storedEventSchema.parse(JSON.parse(row.text)) }))
}

/** The chain as it stands, unread. */
export async function readEventTexts(
  db: Tx | Db,
  release: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly ChainEntry[]> {
  return db
    .selectFrom('release_event')
    .select(['release_event.seq', 'release_event.text', 'release_event.hash'])
    .where('release_event.release', '=', release)
    .where('release_event.seq', '>', after)
    .orderBy('release_event.seq')
    .limit(limit)
    .execute()
}

/** The looks of the gate that were recorded, newest first. */
export async function readVerdictEvents(db: Db, release: string, limit: number): Promise<readonly StoredEvent[]> {
  const rows = await db
    .selectFrom('release_event')
    .select('release_event.text')
    .where('release_event.release', '=', release)
    // Quotes within strings are escaped, so only a property can look like this; the text is never taken apart in SQL.
    .where('release_event.text', 'like', '%"verdict":{%')
    .orderBy('release_event.seq', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => storedEventSchema.parse(JSON.parse(row.text)))
}
