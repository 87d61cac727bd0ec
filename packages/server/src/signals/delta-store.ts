import { HeadgateError } from '@headgate/core/model'
import type { DeltaBatch, ExcludedCount, TrafficCell } from '@headgate/protocol/signals'
import { sql } from 'kysely'
import type { Db, Tx } from '../db/index.ts'
import type { SequenceWindow } from './sequence-window.ts'

/**
 * The window of the batch's source, locked until the transaction ends, so that resends of one batch wait for each other.
 *
 * @throws HeadgateError `CONFLICT` when another gateway uses the source
 */
export async function lockSource(tx: Tx, batch: DeltaBatch, principal: string, at: Date): Promise<SequenceWindow> {
  const result = await sql<SequenceWindow & { principal: string; gateway: string }>`
    insert into delta_source as known (source, principal, gateway, watermark, ahead, last_heard_at)
    values (${batch.source}, ${principal}, ${batch.gateway}, 0, '{}', ${at})
    on conflict (source) do update set last_heard_at = excluded.last_heard_at
    returning known.principal, known.gateway, known.watermark, known.ahead
  `.execute(tx)
  const row = result.rows[0]
  if (row === undefined) throw new HeadgateError('INTERNAL', `The source ${batch.source} could not be locked`)
  if (row.principal !== principal || row.gateway !== batch.gateway) {
    throw new HeadgateError(
      'CONFLICT',
      `Source ${batch.source} belongs to another gateway; draw a new one at each start`,
    )
  }
  return { watermark: row.watermark, ahead: row.ahead }
}

export async function saveWindow(tx: Tx, source: string, window: SequenceWindow): Promise<void> {
  await tx
    .updateTable('delta_source')
    .set({ watermark: window.watermark, ahead: [...window.ahead] })
    .where('delta_source.source', '=', source)
    .execute()
}

/** Adds to the totals; rows in a fixed order, so that two runs of a gateway cannot deadlock. */
export async function addTraffic(tx: Tx, gateway: string, cells: readonly TrafficCell[]): Promise<void> {
  if (cells.length === 0) return
  const column = <K extends keyof TrafficCell>(name: K): TrafficCell[K][] => cells.map((cell) => cell[name])
  await sql`
    insert into traffic as total (gateway, route, arm, requests, errors, masked, latency_micros)
    select ${gateway}::text, cells.route, cells.arm, sum(cells.requests), sum(cells.errors), sum(cells.masked),
      sum(cells.latency_micros)
    from unnest(
      ${column('route')}::text[], ${column('arm')}::text[], ${column('requests')}::bigint[],
      ${column('errors')}::bigint[], ${column('masked')}::bigint[], ${column('latencyMicros')}::bigint[]
    ) as cells (route, arm, requests, errors, masked, latency_micros)
    group by cells.route, cells.arm
    order by cells.route, cells.arm
    on conflict (gateway, route, arm) do update set
      requests = total.requests + excluded.requests,
      errors = total.errors + excluded.errors,
      masked = total.masked + excluded.masked,
      latency_micros = total.latency_micros + excluded.latency_micros
  `.execute(tx)
}

/** Adds to the totals of registered identities, in a fixed order for the same reason. */
export async function addExcluded(tx: Tx, gateway: string, counts: readonly ExcludedCount[]): Promise<void> {
  if (counts.length === 0) return
  await sql`
    insert into excluded_traffic as total (gateway, identity, requests)
    select ${gateway}::text, counts.identity, sum(counts.requests)
    from unnest(
      ${counts.map(({ identity }) => identity)}::text[], ${counts.map(({ requests }) => requests)}::bigint[]
    ) as counts (identity, requests)
    group by counts.identity
    order by counts.identity
    on conflict (gateway, identity) do update set requests = total.requests + excluded.requests
  `.execute(tx)
}

export interface ExcludedTotal {
  readonly identity: string
  readonly requests: number
}

/** Over all gateways, since ever. */
export async function excludedTotals(db: Db): Promise<readonly ExcludedTotal[]> {
  return db
    .selectFrom('excluded_traffic')
    .groupBy('excluded_traffic.identity')
    .select((select) => [
      'excluded_traffic.identity',
      sql<number>`sum(${select.ref('excluded_traffic.requests')})::bigint`.as('requests'),
    ])
    .execute()
}

export interface TrafficTotal {
  readonly route: string
  readonly arm: 'control' | 'candidate'
  readonly requests: number
  readonly errors: number
  readonly masked: number
  readonly latencyMicros: number
}

/** Over all gateways, since ever. */
export async function trafficTotals(db: Db): Promise<readonly TrafficTotal[]> {
  return db
    .selectFrom('traffic')
    .groupBy(['traffic.route', 'traffic.arm'])
    .select((select) => [
      'traffic.route',
      'traffic.arm',
      sql<number>`sum(${select.ref('traffic.requests')})::bigint`.as('requests'),
      sql<number>`sum(${select.ref('traffic.errors')})::bigint`.as('errors'),
      sql<number>`sum(${select.ref('traffic.masked')})::bigint`.as('masked'),
      sql<number>`sum(${select.ref('traffic.latency_micros')})::bigint`.as('latencyMicros'),
    ])
    .execute()
}

/** Sources that ended long ago: their batches cannot come again. Returns how many. */
export async function forgetSourcesBefore(db: Db, before: Date): Promise<number> {
  const result = await db.deleteFrom('delta_source').where('delta_source.last_heard_at', '<', before).executeTakeFirst()
  return Number(result.numDeletedRows)
}
