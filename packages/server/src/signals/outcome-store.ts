import { sql } from 'kysely'
import type { Db, Tx } from '../db/index.ts'
import type { JudgedOutcome } from './judge-outcome.ts'

/** A sign of life of a reporting component; not part of a batch's transaction, for all batches of a component share its row. */
export async function noteOutcomeSource(db: Db, source: string, principal: string, at: Date): Promise<void> {
  await db
    .insertInto('outcome_source')
    .values({ source, principal, last_heard_at: at })
    .onConflict((conflict) => conflict.column('source').doUpdateSet({ principal, last_heard_at: at }))
    .execute()
}

/** Which of the events are new; one row per journey and step, and one per event id of the source (SPEC S3). */
export async function insertOutcomeEvents(
  tx: Tx,
  source: string,
  events: readonly JudgedOutcome[],
  at: Date,
): Promise<readonly JudgedOutcome[]> {
  if (events.length === 0) return []
  // In a fixed order, so that two batches with the same journeys wait for each other instead of deadlocking.
  const ordered = events.toSorted((a, b) => compareText(keyOf(a), keyOf(b)))
  const column = <T>(value: (outcome: JudgedOutcome) => T): T[] => ordered.map(value)
  const inserted = await sql<{ release: string; journey: string; step: string; event_id: string }>`
    insert into outcome_event as event (
      release, journey, step, source, event_id, flow, path, arm, share, started_at, at, received_at, amount, currency
    )
    select given.release, given.journey, given.step, ${source}, given.event_id, given.flow, given.path, given.arm,
      given.share, given.started_at, given.at, ${at}, given.amount, given.currency
    from unnest(
      ${column(({ journey }) => journey.release)}::text[], ${column(({ journey }) => journey.id)}::text[],
      ${column(({ event }) => event.step)}::text[], ${column(({ event }) => event.id)}::text[],
      ${column(({ journey }) => journey.flow)}::text[], ${column(({ journey }) => journey.path)}::text[],
      ${column(({ journey }) => journey.arm)}::text[], ${column(({ journey }) => journey.share)}::integer[],
      ${column(({ journey }) => startOf(journey.startedAt))}::timestamptz[],
      ${column(({ event }) => new Date(event.at))}::timestamptz[],
      ${column(({ event }) => event.value?.amount ?? null)}::numeric[],
      ${column(({ event }) => event.value?.currency ?? null)}::text[]
    ) with ordinality as given (
      release, journey, step, event_id, flow, path, arm, share, started_at, at, amount, currency, place
    )
    order by given.place
    on conflict do nothing
    returning event.release, event.journey, event.step, event.event_id
  `.execute(tx)
  const fresh = new Set(inserted.rows.map((row) => [row.release, row.journey, row.step, row.event_id].join(' ')))
  // An event that stands in the batch twice matches twice; deleting what was matched counts it once.
  return ordered.filter((outcome) => fresh.delete(keyOf(outcome)))
}

/** A journey that is no unit yet has no start. */
function startOf(ms: number): Date | null {
  return ms === 0 ? null : new Date(ms)
}

function keyOf({ event, journey }: JudgedOutcome): string {
  return [journey.release, journey.id, event.step, event.id].join(' ')
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export type EndedJourney = JudgedOutcome & { readonly outcome: 'completed' | 'failed' }

/** Which of the journeys end by this: each ends once, by the first of completed and failed (SPEC S4). */
export async function endJourneys(tx: Tx, ended: readonly EndedJourney[], at: Date): Promise<readonly EndedJourney[]> {
  if (ended.length === 0) return []
  const column = <T>(value: (journey: EndedJourney) => T): T[] => ended.map(value)
  const inserted = await sql<{ release: string; journey: string; outcome: string }>`
    insert into journey_outcome as known (release, journey, outcome, at)
    select given.release, given.journey, given.outcome, ${at}
    from unnest(
      ${column(({ journey }) => journey.release)}::text[], ${column(({ journey }) => journey.id)}::text[],
      ${column(({ outcome }) => outcome)}::text[]
    ) with ordinality as given (release, journey, outcome, place)
    order by given.place
    on conflict do nothing
    returning known.release, known.journey, known.outcome
  `.execute(tx)
  const fresh = new Set(inserted.rows.map((row) => [row.release, row.journey, row.outcome].join(' ')))
  return ended.filter(({ journey, outcome }) => fresh.delete([journey.release, journey.id, outcome].join(' ')))
}

/** When each reporting component was last heard. */
export async function outcomeSourcesHeard(tx: Tx | Db): Promise<ReadonlyMap<string, number>> {
  const rows = await tx
    .selectFrom('outcome_source')
    .select(['outcome_source.source', 'outcome_source.last_heard_at'])
    .execute()
  return new Map(rows.map((row) => [row.source, row.last_heard_at.getTime()]))
}

/** Events and endings older than any journey. Returns how many. */
export async function forgetOutcomesBefore(db: Db, before: Date): Promise<number> {
  const events = await db.deleteFrom('outcome_event').where('outcome_event.received_at', '<', before).executeTakeFirst()
  const endings = await db.deleteFrom('journey_outcome').where('journey_outcome.at', '<', before).executeTakeFirst()
  return Number(events.numDeletedRows + endings.numDeletedRows)
}

/** The release is closed: how its journeys ended is of no use any more, neither are counts that nobody took. */
export async function forgetReleaseSignals(tx: Tx, release: string): Promise<void> {
  await sql`delete from pending_cell where pending_cell.release = ${release}`.execute(tx)
  await sql`delete from journey_outcome where journey_outcome.release = ${release}`.execute(tx)
}
