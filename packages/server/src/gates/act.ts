import { minWindowOver, windowOver, type GateVerdict } from '@headgate/core/gate'
import type { Gate } from '@headgate/core/model'
import { gateActor, type Judged } from '@headgate/core/release'
import { inTransaction } from '../db/index.ts'
import {
  grantByPeople,
  isAutomatic,
  lockRelease,
  openTransition,
  readFacts,
  type Happening,
  type ReleaseFacts,
  type ReleaseRow,
  type Transition,
} from '../releases/index.ts'
import type { GateDeps } from './deps.ts'
import { surroundings } from './surroundings.ts'
import { endTick, lockEvidence, saveEvidence } from './tick-store.ts'
import type { Finding, TickSubject } from './tick.ts'

/** The second transaction of a tick: evidence, everything that happened around the release, and the verdict's consequences. */
export async function actOnEvidence(deps: GateDeps, subject: TickSubject, finding: Finding): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const row = await lockRelease(tx, subject.claim.release)
    const evidence = await lockEvidence(tx, subject.claim)
    if (evidence === undefined) return
    const facts = await readFacts(tx, deps, row, 'tick')
    const look = lookOf(subject, finding, facts)
    await saveEvidence(tx, row.id, {
      state: finding.state,
      ...(look === undefined
        ? {}
        : { judgement: { verdict: look, evidenceHash: finding.evidenceHash, at: facts.context.at } }),
    })
    deps.reachedInTick?.('evidence-saved')
    const transition = openTransition(tx, deps, facts)
    for (const happening of await surroundings(tx, deps, facts)) await transition.apply(happening)
    if (look !== undefined) {
      await transition.apply(judgedHappening({ subject, finding, facts, verdict: look }, transition, evidence.verdict))
    }
    await transition.finish()
    await endTick(tx, subject.claim, deps.now() + subject.plan.tickMs)
  })
}

/**
 * The verdict, unless the release has moved on since the frame was judged. While a stage is not in effect everywhere its evidence
 * has not begun, so only a fail counts: harm that the stages before have shown.
 */
function lookOf({ judged }: TickSubject, { verdict }: Finding, { row }: ReleaseFacts): GateVerdict | undefined {
  const { release } = row.record
  if (verdict === undefined || judged === undefined) return undefined
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
}

function judgedHappening(look: Look, transition: Transition, before: GateVerdict | undefined): Happening {
  const { verdict } = look
  return {
    actor: gateActor,
    event: judgedEvent(look, transition.row()),
    verdict,
    isOnRecord: before === undefined || kindsOf(before) !== kindsOf(verdict),
  }
}

/** What makes a verdict another one: the stage, and the kind of any criterion. */
function kindsOf({ stage, kind, criteria }: GateVerdict): string {
  return [stage, kind, ...criteria.map((each) => `${each.criterion}:${each.kind}`)].join(' ')
}

function judgedEvent({ subject, finding, facts, verdict }: Look, row: ReleaseRow): Judged {
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
    evidenceHash: finding.evidenceHash,
    automatic: isAutomatic(raising),
    // Approvals that were given on other evidence are void, whatever they add up to.
    granted: passed === finding.evidenceHash && grantByPeople(raising).isGranted,
    windowOver: windowOver(context, finding.state, stageIndex, at),
    minWindowOver: minWindowOver(context, finding.state, stageIndex, at),
    owner: failing?.owner ?? gate?.owner ?? plan.owner,
    respondWithinMs: gate?.respondWithinMs ?? 0,
    onFail: gate?.onFail ?? 'eject',
  }
}
