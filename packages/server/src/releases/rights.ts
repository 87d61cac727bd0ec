import { approvalExpiry, automationMayRaise, countApprovals, decideRight, decideStop } from '@headgate/core/authority'
import { HeadgateError, type RightName } from '@headgate/core/model'
import { countingApprovals, nextRaise, type Approval, type NextRaise } from '@headgate/core/release'
import type { Principal } from '../http/index.ts'
import type { ReleaseFacts } from './facts.ts'
import { sha256 } from './release-store.ts'

/** One of these rights in any domain that the release touches. @throws HeadgateError `FORBIDDEN` saying who could */
export function requireRight(facts: ReleaseFacts, rights: readonly RightName[], by: Principal): void {
  const { model } = facts.current
  const decisions = rights.map((right) =>
    decideRight({ model, right, domains: facts.domains, principal: by.name, mode: 'any' }),
  )
  const [refusal] = decisions.flatMap((decision) => (decision.isAllowed ? [] : [decision.reason]))
  if (refusal !== undefined && !decisions.some(({ isAllowed }) => isAllowed))
    throw new HeadgateError('FORBIDDEN', refusal)
}

/** The stop right in any domain it touches; no quorum, no approval (SPEC R2). @throws HeadgateError `FORBIDDEN` */
export function requireStop({ current, plan }: ReleaseFacts, by: Principal): void {
  const decision = decideStop(current.model, plan, by.name)
  if (!decision.isAllowed) throw new HeadgateError('FORBIDDEN', decision.reason)
}

/** What an approval must quote: the plan, the evidence and the stage in one hash. */
export function approvalHashOf({ planHash, evidenceHash, toStage }: NextRaise): string {
  return sha256(`${planHash}\n${evidenceHash}\n${toStage}`)
}

/** One person's yes to the raise as it stands now. */
export function approvalOf(facts: ReleaseFacts, next: NextRaise, by: Principal): Approval {
  const { at } = facts.context
  return { ...next, by: by.name, at, expiresAt: approvalExpiry(facts.current.model, facts.domains, at) ?? at }
}

export interface Grant {
  readonly isGranted: boolean
  /** What is still needed, for people to read; empty when granted. */
  readonly missing: string
}

/** Whether the yeses so far, with `more`, give every domain its quorum (SPEC R1). */
export function grantByPeople(facts: ReleaseFacts, more: readonly Approval[] = []): Grant {
  const { release } = facts.row.record
  const next = nextRaise(facts.context, release)
  if (next === undefined) return { isGranted: false, missing: 'there is nothing to approve' }
  const { at } = facts.context
  const approvals = [...countingApprovals(facts.context, release), ...more]
  const count = countApprovals({ model: facts.current.model, domains: facts.domains, approvals, at, ...next })
  const missing = count.domains
    .filter((domain) => domain.missing > 0)
    .map(({ domain, missing: people, open }) => `${people} more in ${domain} (${open.join(', ') || 'nobody may'})`)
  return { isGranted: count.isGranted, missing: missing.join('; ') }
}

/** Whether automation may raise to the stage after the present one. */
export function isAutomatic({ current, plan, row }: ReleaseFacts): boolean {
  const { release } = row.record
  const next = release.phase === 'ramping' || release.phase === 'held' ? release.stage + 1 : 0
  const stage = plan.stages[next]
  if (stage === undefined) return false
  return automationMayRaise(current.model, plan, Math.max(stage.visitorBasisPoints, stage.urlBasisPoints))
}
