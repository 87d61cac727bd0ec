import type { EvidenceCell } from '@headgate/core/gate'
import type { DeltaCell } from '@headgate/protocol/signals'
import { sql, type Selectable } from 'kysely'
import type { Db, Tables, Tx } from '../db/index.ts'

export type PendingCell = Omit<Selectable<Tables['pending_cell']>, 'added_at'>

export function pendingCell(cell: DeltaCell): PendingCell {
  const { kind, release, arm, share, count } = cell
  const bare = { kind, release, arm, share, count, subject: '', path: '', started_at: 0, outcome: '', bucket: 0 }
  if (cell.kind === 'visit') return bare
  if (cell.kind === 'page') return { ...bare, subject: cell.route, outcome: cell.outcome, bucket: cell.bucket }
  return { ...bare, subject: cell.flow, path: cell.path, started_at: cell.startedAt, outcome: cell.outcome }
}

function evidenceCell(row: PendingCell): EvidenceCell | undefined {
  const { arm, share, count, outcome } = row
  if (row.kind === 'visit') return { kind: 'visit', arm, share, count }
  if (row.kind === 'page' && (outcome === 'ok' || outcome === 'error')) {
    return { kind: 'page', route: row.subject, arm, share, outcome, bucket: row.bucket, count }
  }
  if (row.kind === 'journey' && (outcome === 'started' || outcome === 'completed' || outcome === 'failed')) {
    const { subject: flow, path, started_at: startedAt } = row
    return { kind: 'journey', flow, path, arm, share, startedAt, outcome, count }
  }
  const place = { flow: row.subject, path: row.path, arm, share, startedAt: row.started_at }
  if (row.kind === 'order') return { kind: 'order', ...place, currency: outcome, bucket: row.bucket, count }
  if (row.kind === 'item') return { kind: 'item', ...place, item: outcome, count }
  return undefined
}

/** Equal cells as one. */
export function sumCells(cells: readonly PendingCell[]): readonly PendingCell[] {
  const sums = new Map<string, PendingCell>()
  for (const cell of cells) {
    const { count, ...rest } = cell
    const key = JSON.stringify(rest)
    const sum = sums.get(key)
    sums.set(key, sum === undefined ? cell : { ...cell, count: sum.count + count })
  }
  return [...sums.values()]
}

/**
 * Appends counts in one statement, leaving out releases that were never exposed or are closed. Arrays instead of one parameter per value: 20,000 cells would need 220,000 parameters,
 * and PostgreSQL takes 65,535.
 *
 * @returns how many cells were added
 */
export async function addPendingCells(tx: Tx, cells: readonly PendingCell[], at: Date): Promise<number> {
  if (cells.length === 0) return 0
  const column = <K extends keyof PendingCell>(name: K): PendingCell[K][] => cells.map((cell) => cell[name])
  const result = await sql`
    insert into pending_cell (
      release, kind, subject, path, arm, share, started_at, outcome, bucket, count, added_at
    )
    select cells.*, ${at}::timestamptz
    from unnest(
      ${column('release')}::text[], ${column('kind')}::text[], ${column('subject')}::text[], ${column('path')}::text[],
      ${column('arm')}::text[], ${column('share')}::integer[], ${column('started_at')}::bigint[],
      ${column('outcome')}::text[], ${column('bucket')}::integer[], ${column('count')}::bigint[]
    ) as cells (release, kind, subject, path, arm, share, started_at, outcome, bucket, count)
    join exposed_release on exposed_release.release = cells.release and exposed_release.closed_at is null
  `.execute(tx)
  return Number(result.numAffectedRows ?? 0n)
}

/**
 * Takes everything that was counted for the release and not taken before: deleted and summed per cell, in a fixed order, in
 * the caller's transaction. What commits later is for the next frame.
 */
export async function takePendingCells(tx: Tx, release: string): Promise<EvidenceCell[]> {
  const result = await sql<PendingCell>`
    with taken as (
      delete from pending_cell where pending_cell.release = ${release}
      returning pending_cell.kind, pending_cell.subject, pending_cell.path, pending_cell.arm, pending_cell.share,
        pending_cell.started_at, pending_cell.outcome, pending_cell.bucket, pending_cell.count
    )
    select ${release}::text as release, taken.kind, taken.subject, taken.path, taken.arm, taken.share, taken.started_at,
      taken.outcome, taken.bucket, sum(taken.count)::bigint as count
    from taken
    group by taken.kind, taken.subject, taken.path, taken.arm, taken.share, taken.started_at, taken.outcome, taken.bucket
    order by taken.kind, taken.subject, taken.path, taken.arm, taken.share, taken.outcome, taken.started_at, taken.bucket
  `.execute(tx)
  return result.rows.flatMap((row) => evidenceCell(row) ?? [])
}

/** Forgets counts that no release took in all this time, e.g. of a release whose tick was given up. Returns how many. */
export async function dropPendingBefore(db: Db, before: Date): Promise<number> {
  const result = await db.deleteFrom('pending_cell').where('pending_cell.added_at', '<', before).executeTakeFirst()
  return Number(result.numDeletedRows)
}
