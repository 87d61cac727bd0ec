import { entryOf } from '../entry.ts'
import type { OperatingModel } from '../operating-model.ts'
import type { ReleasePlan } from '../release-plan.ts'
import { findCycles } from './cycles.ts'
import { finding, type Finding } from './finding.ts'

/** Owners, upstreams of what serves shoppers, and chains that lead back to where they began. */
export function lintComponents(model: OperatingModel, plans: readonly ReleasePlan[]): Finding[] {
  return [
    ...lintOwners(model),
    ...lintServing(model),
    ...lintReplacement(model),
    ...lintContracts(model),
    ...lintCandidateCycles(model, plans),
  ]
}

function lintOwners(model: OperatingModel): Finding[] {
  return Object.entries(model.components)
    .filter(([, { owner }]) => owner === undefined || owner === '')
    .map(([id]) =>
      finding(
        'component-without-owner',
        `/components/${id}`,
        `component "${id}" has no owner; name the team that answers for it`,
      ),
    )
}

function lintServing(model: OperatingModel): Finding[] {
  const uses = [
    { path: '/shop/servedBy', id: model.shop.servedBy },
    ...Object.entries(model.routes).flatMap(([route, { servedBy }]) =>
      servedBy === undefined ? [] : [{ path: `/routes/${route}/servedBy`, id: servedBy }],
    ),
  ]
  return uses
    .filter(({ id }) => Object.hasOwn(model.components, id) && entryOf(model.components, id)?.upstream === undefined)
    .map(({ path, id }) =>
      finding('component-without-upstream', path, `"${id}" serves shoppers but has no upstream; give it a base URL`),
    )
}

function lintReplacement(model: OperatingModel): Finding[] {
  const next = new Map(
    Object.entries(model.components).map(([id, { replaces }]) => [id, replaces === undefined ? [] : [replaces]]),
  )
  return findCycles(next).map((cycle) => {
    const message = `components replace each other in a circle: ${chain(cycle)}; one of them serves today, so it replaces nothing`
    return finding('component-cycle', `/components/${cycle[0] ?? ''}/replaces`, message)
  })
}

function lintContracts(model: OperatingModel): Finding[] {
  const provided = new Set(Object.values(model.components).flatMap(({ provides }) => provides))
  const consumed = [
    ...Object.entries(model.components).flatMap(([id, { consumes }]) =>
      consumes.map((contract, index) => ({ contract, path: `/components/${id}/consumes/${index}` })),
    ),
    ...Object.entries(model.integrations).map(([id, { contract }]) => ({
      contract,
      path: `/integrations/${id}/contract`,
    })),
  ]
  return consumed
    .filter(({ contract }) => !provided.has(contract))
    .map(({ contract, path }) => {
      const message = `no component provides contract "${contract}"; add it to the provides of one, or correct its version`
      return finding('contract-without-provider', path, message)
    })
}

/** Candidates that need each other: what components in service consume of each other is no obstacle to a release. */
function lintCandidateCycles(model: OperatingModel, plans: readonly ReleasePlan[]): Finding[] {
  const components = Object.entries(model.components)
  const candidates = components.filter(([, { replaces }]) => replaces !== undefined)
  const inService = new Set(components.flatMap(([, each]) => (each.replaces === undefined ? each.provides : [])))
  const next = candidates.map(([id, { consumes }]): [string, string[]] => {
    const needed = new Set(consumes.filter((contract) => !inService.has(contract)))
    return [id, candidates.filter(([, { provides }]) => provides.some((each) => needed.has(each))).map(([to]) => to)]
  })
  return findCycles(new Map(next))
    .filter((cycle) => cycle.length > 1 && !plans.some((plan) => cycle.every((id) => plan.components.includes(id))))
    .map((cycle) => {
      const message = `candidates need each other's contracts: ${chain(cycle)}; none can be released first: put them into one release`
      return finding('contract-cycle', `/components/${cycle[0] ?? ''}/consumes`, message)
    })
}

function chain(cycle: readonly string[]): string {
  return [...cycle, cycle[0]].join(' -> ')
}
