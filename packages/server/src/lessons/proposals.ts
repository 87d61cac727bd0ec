import {
  createRehearsal,
  propose,
  shortlist,
  weigh,
  type Proposal,
  type RecordedRelease,
  type Rehearsal,
} from '@headgate/core/incident'
import { entryOf, HeadgateError } from '@headgate/core/model'
import type { IncidentView, ProposalView } from '@headgate/protocol/api'
import { findIncident, listIncidents } from '../incidents/index.ts'
import { readRelease, type ReleaseRow } from '../releases/index.ts'
import { eachFrame, harmlessReleases, recordedRelease, trailOf, type EvidenceReader } from './evidence.ts'

/** Harm in a release between two moments. */
export interface HarmWindow {
  readonly release: string
  readonly from?: number
  readonly until: number
  /** Flow path or route class where it shows. */
  readonly where?: string
}

/** What an incident teaches. @throws HeadgateError `NOT_FOUND`, `CONFLICT` when no evidence is on record */
export async function proposeForIncident(reader: EvidenceReader, id: string): Promise<ProposalView> {
  const { view } = await findIncident(reader.db, id)
  const { harmBeganAt, where } = view
  const proposal = await proposeForWindow(reader, {
    release: view.release,
    until: view.stopRequestedAt,
    ...(harmBeganAt === undefined ? {} : { from: harmBeganAt }),
    ...(where === undefined ? {} : { where }),
  })
  const { lesson } = view
  const stoppedBy = stopperOf(view)
  return {
    ...proposal,
    incident: id,
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
    ...(lesson === undefined ? {} : { lesson }),
  }
}

function stopperOf({ criterion, where, reason, reportedBy }: IncidentView): string | undefined {
  if (reportedBy !== undefined) return undefined
  if (criterion === undefined) return reason
  return where === undefined ? criterion : `${criterion} on ${where}`
}

/** What harm teaches that somebody saw and no gate did. */
export async function proposeForWindow(reader: EvidenceReader, window: HarmWindow): Promise<ProposalView> {
  const row = await readRelease(reader.db, window.release)
  const recorded = await recordedRelease(reader, row)
  const trail = await trailOf(reader, row)
  if (trail.stages().length === 0) {
    throw new HeadgateError('CONFLICT', `No stage of ${row.id} was ever in effect, so there is nothing to learn from`)
  }
  const good = []
  for (const other of await harmlessReleases(reader, recorded.plan, (id) => isHarmed(reader, id))) {
    good.push({ id: other.id, trail: await trailOf(reader, other) })
  }
  const path = pathOf(recorded, window.where)
  const weighed = weigh({
    plan: recorded.plan,
    trail,
    good,
    stoppedAt: window.until,
    ...(window.from === undefined ? {} : { beganAt: window.from }),
    ...(path === undefined ? {} : { path }),
  })
  const tries = shortlist(weighed).map(({ key, criterion }) => [key, createRehearsal(recorded, criterion)] as const)
  return toView(row.id, propose(weighed, await rehearse(reader, row, new Map(tries))))
}

function pathOf({ plan, model }: RecordedRelease, where: string | undefined): string | undefined {
  const isPath = plan.flows.some((flow) => entryOf(entryOf(model.flows, flow)?.paths ?? {}, where ?? '') !== undefined)
  return isPath ? where : undefined
}

/** Whether anybody has learnt, or has yet to decide, that a release did harm: an incident without loss, or a waived one, is none. */
async function isHarmed({ db }: EvidenceReader, release: string): Promise<boolean> {
  const incidents = await listIncidents(db, release)
  return incidents.some(({ criterion, reportedBy, ordersLost, lesson }) => {
    if (lesson?.kind === 'waived') return false
    return lesson !== undefined || criterion !== undefined || reportedBy !== undefined || (ordersLost?.low ?? 0) > 0
  })
}

/** One more pass over the frames, with each of the shortlist alone. */
async function rehearse(
  reader: EvidenceReader,
  row: ReleaseRow,
  rehearsals: ReadonlyMap<string, Rehearsal>,
): Promise<ReadonlyMap<string, Rehearsal>> {
  if (rehearsals.size === 0) return rehearsals
  await eachFrame(reader, row.id, (record) => {
    for (const rehearsal of rehearsals.values()) rehearsal.add(record)
  })
  return rehearsals
}

function toView(release: string, { harm, tried, good, best, others }: Proposal): ProposalView {
  return {
    release,
    harm,
    tried,
    good: { ...good, stages: [...good.stages], releases: [...good.releases] },
    ...(best === undefined ? {} : { best: criterionView(best) }),
    others: others.map(criterionView),
  }
}

function criterionView(proposed: Proposal['others'][number]): ProposalView['others'][number] {
  const { criterion: _, firedOnGood, ...shown } = proposed
  return { ...shown, firedOnGood: [...firedOnGood] }
}
