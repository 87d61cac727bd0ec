import type { IncidentDraft } from '@headgate/core/incident'
import { HeadgateError } from '@headgate/core/model'
import { incidentLessonView, type IncidentLessonView, type IncidentView } from '@headgate/protocol/api'
import { sql, type Selectable } from 'kysely'
import { notify, type Db, type Tables, type Tx } from '../db/index.ts'
import { incidentDraftSchema, toIncidentView } from './incident-view.ts'

export interface NewIncident {
  readonly id: string
  readonly release: string
  /** The event that stopped the release; absent where a person reports harm. */
  readonly eventSeq?: number
  readonly flows: readonly string[]
  readonly draft: IncidentDraft
  readonly at: number
}

/** One incident per stop: a second insert for the same event changes nothing. */
export async function insertIncident(tx: Tx, incident: NewIncident): Promise<void> {
  await tx
    .insertInto('incident')
    .values({
      id: incident.id,
      release: incident.release,
      event_seq: incident.eventSeq ?? null,
      status: incident.eventSeq === undefined ? 'open' : 'draft',
      flows: [...incident.flows],
      draft: JSON.stringify(incident.draft),
      opened_at: new Date(incident.at),
      stop_in_effect_at: null,
      closed_at: null,
      closed_by: null,
      closed_reason: null,
      lesson: null,
    })
    .onConflict((conflict) => conflict.columns(['release', 'event_seq']).doNothing())
    .execute()
  await notify(tx, 'incident', incident.id)
}

export interface OpenIncident {
  readonly id: string
  readonly release: string
  readonly flows: readonly string[]
}

/** Incidents on any of the flows that nobody has closed, oldest first (SPEC R5). */
export async function openIncidentsOn(tx: Tx | Db, flows: readonly string[]): Promise<readonly OpenIncident[]> {
  if (flows.length === 0) return []
  return tx
    .selectFrom('incident')
    .select(['incident.id', 'incident.release', 'incident.flows'])
    .where('incident.status', '<>', 'closed')
    .where((eb) => sql<boolean>`${eb.ref('incident.flows')} && ${[...flows]}::text[]`)
    .orderBy('incident.opened_at')
    .orderBy('incident.id')
    .execute()
}

/** The stop of the release is in effect everywhere: its incidents that waited for it say so. */
export async function noteStopInEffect(tx: Tx, release: string, at: number): Promise<void> {
  await tx
    .updateTable('incident')
    .set({ stop_in_effect_at: new Date(at) })
    .where('incident.release', '=', release)
    .where('incident.stop_in_effect_at', 'is', null)
    .where('incident.event_seq', 'is not', null)
    .execute()
}

export async function setIncidentStatus(
  tx: Tx,
  id: string,
  change: { readonly status: 'open' } | { readonly status: 'closed'; at: number; by: string; reason: string },
): Promise<boolean> {
  const result = await tx
    .updateTable('incident')
    .set(
      change.status === 'open'
        ? { status: 'open' }
        : {
            status: 'closed',
            closed_at: new Date(change.at),
            closed_by: change.by,
            closed_reason: change.reason,
          },
    )
    .where('incident.id', '=', id)
    .where('incident.status', '<>', 'closed')
    .executeTakeFirst()
  if (result.numUpdatedRows === 0n) return false
  await notify(tx, 'incident', id)
  return true
}

const columns = [
  'incident.id',
  'incident.release',
  'incident.event_seq',
  'incident.status',
  'incident.flows',
  'incident.draft',
  'incident.opened_at',
  'incident.stop_in_effect_at',
  'incident.closed_at',
  'incident.closed_by',
  'incident.closed_reason',
  'incident.lesson',
] as const

/** Newest first; all, or those of one release. */
export async function listIncidents(db: Db | Tx, release?: string): Promise<readonly IncidentView[]> {
  const rows = await db
    .selectFrom('incident')
    .select(columns)
    .$if(release !== undefined, (query) => query.where('incident.release', '=', release ?? ''))
    .orderBy('incident.opened_at', 'desc')
    .orderBy('incident.id', 'desc')
    .limit(200)
    .execute()
  return rows.map(viewOf)
}

export interface FoundIncident {
  readonly view: IncidentView
  readonly flows: readonly string[]
}

/** @throws HeadgateError `NOT_FOUND` */
export async function findIncident(db: Db | Tx, id: string): Promise<FoundIncident> {
  const row = await db.selectFrom('incident').select(columns).where('incident.id', '=', id).executeTakeFirst()
  if (row !== undefined) return { view: viewOf(row), flows: row.flows }
  throw new HeadgateError('NOT_FOUND', `There is no incident ${id}; GET /api/v1/incidents lists them`)
}

/** What came of the incident. */
export async function setIncidentLesson(tx: Tx, id: string, lesson: IncidentLessonView): Promise<void> {
  await tx
    .updateTable('incident')
    .set({ lesson: JSON.stringify(lesson) })
    .where('incident.id', '=', id)
    .execute()
  await notify(tx, 'incident', id)
}

function viewOf(row: Selectable<Tables['incident']>): IncidentView {
  return toIncidentView(incidentDraftSchema.parse(JSON.parse(row.draft)), {
    id: row.id,
    status: row.status,
    openedAt: row.opened_at.getTime(),
    ...(row.closed_at && { closedAt: row.closed_at.getTime() }),
    ...(row.lesson !== null && { lesson: incidentLessonView.parse(JSON.parse(row.lesson)) }),
    ...(row.stop_in_effect_at && { stopInEffectAt: row.stop_in_effect_at.getTime() }),
  })
}
