import { entryOf } from '../model/entry.ts'
import type { OperatingModel, RightName, RightRule } from '../model/operating-model.ts'
import type { ReleasePlan } from '../model/release-plan.ts'
import { domainsTouched } from './domains.ts'
import { peopleOf, teamsOf } from './people.ts'

/** Who may use a right in a domain; undefined = nobody. What incidents teach is the domain's owner's to accept, where no rule says else. */
export function rightOf(model: OperatingModel, right: RightName, domain: string): RightRule | undefined {
  const own = entryOf(model.domains, domain)
  const written = own?.rights[right]
  if (written !== undefined || right !== 'accept-criterion' || own === undefined) return written
  return { quorum: 1, teams: [own.owner], expiresMs: 0, reasonRequired: true }
}

export interface RightQuestion {
  readonly model: OperatingModel
  readonly right: RightName
  readonly domains: readonly string[]
  /** Address of the person. */
  readonly principal: string
  /** `any`: the right in one of the domains is enough; `all`: it takes the right in each. */
  readonly mode: 'any' | 'all'
}

/** `via` = the teams through which the person holds the right; a refusal says who could act instead. */
export type RightDecision =
  | { readonly isAllowed: true; readonly via: readonly { readonly domain: string; readonly team: string }[] }
  | { readonly isAllowed: false; readonly reason: string }

/**
 * Whether one person holds a right. It does not count quorums: see {@link countApprovals}. No domain at all is refused in
 * both modes, because "all of none" would let anybody act (SPEC A9).
 */
export function decideRight(question: RightQuestion): RightDecision {
  const { model, right, domains, principal, mode } = question
  const own = teamsOf(model, principal)
  const held = domains.map((domain) => {
    const team = rightOf(model, right, domain)?.teams.find((id) => own.includes(id))
    return team === undefined ? undefined : { domain, team }
  })
  const via = held.filter((each) => each !== undefined)
  const isAllowed = mode === 'all' ? via.length === domains.length && via.length > 0 : via.length > 0
  if (isAllowed) return { isAllowed, via }
  const lacking = domains.filter((_, index) => held[index] === undefined)
  return { isAllowed, reason: refusal(question, lacking) }
}

/**
 * Whether a person may stop a release: the stop right in any domain it touches (SPEC A1). Where nobody holds it there,
 * for instance because the model changed under a running release, a holder in any domain of the shop may.
 */
export function decideStop(model: OperatingModel, plan: ReleasePlan, principal: string): RightDecision {
  return decideRight({ model, right: 'stop', domains: stopDomains(model, plan), principal, mode: 'any' })
}

function stopDomains(model: OperatingModel, plan: ReleasePlan): string[] {
  const isHeld = (domain: string): boolean => peopleOf(model, rightOf(model, 'stop', domain)?.teams ?? []).length > 0
  const touched = domainsTouched(model, plan).filter(isHeld)
  return touched.length > 0 ? touched : Object.keys(model.domains).filter(isHeld)
}

/** Whether automation may raise to this exposure by itself: granted in every domain that the release touches (SPEC A6). */
export function automationMayRaise(model: OperatingModel, plan: ReleasePlan, toBasisPoints: number): boolean {
  const domains = domainsTouched(model, plan)
  return (
    domains.length > 0 &&
    domains.every((domain) => (rightOf(model, 'raise', domain)?.automation?.maxBasisPoints ?? -1) >= toBasisPoints)
  )
}

function refusal({ model, right, principal, mode }: RightQuestion, lacking: readonly string[]): string {
  if (lacking.length === 0) return `no domain is named in which ${principal} could ${right}`
  const where = mode === 'all' ? lacking.slice(0, 1) : lacking
  const holders = where.map((domain) => {
    const teams = rightOf(model, right, domain)?.teams ?? []
    return `${domain}: ${teams.length === 0 ? 'nobody' : teams.join(', ')}`
  })
  return `${principal || 'nobody'} does not hold "${right}" in ${where.join(' or ')} (held by ${holders.join('; ')})`
}
