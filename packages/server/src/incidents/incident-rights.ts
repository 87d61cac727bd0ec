import { decideRight, type RightDecision } from '@headgate/core/authority'
import { entryOf, type OperatingModel } from '@headgate/core/model'

/** The domains of the flows, or every domain where none of them is known any more. */
export function domainsTouchedBy(model: OperatingModel, flows: readonly string[]): readonly string[] {
  const domains = flows.flatMap((flow) => entryOf(model.flows, flow)?.domain ?? [])
  return domains.length > 0 ? [...new Set(domains)] : Object.keys(model.domains)
}

/** An incident is closed by those who may resume there, or, as nobody may be able to, by those who may stop. */
export function mayHandle(model: OperatingModel, domains: readonly string[], principal: string): RightDecision {
  const resume = decideRight({ model, right: 'resume', domains, principal, mode: 'any' })
  return resume.isAllowed ? resume : decideRight({ model, right: 'stop', domains, principal, mode: 'any' })
}
