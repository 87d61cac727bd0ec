import type { ReleaseView } from '@headgate/protocol/api'
import type { People } from './people.ts'
import type { Recorder } from './recorder.ts'

export interface Approving {
  readonly people: People
  readonly recorder: Recorder
  readonly now: () => number
}

/** The people of the shop prepare the start: as many as the right demands say yes, then the first of them starts it. */
export async function startRelease(view: ReleaseView, { people, recorder, now }: Approving): Promise<void> {
  const approvers = await people.approve(view, 'the plan was discussed; on-call is there')
  for (const by of approvers) recorder.add({ kind: 'act', at: now(), by, what: `approves the start of ${view.id}` })
  const [first] = approvers.length > 0 ? approvers : await people.who('raise', view.raise[0]?.domain ?? '')
  if (first === undefined) throw new Error(`nobody may start ${view.id}`)
  const client = await people.as(first)
  await client.releases.start(view.id, { reason: 'approved by everybody whom it concerns' })
  recorder.add({ kind: 'act', at: now(), by: first, what: `starts ${view.id}` })
}

/**
 * From now on people approve each raise whose gate passes and which automation may not do by itself. One approval round at
 * a time; each is bound to the evidence that the view shows, so a round that comes too late is refused and the next view
 * asks again.
 */
export function approveRaises({ people, recorder, now }: Approving): () => void {
  let isBusy = false
  let answered = ''
  return recorder.subscribe((entry) => {
    if (entry.kind !== 'view' || isBusy || !waitsForPeople(entry.view)) return
    const { view } = entry
    if (view.approvalHash === answered) return
    isBusy = true
    void people
      .approve(view, 'the gate passes; nothing unusual in support or payments')
      .then((approvers) => {
        answered = view.approvalHash ?? ''
        for (const by of approvers)
          recorder.add({ kind: 'act', at: now(), by, what: `approves the raise of ${view.id}` })
        return approvers
      })
      // Refused because the evidence moved on, or the server is away: the next view asks again.
      .catch(() => [])
      .finally(() => {
        isBusy = false
      })
  })
}

function waitsForPeople(view: ReleaseView): boolean {
  if (view.phase !== 'ramping' || view.stage === undefined || view.approvalHash === undefined) return false
  if (view.verdict?.kind !== 'pass') return false
  const next = view.stages[view.stage + 1]
  // Going live is not a share that automation could have been granted.
  if (next === undefined) return true
  const basisPoints = Math.max(next.visitorBasisPoints, next.urlBasisPoints)
  return view.raise.some((rule) => (rule.automationUpToBasisPoints ?? -1) < basisPoints)
}
