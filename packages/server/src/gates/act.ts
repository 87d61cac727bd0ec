import { isSameToActOn, isSameVerdict, minWindowOver, windowOver, type GateVerdict } from '@headgate/core/gate'
import type { Gate } from '@headgate/core/model'
import { gateActor, type Judged } from '@headgate/core/release'
import { inTransaction } from '../db/index.ts'
import {
  grantByPeople,
  isAutomatic,
  lockRelease,
  openTransition,
  readFacts,
  type ReleaseFacts,
  type ReleaseRow,
  type Transition,
} from '../releases/index.ts'
import type { GateDeps } from './deps.ts'
import { surroundings } from './surroundings.ts'
import { hashOfEvidence } from './evidence-hash.ts'
import { endTick, lockEvidence, saveEvidence, type SavedJudgement, type StoredEvidence } from './tick-store.ts'
import type { Finding, TickSubject } from './tick.ts'

/** The second transaction of a tick: evidence, everything that happened around the release, and the verdict's consequences. */
export async function actOnEvidence(deps: GateDeps, subject: TickSubject, finding: Finding): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const row = await lockRelease(tx, subject.claim.release)
    const evidence = await lockEvidence(tx, subject.claim)
    if (evidence === undefined) return
    const facts = await readFacts(tx, deps, row, 'tick')
    const transition = openTransition(tx, deps, facts)
    for (const happening of await surroundings(tx, deps, facts)) await transition.apply(happening)
    const verdict = lookOf(subject, finding, facts)
    const judgement = verdict && (await applyVerdict(transition, { subject, finding, facts, verdict, evidence }))
    // Before the consequences are written: the draft of an incident reads it.
    await saveEvidence(tx, row.id, { state: finding.state, ...(judgement && { judgement }) })
    deps.reachedInTick?.('evidence-saved')
    await transition.finish()
    await endTick(tx, subject.claim, deps.now() + subject.plan.tickMs)
  })
}

/**
 * The verdict, unless the release has moved on since the frame was judged. While a stage is not in effect everywhere its evidence
 * has not begun, so only a fail counts: harm that the stages before have shown. So it is with a look under the plan that it had before
 * it inherited a lesson (SPEC R7).
 */
function lookOf(
  { judged, planHash }: TickSubject,
  { verdict }: Finding,
  { row }: ReleaseFacts,
): GateVerdict | undefined {
  const { release } = row.record
  if (verdict === undefined || judged === undefined) return undefined
  if (verdict.kind !== 'fail' && planHash !== row.planHash) return undefined
  if (judged === -1) return release.phase === 'ready' ? verdict : undefined
  if (release.phase === 'live') return release.stage === judged ? verdict : undefined
  if (release.phase !== 'ramping' && release.phase !== 'held') return undefined
  const counts = release.inEffectAt !== undefined || verdict.kind === 'fail'
  return release.stage === judged && counts ? verdict : undefined
}

interface Look {
  readonly subject: TickSubject
  readonly finding: Finding
  readonly facts: ReleaseFacts
  readonly verdict: GateVerdict
  /** As the tick before left it. */
  readonly evidence: StoredEvidence
}

/** On record when it says something new, or when something follows from it. */
async function applyVerdict(transition: Transition, look: Look): Promise<SavedJudgement> {
  const { verdict, evidence, finding, facts } = look
  const isOnRecord = !isSameVerdict(evidence.verdict, verdict)
  const row = transition.row()
  // What a shadow says is on record, and voids no approval.
  const evidenceHash = isSameToActOn(evidence.verdict, verdict)
    ? evidence.evidenceHash
    : hashOfEvidence(finding.state, verdict, row.revision + 1)
  await transition.apply({
    actor: gateActor,
    event: judgedEvent(look, row, evidenceHash),
    verdict,
    isOnRecord,
  })
  return { verdict, evidenceHash, at: facts.context.at }
}

function judgedEvent({ subject, finding, facts, verdict }: Look, row: ReleaseRow, evidenceHash: string): Judged {
  const { context, plan } = subject
  const stageIndex = subject.judged ?? -1
  const { release } = row.record
  const { at } = facts.context
  const passed = 'passedEvidence' in release ? release.passedEvidence : undefined
  const gate: Gate | undefined = plan.stages[stageIndex]?.exit ?? plan.stages[0]?.entry
  const failing = verdict.criteria.find((each) => each.kind === verdict.kind && !each.shadow)
  const raising = { ...facts, row }
  return {
    kind: 'judged',
    verdict: verdict.kind,
    reason: verdict.reason,
    evidenceHash,
    automatic: isAutomatic(raising),
    // Approvals that were given on other evidence are void, whatever they add up to.
    granted: passed === evidenceHash && grantByPeople(raising).isGranted,
    windowOver: windowOver(context, finding.state, stageIndex, at),
    minWindowOver: minWindowOver(context, finding.state, stageIndex, at),
    owner: failing?.owner ?? gate?.owner ?? plan.owner,
    respondWithinMs: gate?.respondWithinMs ?? 0,
    onFail: gate?.onFail ?? 'eject',
  }
}
