import type { Selectable } from 'kysely'
import type { Db, Tables, Tx } from '../db/index.ts'

/** One look at everything: a release that moves on meanwhile must not seem to contradict itself. */
export function readConsistently<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work)
}

/** Numbers of the versions with a hash, oldest first: the same files may be in force twice. */
export async function versionNumbers(tx: Tx, hash: string): Promise<readonly number[]> {
  const rows = await tx
    .selectFrom('model_version')
    .select('model_version.version')
    .where('model_version.hash', '=', hash)
    .orderBy('model_version.version')
    .execute()
  return rows.map((row) => row.version)
}

/** The rows that repeat what the chains say, as they stand. */
export async function storedTexts(
  tx: Tx,
  release: string,
): Promise<{ readonly state: string; readonly phase: string; readonly modelHash: string } | undefined> {
  return tx
    .selectFrom('release')
    .innerJoin('model_version', 'model_version.version', 'release.model_version')
    .select(['release.state', 'release.phase', 'model_version.hash as modelHash'])
    .where('release.id', '=', release)
    .executeTakeFirst()
}

export type EvidenceTexts = Pick<
  Selectable<Tables['release_evidence']>,
  'state' | 'verdict' | 'evidence_hash' | 'frame_seq' | 'frame_head'
>

export async function evidenceTexts(tx: Tx, release: string): Promise<EvidenceTexts | undefined> {
  return tx
    .selectFrom('release_evidence')
    .select([
      'release_evidence.state',
      'release_evidence.verdict',
      'release_evidence.evidence_hash',
      'release_evidence.frame_seq',
      'release_evidence.frame_head',
    ])
    .where('release_evidence.release', '=', release)
    .executeTakeFirst()
}
