import { entryOf } from '../entry.ts'
import type { OperatingModel } from '../operating-model.ts'
import type { ReleasePlan } from '../release-plan.ts'
import { finding, type Finding } from './finding.ts'

/** The candidate can be reached, takes over from something, and the plan leads to everybody. */
export function lintRelease(model: OperatingModel, plan: ReleasePlan): Finding[] {
  const base = `/releases/${plan.id}`
  const found = [...lintCandidate(model, plan)]
  if (plan.owner === '') {
    found.push(
      finding('release-without-owner', base, `release "${plan.id}" has no owner; name the team that answers for it`),
    )
  }
  if (
    plan.flows.length === 0 &&
    Object.values(model.flows).some((flow) => Object.values(flow.paths).some((path) => path.critical))
  ) {
    const message = `release "${plan.id}" watches no flow though the shop has critical ones; list them under flows`
    found.push(finding('release-without-flows', base, message))
  }
  const last = plan.stages.at(-1)
  if (last !== undefined && last.visitorBasisPoints < 10_000) {
    const message = `release "${plan.id}" ends at ${last.visitorBasisPoints / 100} % of visitors; it stays there until another release takes over`
    found.push(finding('release-stops-short', `${base}/stages/${plan.stages.length - 1}/visitors`, message))
  }
  if (plan.lease.onExpiry === 'stay' && plan.stages.every((stage) => stage.reversible)) {
    const message = `release "${plan.id}" stays exposed when the control plane is lost though every stage could go back; write lease.onExpiry: control`
    found.push(finding('lease-outlives-control-plane', `${base}/lease/onExpiry`, message))
  }
  return found
}

function lintCandidate(model: OperatingModel, plan: ReleasePlan): Finding[] {
  return plan.components.flatMap((id, index) => {
    const component = entryOf(model.components, id)
    if (component === undefined) return []
    const path = `/releases/${plan.id}/components/${index}`
    // A component without shopper traffic (an API, an ERP) changes together with the others but is not routed to.
    const isRouted =
      component.replaces !== undefined || component.upstream !== undefined || plan.components.length === 1
    if (!isRouted) return []
    const found: Finding[] = []
    if (component.upstream === undefined) {
      const message = `candidate "${id}" has no upstream; give the component a base URL that gateways can send traffic to`
      found.push(finding('candidate-without-upstream', path, message))
    }
    if (component.replaces === undefined) {
      const message = `candidate "${id}" replaces nothing, so there is no control to fall back to; write replaces: <component> at the component`
      found.push(finding('stage-without-fallback', path, message))
    } else if (
      Object.hasOwn(model.components, component.replaces) &&
      entryOf(model.components, component.replaces)?.upstream === undefined
    ) {
      const message = `"${component.replaces}", the control of candidate "${id}", has no upstream; give it a base URL`
      found.push(finding('component-without-upstream', path, message))
    }
    return found
  })
}

/** Two releases on the same flow or route class never ramp at once (SPEC R4); the server refuses the second start. */
export function lintReleasePairs(model: OperatingModel, plans: readonly ReleasePlan[]): Finding[] {
  return plans.flatMap((plan, index) =>
    plans.slice(0, index).flatMap((earlier) => {
      const shared = [
        ...plan.flows.filter((flow) => earlier.flows.includes(flow)).map((flow) => `flow "${flow}"`),
        ...sharedRoutes(model, earlier, plan).map((route) => `route class "${route}"`),
      ]
      if (shared.length === 0) return []
      const message = `releases "${earlier.id}" and "${plan.id}" both touch ${shared.join(', ')}; they cannot ramp at the same time`
      return [finding('releases-overlap', `/releases/${plan.id}`, message)]
    }),
  )
}

function sharedRoutes(model: OperatingModel, a: ReleasePlan, b: ReleasePlan): string[] {
  const others = exposedRoutes(model, b)
  return exposedRoutes(model, a).filter((route) => others.includes(route))
}

/** Route classes that any stage exposes; a stage that names none exposes all. */
function exposedRoutes(model: OperatingModel, plan: ReleasePlan): string[] {
  const all = Object.keys(model.routes)
  return all.filter((route) => plan.stages.some(({ routes }) => routes.length === 0 || routes.includes(route)))
}
