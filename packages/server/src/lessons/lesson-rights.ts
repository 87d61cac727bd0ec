import { decideRight } from '@headgate/core/authority'
import type { Criterion } from '@headgate/core/gate'
import { entryOf, HeadgateError, type OperatingModel } from '@headgate/core/model'
import type { Principal } from '../http/index.ts'
import { domainsTouchedBy } from '../incidents/index.ts'

/**
 * The domain in which somebody decides what an incident taught: that of the criterion's flow, or of the incident's flows where it watches
 * route classes, which belong to no domain.
 *
 * @throws HeadgateError `FORBIDDEN` saying who may
 */
export function requireAcceptance(
  model: OperatingModel,
  subject: { readonly flows: readonly string[]; readonly criterion?: Criterion },
  by: Principal,
): string {
  const { flows, criterion } = subject
  const domains = domainsTouchedBy(model, criterion?.signal === 'completion' ? [criterion.flow] : flows)
  return requireIn(model, domains, by)
}

/** @throws HeadgateError `FORBIDDEN` saying who may */
export function requireIn(model: OperatingModel, domains: readonly string[], by: Principal): string {
  const known = domains.filter((domain) => entryOf(model.domains, domain) !== undefined)
  // A domain that is gone has no owner left; whoever owns any other may clear up after it.
  const asked = known.length > 0 ? known : Object.keys(model.domains)
  const decision = decideRight({ model, right: 'accept-criterion', domains: asked, principal: by.name, mode: 'any' })
  if (!decision.isAllowed) throw new HeadgateError('FORBIDDEN', decision.reason)
  return decision.via[0]?.domain ?? ''
}
