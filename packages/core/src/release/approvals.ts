import { genesisHash } from '../audit/chain.ts'
import type { StepContext } from './event.ts'
import type { Approval, Release } from './release.ts'

/** What an approval of the next raise must be bound to now; absent when nothing can be approved. */
export interface NextRaise {
  readonly toStage: number
  readonly planHash: string
  readonly evidenceHash: string
}

type Facts = Pick<StepContext, 'at' | 'planHash' | 'stages'>

/** The raise that people may approve now: the start from `ready`, later the stage after a gate that passes. */
export function nextRaise(context: Facts, release: Release): NextRaise | undefined {
  if (release.phase === 'ready') return { toStage: 0, planHash: context.planHash, evidenceHash: genesisHash }
  if (release.phase !== 'ramping' && release.phase !== 'held') return undefined
  if (release.passedEvidence === undefined || release.stage + 1 >= context.stages.length) return undefined
  return { toStage: release.stage + 1, planHash: context.planHash, evidenceHash: release.passedEvidence }
}

/** The approvals that still count: for this plan, this evidence, this stage, and not expired. One per person. */
export function countingApprovals(context: Facts, release: Release): readonly Approval[] {
  if (release.phase !== 'ready' && release.phase !== 'ramping' && release.phase !== 'held') return []
  return release.approvals.filter((approval) => flawOf(context, release, approval) === undefined)
}

/** Why an approval does not count now. */
export function flawOf(context: Facts, release: Release, approval: Approval): string | undefined {
  const next = nextRaise(context, release)
  if (next === undefined) return 'there is no raise to approve: the gate has not passed, or no stage is left'
  if (approval.toStage !== next.toStage) return `it is for stage ${approval.toStage}, next is ${next.toStage}`
  if (approval.planHash !== next.planHash) return 'the plan has changed since'
  if (approval.evidenceHash !== next.evidenceHash) return 'the evidence has changed since'
  return approval.expiresAt <= context.at ? 'it has expired' : undefined
}
