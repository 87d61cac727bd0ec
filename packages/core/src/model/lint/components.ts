import { entryOf } from '../entry.ts'
import type { OperatingModel } from '../operating-model.ts'
import { findCycles } from './cycles.ts'
import { finding, type Finding } from './finding.ts'

/** Owners, upstreams of what serves shoppers, and chains that lead back to where they began. */
export function lintComponents(model: OperatingModel): Finding[] {
  return [...lintOwners(model), ...lintServing(model), ...lintReplacement(model), ...lintContracts(model)]
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
  const components = Object.entries(model.components)
  const providers = new Map(
    components.flatMap(([id, { provides }]) => provides.map((contract) => [contract, id] as const)),
  )
  const consumed = [
    ...components.flatMap(([id, { consumes }]) =>
      consumes.map((contract, index) => ({ contract, path: `/components/${id}/consumes/${index}` })),
    ),
    ...Object.entries(model.integrations).map(([id, { contract }]) => ({
      contract,
      path: `/integrations/${id}/contract`,
    })),
  ]
  const orphans = consumed
    .filter(({ contract }) => !providers.has(contract))
    .map(({ contract, path }) =>
      finding(
        'contract-without-provider',
        path,
        `no component provides contract "${contract}"; add it to the provides of one, or correct its version`,
      ),
    )
  const next = new Map(
    components.map(([id, { consumes }]) => [id, consumes.flatMap((contract) => providers.get(contract) ?? [])]),
  )
  const cycles = findCycles(next).map((cycle) => {
    const message = `components consume each other in a circle: ${chain(cycle)}; none of them can be released first`
    return finding('contract-cycle', `/components/${cycle[0] ?? ''}/consumes`, message)
  })
  return [...orphans, ...cycles]
}

function chain(cycle: readonly string[]): string {
  return [...cycle, cycle[0]].join(' -> ')
}
