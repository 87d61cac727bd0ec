import { entryOf } from '../entry.ts'
import type { CountCriterion, Criterion, RevenueCriterion } from '../../gate/criterion.ts'
import { suggest } from '../nearest.ts'
import type { Flow, OperatingModel } from '../operating-model.ts'
import type { ReleasePlan } from '../release-plan.ts'
import { finding, type Finding } from './finding.ts'
import { gateUsesOf } from './gate-uses.ts'

/** A name that something uses: where, what kind of thing it must be, and which names there are. */
interface Reference {
  readonly path: string
  readonly kind: string
  readonly id: string
  readonly known: readonly string[]
}

/** Every name that is used must be the name of something. */
export function lintReferences(model: OperatingModel, plans: readonly ReleasePlan[]): Finding[] {
  const references = [
    ...modelReferences(model),
    ...Object.entries(model.flows).flatMap(([id, flow]) => flowReferences(model, id, flow)),
    ...plans.flatMap((plan) => planReferences(model, plan)),
  ]
  return references
    .filter(({ id, known }) => id !== '' && !known.includes(id))
    .map(({ path, kind, id, known }) =>
      finding('unknown-reference', path, `no ${kind} "${id}".${suggest(id, known)} Correct the name or define it`),
    )
}

function modelReferences(model: OperatingModel): Reference[] {
  const { team, component, domain } = lookups(model)
  return [
    component('/shop/servedBy', model.shop.servedBy),
    ...Object.entries(model.domains).flatMap(([id, { owner, rights, escalation }]) => [
      team(`/domains/${id}/owner`, owner),
      ...Object.entries(rights).flatMap(([name, rule]) =>
        rule.teams.map((each) => team(`/domains/${id}/rights/${name}`, each)),
      ),
      ...escalation.map(({ to }, index) => team(`/domains/${id}/escalation/${index}/to`, to)),
    ]),
    ...Object.entries(model.components).flatMap(([id, each]) => [
      domain(`/components/${id}/domain`, each.domain),
      team(`/components/${id}/owner`, each.owner ?? ''),
      component(`/components/${id}/replaces`, each.replaces ?? ''),
    ]),
    ...Object.entries(model.routes).map(([id, { servedBy }]) => component(`/routes/${id}/servedBy`, servedBy ?? '')),
    ...Object.entries(model.entities).map(([id, { record }]) => component(`/entities/${id}/record`, record)),
    ...Object.entries(model.integrations).flatMap(([id, { from, to, owner }]) => [
      component(`/integrations/${id}/from`, from),
      component(`/integrations/${id}/to`, to),
      team(`/integrations/${id}/owner`, owner ?? ''),
    ]),
    ...Object.entries(model.runbooks).map(([id, { owner }]) => team(`/runbooks/${id}/owner`, owner)),
  ]
}

function flowReferences(model: OperatingModel, id: string, flow: Flow): Reference[] {
  const steps = flow.steps.map((step) => step.id)
  const base = `/flows/${id}`
  const items = Object.keys(flow.items ?? {})
  return [
    lookups(model).domain(`${base}/domain`, flow.domain),
    { path: `${base}/startsAt`, kind: 'step', id: flow.startsAt, known: steps },
    { path: `${base}/completesAt`, kind: 'step', id: flow.completesAt, known: steps },
    { path: `${base}/pinnedFrom`, kind: 'step', id: flow.pinnedFrom, known: steps },
    ...Object.entries(flow.items ?? {}).map(([kind, { from }]) =>
      lookups(model).component(`${base}/items/${kind}/from`, from ?? ''),
    ),
    ...Object.keys(flow.traffic?.items ?? {}).map((item) => ({
      path: `${base}/traffic/items/${item}`,
      kind: 'item',
      id: item,
      known: items,
    })),
    { path: `${base}/defaultPath`, kind: 'path', id: flow.defaultPath, known: Object.keys(flow.paths) },
  ]
}

function planReferences(model: OperatingModel, plan: ReleasePlan): Reference[] {
  const { team, component, flow, route, runbook } = lookups(model)
  const base = `/releases/${plan.id}`
  return [
    ...plan.components.map((id, index) => component(`${base}/components/${index}`, id)),
    team(`${base}/owner`, plan.owner),
    ...plan.flows.map((id, index) => flow(`${base}/flows/${index}`, id)),
    ...plan.stages.flatMap((stage, at) => [
      ...stage.routes.map((id, index) => route(`${base}/stages/${at}/routes/${index}`, id)),
      runbook(`${base}/stages/${at}/rollForward`, stage.rollForward ?? ''),
    ]),
    ...gateUsesOf(plan)
      .filter(({ isFirstUse }) => isFirstUse)
      .flatMap(({ path, gate }) => [
        team(`${path}/owner`, gate.owner),
        ...gate.criteria.flatMap((criterion, index) =>
          criterionReferences(model, criterion, `${path}/criteria/${index}`),
        ),
      ]),
  ]
}

function criterionReferences(model: OperatingModel, criterion: Criterion, path: string): Reference[] {
  const { team, flow, route, source } = lookups(model)
  const signer = criterion.signedOff?.by ?? ''
  const owner = [
    team(`${path}/owner`, criterion.owner ?? ''),
    // An address stands for itself.
    team(`${path}/signedOff/by`, signer.includes('@') ? '' : signer),
  ]
  if (criterion.signal === 'split') return owner
  if (criterion.signal === 'metric') return [...owner, source(`${path}/source`, criterion.source)]
  if (criterion.signal === 'errors' || criterion.signal === 'latency') {
    return [...owner, ...criterion.routes.map((id, index) => route(`${path}/routes/${index}`, id))]
  }
  if (criterion.signal === 'revenue')
    return [...owner, flow(`${path}/flow`, criterion.flow), ...currencyReference(model, criterion, path)]
  if (criterion.signal === 'count')
    return [...owner, flow(`${path}/flow`, criterion.flow), ...itemReference(model, criterion, path)]
  const known = Object.keys(entryOf(model.flows, criterion.flow)?.paths ?? {})
  const kind = `path of flow "${criterion.flow}"`
  const margins = Object.keys(criterion.pathMargins).map((id) => ({ path: `${path}/paths/${id}`, kind, id, known }))
  const only = (criterion.onlyPaths ?? []).map((id, index) => ({ path: `${path}/only/${index}`, kind, id, known }))
  return [...owner, flow(`${path}/flow`, criterion.flow), ...(known.length === 0 ? [] : [...margins, ...only])]
}

function currencyReference(model: OperatingModel, criterion: RevenueCriterion, path: string): Reference[] {
  if (criterion.currency === undefined) return []
  return [{ path: `${path}/currency`, kind: 'currency', id: criterion.currency, known: model.shop.currencies }]
}

function itemReference(model: OperatingModel, { flow, event }: CountCriterion, path: string): Reference[] {
  const own = entryOf(model.flows, flow)
  if (own === undefined) return []
  return [{ path: `${path}/event`, kind: `item of flow "${flow}"`, id: event, known: Object.keys(own.items ?? {}) }]
}

type Lookup = (path: string, id: string) => Reference

type Kind = 'team' | 'domain' | 'component' | 'flow' | 'route' | 'runbook' | 'source'

function lookups(model: OperatingModel): Record<Kind, Lookup> {
  return {
    team: lookup('team', model.teams),
    domain: lookup('domain', model.domains),
    component: lookup('component', model.components),
    flow: lookup('flow', model.flows),
    route: lookup('route class', model.routes),
    runbook: lookup('runbook', model.runbooks),
    source: lookup('metric source', model.metricSources),
  }
}

function lookup(kind: string, record: Readonly<Record<string, unknown>>): Lookup {
  return (path, id) => ({ path, kind, id, known: Object.keys(record) })
}
