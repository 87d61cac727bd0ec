import type { OperatingModel } from '../model/operating-model.ts'
import type { Instant } from '../model/time.ts'
import type { Approval } from '../release/release.ts'
import { peopleOf, personKey } from './people.ts'
import { rightOf } from './rights.ts'

/** What is to be raised, on which evidence, and who has said yes so far. */
export interface RaiseCase {
  readonly model: OperatingModel
  /** Domains that the release touches. */
  readonly domains: readonly string[]
  readonly approvals: readonly Approval[]
  readonly planHash: string
  readonly evidenceHash: string
  /** Index of the stage to raise to. */
  readonly toStage: number
  readonly at: Instant
}

export interface ApprovalCount {
  /** Every domain has its quorum. */
  readonly isGranted: boolean
  readonly domains: readonly DomainApprovals[]
}

export interface DomainApprovals {
  readonly domain: string
  /** Distinct people needed; undefined where nobody holds the right, so that nothing grants it. */
  readonly quorum?: number
  /** Addresses that count, each person once, in order of approval. */
  readonly approvedBy: readonly string[]
  /** How many more are needed. */
  readonly missing: number
  /** People who could still approve. */
  readonly open: readonly string[]
}

/**
 * Count distinct people with the raise right, per domain (SPEC A2). An approval counts only for the plan, the evidence and
 * the stage it was given for (A3), until it expires (A4), and while its giver holds the right (A7).
 */
export function countApprovals(raise: RaiseCase): ApprovalCount {
  const domains = [...new Set(raise.domains)].map((domain) => countInDomain(raise, domain))
  return { isGranted: domains.length > 0 && domains.every(({ missing }) => missing === 0), domains }
}

function countInDomain(raise: RaiseCase, domain: string): DomainApprovals {
  const rule = rightOf(raise.model, 'raise', domain)
  if (rule === undefined) return { domain, approvedBy: [], missing: 1, open: [] }
  const holders = new Map(peopleOf(raise.model, rule.teams).map(({ address }) => [personKey(address), address]))
  const counted = new Set<string>()
  for (const approval of raise.approvals) {
    const key = personKey(approval.by)
    if (holders.has(key) && isValid(approval, raise, rule.expiresMs)) counted.add(key)
  }
  const addresses = (keys: Iterable<string>): string[] => [...keys].flatMap((key) => holders.get(key) ?? [])
  // A quorum below one in a model that came from elsewhere would grant a raise to nobody's yes.
  const quorum = Math.max(1, rule.quorum)
  return {
    domain,
    quorum,
    approvedBy: addresses(counted),
    missing: Math.max(0, quorum - counted.size),
    open: addresses([...holders.keys()].filter((key) => !counted.has(key))),
  }
}

function isValid(approval: Approval, raise: RaiseCase, expiresMs: number): boolean {
  return (
    approval.planHash === raise.planHash &&
    approval.evidenceHash === raise.evidenceHash &&
    approval.toStage === raise.toStage &&
    raise.at < approval.expiresAt &&
    raise.at < approval.at + expiresMs
  )
}

/** When an approval given now is void at the latest: the shortest limit of the domains. Undefined where nobody may raise. */
export function approvalExpiry(model: OperatingModel, domains: readonly string[], at: Instant): Instant | undefined {
  const limits = domains.flatMap((domain) => rightOf(model, 'raise', domain)?.expiresMs ?? [])
  return limits.length === 0 ? undefined : at + Math.min(...limits)
}

/** What a raise takes in one domain, for people to read. */
export interface RaiseNeed {
  readonly domain: string
  readonly quorum: number
  readonly teams: readonly string[]
  readonly automationUpToBasisPoints?: number
}

/** What the next raise takes: distinct people of these teams per domain, or automation. No teams = nobody may. */
export function raiseNeeds(model: OperatingModel, domains: readonly string[]): RaiseNeed[] {
  return domains.map((domain) => {
    const rule = rightOf(model, 'raise', domain)
    const limit = rule?.automation?.maxBasisPoints
    return {
      domain,
      quorum: rule?.quorum ?? 1,
      teams: rule?.teams ?? [],
      ...(limit === undefined ? {} : { automationUpToBasisPoints: limit }),
    }
  })
}
