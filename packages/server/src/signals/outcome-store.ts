import { sql } from 'kysely'
import type { Db, Tx } from '../db/index.ts'
import type { JudgedOutcome } from './judge-outcome.ts'

export async function noteOutcomeSource(tx: Tx, source: string, principal: string, at: Date): Promise<void> {
  await tx
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
  const inserted = await tx
    .insertInto('outcome_event')
    .values(
      ordered.map(({ event, journey }) => ({
        release: journey.release,
        journey: journey.id,
        step: event.step,
        source,
        event_id: event.id,
        flow: journey.flow,
        path: journey.path,
        arm: journey.arm,
        share: journey.share,
        started_at: journey.startedAt === 0 ? null : new Date(journey.startedAt),
        at: new Date(event.at),
        received_at: at,
        amount: event.value?.amount ?? null,
        currency: event.value?.currency ?? null,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning(['outcome_event.release', 'outcome_event.journey', 'outcome_event.step', 'outcome_event.event_id'])
    .execute()
  const fresh = new Set(inserted.map((row) => [row.release, row.journey, row.step, row.event_id].join(' ')))
  // An event that stands in the batch twice matches twice; deleting what was matched counts it once.
  return ordered.filter((outcome) => fresh.delete(keyOf(outcome)))
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
  const inserted = await tx
    .insertInto('journey_outcome')
    .values(ended.map(({ journey, outcome }) => ({ release: journey.release, journey: journey.id, outcome, at })))
    .onConflict((conflict) => conflict.doNothing())
    .returning(['journey_outcome.release', 'journey_outcome.journey', 'journey_outcome.outcome'])
    .execute()
  const fresh = new Set(inserted.map((row) => [row.release, row.journey, row.outcome].join(' ')))
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
