import { randomUUID } from 'node:crypto'
import { canonicalJson, chainEntry, type ChainEntry } from '@headgate/core/audit'
import type { EvidenceState, GateVerdict } from '@headgate/core/gate'
import { gateVerdictView } from '@headgate/protocol/api'
import { sql } from 'kysely'
import { notify, type Db, type Tx } from '../db/index.ts'
import { sha256 } from '../releases/index.ts'
import { storedEvidence, writeEvidence, type FrameRecord } from './frame-record.ts'

/** The right to run one tick of one release; void when another process took it over. */
export interface Claim {
  readonly release: string
  readonly claim: string
}

/** Longer than any tick takes, metric sources included. */
const claimMs = 30_000
/** Servers' clocks may differ by this much before one takes the other's plans for those of a clock that went back. */
const skewMs = 60_000

/**
 * Claims up to `limit` releases whose ticks are due. `skip locked` lets processes pass each other; a claim that ran out is taken
 * over. A due time or claim further ahead than any could be was set before the clock went back, and counts as due.
 */
export async function claimDueTicks(db: Db, at: number, limit: number): Promise<readonly Claim[]> {
  const claim = randomUUID()
  const now = new Date(at)
  const result = await sql<{ release: string }>`
    with due as materialized (
      select evidence.release
      from release_evidence evidence
      join release on release.id = evidence.release
      where release.phase in ('ready', 'ramping', 'held', 'live', 'stopping', 'stopped')
        and (evidence.due_at <= ${now}
          or evidence.due_at > ${new Date(at + skewMs)}::timestamptz + evidence.tick_ms * interval '1 ms')
        and (evidence.claimed_until is null or evidence.claimed_until <= ${now}
          or evidence.claimed_until > ${new Date(at + claimMs + skewMs)})
      order by evidence.due_at
      limit ${limit}
      for update of evidence skip locked
    )
    update release_evidence
    set claim = ${claim}, claimed_until = ${new Date(at + claimMs)}
    from due
    where release_evidence.release = due.release
    returning release_evidence.release
  `.execute(db)
  return result.rows.map(({ release }) => ({ release, claim }))
}

/** What the judge remembers, and which frames it has not seen yet. */
export interface StoredEvidence {
  readonly state: EvidenceState | undefined
  readonly frameSeq: number
  readonly frameHead: string
  readonly verdict: GateVerdict | undefined
  readonly evidenceHash: string
}

/** Locked until the transaction ends; undefined when the claim was lost. */
export async function lockEvidence(tx: Tx, { release, claim }: Claim): Promise<StoredEvidence | undefined> {
  const row = await tx
    .selectFrom('release_evidence')
    .select([
      'release_evidence.state',
      'release_evidence.verdict',
      'release_evidence.evidence_hash',
      'release_evidence.frame_seq',
      'release_evidence.frame_head',
    ])
    .where('release_evidence.release', '=', release)
    .where('release_evidence.claim', '=', claim)
    .forUpdate()
    .executeTakeFirst()
  return (
    row && {
      state: storedEvidence(row.state),
      verdict: row.verdict === null ? undefined : gateVerdictView.parse(JSON.parse(row.verdict)),
      frameSeq: row.frame_seq,
      frameHead: row.frame_head,
      evidenceHash: row.evidence_hash,
    }
  )
}

/** For those who only look: without the lock, whoever has the claim. */
export async function readEvidence(
  tx: Tx | Db,
  release: string,
): Promise<Omit<StoredEvidence, 'verdict' | 'evidenceHash'> | undefined> {
  const row = await tx
    .selectFrom('release_evidence')
    .select(['release_evidence.state', 'release_evidence.frame_seq', 'release_evidence.frame_head'])
    .where('release_evidence.release', '=', release)
    .executeTakeFirst()
  return (
    row && {
      state: storedEvidence(row.state),
      frameSeq: row.frame_seq,
      frameHead: row.frame_head,
    }
  )
}

/** Links the frame to the chain. */
export async function appendFrame(
  tx: Tx,
  release: string,
  before: Pick<StoredEvidence, 'frameHead'>,
  record: FrameRecord,
): Promise<void> {
  const entry = chainEntry(before.frameHead, { seq: record.frame.seq, text: canonicalJson(record) }, sha256)
  await tx
    .insertInto('evidence_frame')
    .values({ release, ...entry })
    .execute()
  await tx
    .updateTable('release_evidence')
    .set({ frame_seq: entry.seq, frame_head: entry.hash })
    .where('release_evidence.release', '=', release)
    .execute()
}

/** Frames after `after`, oldest first, as they stand. */
export async function readFrameTexts(
  db: Tx | Db,
  release: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly ChainEntry[]> {
  return db
    .selectFrom('evidence_frame')
    .select(['evidence_frame.seq', 'evidence_frame.text', 'evidence_frame.hash'])
    .where('evidence_frame.release', '=', release)
    .where('evidence_frame.seq', '>', after)
    .orderBy('evidence_frame.seq')
    .limit(limit)
    .execute()
}

export interface SavedEvidence {
  readonly state: EvidenceState
  /** Absent where nothing was judged: the verdict before stays. */
  readonly judgement?: SavedJudgement
}

export interface SavedJudgement {
  readonly verdict: GateVerdict
  readonly evidenceHash: string
  readonly at: number
}

export async function saveEvidence(tx: Tx, release: string, { state, judgement }: SavedEvidence): Promise<void> {
  await tx
    .updateTable('release_evidence')
    .set({
      state: writeEvidence(state),
      ...(judgement && {
        verdict: JSON.stringify(judgement.verdict),
        evidence_hash: judgement.evidenceHash,
        judged_at: new Date(judgement.at),
      }),
    })
    .where('release_evidence.release', '=', release)
    .execute()
  await notify(tx, 'release', release)
}

/** Gives the claim back; `dueAt` absent = the release needs no tick until something happens. */
export async function endTick(db: Tx | Db, { release, claim }: Claim, dueAt: number | undefined): Promise<void> {
  await db
    .updateTable('release_evidence')
    .set({ claim: null, claimed_until: null, due_at: dueAt === undefined ? null : new Date(dueAt) })
    .where('release_evidence.release', '=', release)
    .where('release_evidence.claim', '=', claim)
    .execute()
}
