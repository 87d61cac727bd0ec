import { entryOf } from '../model/entry.ts'
import type { OperatingModel } from '../model/operating-model.ts'
import type { ReleasePlan } from '../model/release-plan.ts'

/**
 * Domains whose business a release changes, sorted: those of its components, of the components they replace, and of the
 * flows it touches. Names that do not resolve touch nothing; `headgate check` refuses them.
 */
export function domainsTouched(model: OperatingModel, plan: ReleasePlan): string[] {
  const components = plan.components.flatMap((id) => {
    const component = entryOf(model.components, id)
    const replaced = component?.replaces === undefined ? undefined : entryOf(model.components, component.replaces)
    return [component?.domain, replaced?.domain]
  })
  const flows = plan.flows.map((id) => entryOf(model.flows, id)?.domain)
  const touched = [...components, ...flows].filter((id) => id !== undefined && Object.hasOwn(model.domains, id))
  return [...new Set(touched)].filter((id) => id !== undefined).sort()
}
