import { personKey } from '../authority/people.ts'
import { countingApprovals, flawOf } from './approvals.ts'
import type { Effect, ReleaseEvent, Step, StepContext } from './event.ts'
import { changed, publishExposure, refused, tellOwner } from './outcome.ts'
import type { Ramping, Ready, Release } from './release.ts'

type Approved = Extract<ReleaseEvent, { kind: 'approved' }>
type Recipient = Extract<Release, { phase: 'ready' | 'ramping' | 'held' }>

/** What stands in the way of `stage`, whoever asks (SPEC R4, R5, R6). */
export function obstacleTo(context: StepContext, stage: number): string | undefined {
  const facts = context.stages[stage]
  if (facts !== undefined && !facts.reversible && !facts.rehearsed) {
    return `stage ${facts.id} is one-way and its roll-forward runbook has not been rehearsed`
  }
  return context.obstacles[0]?.reason
}

/** The only way up (SPEC R1): callers have seen the grant, and from a stage the pass. */
export function enterStage(context: StepContext, from: Ready | Ramping, reason: string): Step<Release> {
  const stage = from.phase === 'ready' ? 0 : from.stage + 1
  const name = context.stages[stage]?.id ?? String(stage)
  const obstacle = obstacleTo(context, stage)
  if (obstacle !== undefined) return refused(from, obstacle)
  if (stage >= context.stages.length)
    return from.phase === 'ready' ? refused(from, 'the plan has no stage') : goLive(context, from)
  return changed({ phase: 'ramping', stage, enteredAt: context.at, approvals: [] }, reason, [
    publishExposure,
    tellOwner(context, stage === 0 ? 'started' : 'raised', `stage ${name}: ${reason}`),
  ])
}

function goLive(context: StepContext, from: Ramping): Step<Release> {
  const reason = 'the last stage passed'
  return changed({ phase: 'live', since: context.at, stage: from.stage }, reason, [tellOwner(context, 'live', reason)])
}

/** Records a yes; from a stage that passes, the yes that completes the quorum raises at once. A start waits for its own act. */
export function approve(context: StepContext, release: Recipient, event: Approved): Step<Release> {
  const flaw = flawOf(context, release, event.approval)
  if (flaw !== undefined) return refused(release, `the approval does not count: ${flaw}`)
  const counting = countingApprovals(context, release)
  if (counting.some((approval) => personKey(approval.by) === personKey(event.approval.by))) {
    return refused(release, `${event.approval.by} has approved already; the next yes must come from somebody else`)
  }
  const approved = { ...release, approvals: [...counting, event.approval] }
  const reason = `${event.approval.by} approved`
  if (approved.phase !== 'ramping' || !event.granted) return changed(approved, reason)
  const raised = enterStage(context, approved, `${reason}, the quorum is reached`)
  return raised.outcome === 'changed' ? raised : changed(approved, `${reason}; ${raised.reason}`)
}

/** Ask once per evidence: for approval, or for the obstacle to be cleared. */
export function askApprovers(context: StepContext, release: Ramping, obstacle: string | undefined): Step<Release> {
  const stage = context.stages[release.stage + 1]?.id ?? 'live'
  const message =
    obstacle === undefined
      ? `the gate passed; raising to ${stage} needs approval`
      : `the gate passed; ${stage} is barred: ${obstacle}`
  const asked = { ...release, ...(release.passedEvidence === undefined ? {} : { askedFor: release.passedEvidence }) }
  const effects = context.approvers.map((to): Effect => ({ kind: 'notify', to, topic: 'approval-needed', message }))
  return changed(asked, message, effects)
}
