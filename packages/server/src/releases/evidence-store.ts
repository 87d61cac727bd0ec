import type { GateVerdict } from '@headgate/core/gate'
import { gateVerdictView } from '@headgate/protocol/api'
import type { Db, Tx } from '../db/index.ts'

export interface Judgement {
  readonly verdict: GateVerdict
  readonly evidenceHash: string
  readonly judgedAt: number
}

/** What the gate said last, if it ever looked. */
export async function readJudgement(tx: Tx | Db, release: string): Promise<Judgement | undefined> {
  const row = await tx
    .selectFrom('release_evidence')
    .select(['release_evidence.verdict', 'release_evidence.evidence_hash', 'release_evidence.judged_at'])
    .where('release_evidence.release', '=', release)
    .executeTakeFirst()
  if (row === undefined || row.verdict === null || row.judged_at === null) return undefined
  const verdict = gateVerdictView.parse(JSON.parse(row.verdict))
  return { verdict, evidenceHash: row.evidence_hash, judgedAt: row.judged_at.getTime() }
}

/**
 * When the next tick is due; for a release that has just changed: now. A tick that takes evidence at this moment keeps its row,
 * and no stop waits for it: it will find what has changed anyway.
 */
export async function scheduleTick(
  tx: Tx,
  release: string,
  next: { readonly dueAt: number; readonly tickMs: number },
): Promise<void> {
  await tx
    .updateTable('release_evidence')
    .set({ due_at: new Date(next.dueAt), tick_ms: next.tickMs })
    .where('release_evidence.release', 'in', (eb) =>
      eb
        .selectFrom('release_evidence as free')
        .select('free.release')
        .where('free.release', '=', release)
        .forUpdate()
        .skipLocked(),
    )
    .execute()
}
