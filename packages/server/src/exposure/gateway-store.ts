import { HeadgateError } from '@headgate/core/model'
import type { GatewayView } from '@headgate/protocol/api'
import { sql } from 'kysely'
import { notify, type Db, type Tx } from '../db/index.ts'

/** A sign of life: an acknowledgement or a batch of counts. */
export interface GatewaySign {
  readonly gateway: string
  readonly principal: string
  /** One run of the gateway; a new run may hold an older snapshot than the run before. */
  readonly source: string
  readonly version: number
  /** When the gateway began to obey that version; a batch does not tell. */
  readonly appliedAt?: number
  readonly heardAt: number
  readonly counted: boolean
}

/**
 * Notes the sign. Those who wait for confirmations are told when the version changed.
 *
 * @throws HeadgateError `CONFLICT` when another principal lives under the same gateway name
 */
export async function noteGateway(tx: Tx | Db, sign: GatewaySign, silentAfterMs: number): Promise<void> {
  const heardAt = new Date(sign.heardAt)
  const appliedAt = new Date(sign.appliedAt ?? sign.heardAt)
  const result = await sql<{ advanced: boolean }>`
    insert into gateway as known (
      id, principal, source, snapshot_version, applied_at, first_heard_at, last_heard_at, last_counted_at
    ) values (
      ${sign.gateway}, ${sign.principal}, ${sign.source}, ${sign.version}, ${appliedAt}, ${heardAt}, ${heardAt},
      ${sign.counted ? heardAt : null}
    )
    on conflict (id) do update set
      principal = excluded.principal,
      source = excluded.source,
      snapshot_version = case when known.source = excluded.source
        then greatest(known.snapshot_version, excluded.snapshot_version) else excluded.snapshot_version end,
      applied_at = case when known.source = excluded.source and known.snapshot_version >= excluded.snapshot_version
        then known.applied_at else excluded.applied_at end,
      last_heard_at = excluded.last_heard_at,
      last_counted_at = coalesce(excluded.last_counted_at, known.last_counted_at)
    where known.principal = excluded.principal or known.last_heard_at < ${new Date(sign.heardAt - silentAfterMs)}
    returning known.applied_at = ${appliedAt} and known.snapshot_version = ${sign.version} as advanced
  `.execute(tx)
  const row = result.rows[0]
  if (row === undefined) {
    throw new HeadgateError(
      'CONFLICT',
      `Gateway ${sign.gateway} belongs to another token; give each gateway its own name`,
    )
  }
  if (row.advanced) await notify(tx, 'gateway', sign.gateway)
}

export async function listGateways(db: Db, at: number, silentAfterMs: number): Promise<readonly GatewayView[]> {
  const rows = await db
    .selectFrom('gateway')
    .select(['gateway.id', 'gateway.last_heard_at', 'gateway.snapshot_version', 'gateway.applied_at'])
    .orderBy('gateway.id')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    status: at - row.last_heard_at.getTime() < silentAfterMs ? 'live' : 'silent',
    lastHeardAt: row.last_heard_at.getTime(),
    snapshotVersion: row.snapshot_version,
    ...(row.applied_at && { appliedAt: row.applied_at.getTime() }),
  }))
}

/** Whether there was such a gateway. */
export async function forgetGateway(db: Db, id: string): Promise<boolean> {
  const result = await db.deleteFrom('gateway').where('gateway.id', '=', id).executeTakeFirst()
  return result.numDeletedRows > 0n
}

export interface Confirmation {
  /** Gateways that obey the version, or a later one. */
  readonly confirmed: number
  /** Gateways that count: live ones, and silent ones that may still serve a candidate by an earlier version's lease. */
  readonly of: number
}

export interface ConfirmationQuestion {
  readonly version: number
  readonly at: number
  readonly silentAfterMs: number
}

export async function countConfirmations(tx: Tx | Db, question: ConfirmationQuestion): Promise<Confirmation> {
  const { version, at, silentAfterMs } = question
  const result = await sql<Confirmation>`
    select count(*) filter (where gateway.snapshot_version >= ${version}) as confirmed, count(*) as of
    from gateway
    where gateway.last_heard_at > ${new Date(at - silentAfterMs)}
      or gateway.snapshot_version < ${version} and exists (
        select 1 from snapshot
        where snapshot.version >= gateway.snapshot_version and snapshot.version < ${version}
          and snapshot.leases_until > ${new Date(at)}
      )
  `.execute(tx)
  return result.rows[0] ?? { confirmed: 0, of: 0 }
}

/** When gateways last delivered counts. Of several live ones the one that did so longest ago: evidence is as old as that. */
export async function lastCounted(
  tx: Tx | Db,
  at: number,
  silentAfterMs: number,
): Promise<ReadonlyMap<string, number>> {
  const rows = await tx
    .selectFrom('gateway')
    .select(['gateway.id', 'gateway.last_heard_at', 'gateway.last_counted_at'])
    .execute()
  const live = rows.filter((row) => at - row.last_heard_at.getTime() < silentAfterMs)
  const judged = live.length > 0 ? live : rows
  return new Map(judged.map((row) => [row.id, row.last_counted_at?.getTime() ?? 0]))
}
