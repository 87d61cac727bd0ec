import type { IncidentDraft } from '@headgate/core/incident'
import { HeadgateError } from '@headgate/core/model'
import type { IncidentView, ReportIncidentRequest } from '@headgate/protocol/api'
import { inTransaction } from '../db/index.ts'
import type { Principal } from '../http/index.ts'
import { domainsTouchedBy, findIncident, insertIncident, listIncidents, mayHandle } from '../incidents/index.ts'
import { lockRelease, readFacts, type ReleaseDeps, type ReleaseRow } from '../releases/index.ts'

/**
 * Writes down harm that no gate saw. It is open at once: nothing on its flows rises until somebody closes it (SPEC R5), so whoever may
 * stop or resume there may report. The same window again is the same incident.
 */
export async function reportIncident(
  deps: ReleaseDeps,
  by: Principal,
  { release, from, until, reason }: ReportIncidentRequest,
): Promise<IncidentView> {
  if (from >= until)
    throw new HeadgateError('INVALID_INPUT', 'The harm must end after it began: until must come after from')
  if (until > deps.now()) throw new HeadgateError('INVALID_INPUT', 'The harm must be over: until lies in the future')
  return inTransaction(deps.db, async (tx) => {
    const row = await lockRelease(tx, release)
    const { plan, current } = await readFacts(tx, deps, row, 'tick')
    const decision = mayHandle(current.model, domainsTouchedBy(current.model, plan.flows), by.name)
    if (!decision.isAllowed) throw new HeadgateError('FORBIDDEN', decision.reason)
    const reported = (await listIncidents(tx, release)).filter(({ reportedBy }) => reportedBy !== undefined)
    const same = reported.find((each) => each.harmBeganAt === from && each.stopRequestedAt === until)
    if (same !== undefined) return same
    const { shoppersExposed } = await deps.stopEvidence(tx, release)
    const stage = plan.stages[stageAt(row, until)]?.id ?? ''
    const draft: IncidentDraft = {
      release,
      stage,
      reason,
      harmBeganAt: from,
      stopRequestedAt: until,
      reportedBy: by.name,
      shoppersExposed,
    }
    const id = `${release}-reported-${reported.length + 1}`
    await insertIncident(tx, { id, release, flows: plan.flows, draft, at: Math.max(deps.now(), row.changedAt) })
    return (await findIncident(tx, id)).view
  })
}

/** @throws HeadgateError `INVALID_INPUT` when nobody was exposed yet */
function stageAt({ id, record }: ReleaseRow, at: number): number {
  const stage = record.stages.findLastIndex(({ enteredAt }) => enteredAt <= at)
  if (stage < 0) throw new HeadgateError('INVALID_INPUT', `Release ${id} had exposed nobody by then; check until`)
  return stage
}
