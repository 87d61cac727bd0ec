import {
  type Domain,
  type Flow,
  type FlowItem,
  type FlowPath,
  type FlowStep,
  type OperatingModel,
  type RightName,
  rightNames,
  type RightRule,
  type UrlRule,
} from '@headgate/core/model'
import type { DomainFile, FlowFile, ItemFile, ModelFile, PathFile, RightFile, StepFile } from './model-schema.ts'
import { milliseconds, parseFraction, parseInstant, parseShare } from './scalars.ts'
import { toFlowTraffic, toRouteTraffic } from './to-traffic.ts'
import { parseUrlRule } from './url-rule.ts'

const hour = 3_600_000

/** The domain form of a file that {@link modelFileSchema} accepted, with every default filled in. */
export function toOperatingModel(file: ModelFile): OperatingModel {
  return {
    shop: {
      name: file.shop.name,
      currencies: file.shop.currencies ?? [],
      markets: file.shop.markets ?? [],
      servedBy: file.shop.servedBy,
      ...(file.shop.visitorsPerMinute === undefined ? {} : { visitorsPerMinute: file.shop.visitorsPerMinute }),
    },
    teams: each(file.teams, ({ lead, members, ...team }) => ({ ...team, lead: lead ?? '', members: members ?? [] })),
    domains: each(file.domains, toDomain),
    components: each(file.components, (component) => ({
      ...component,
      provides: component.provides ?? [],
      consumes: component.consumes ?? [],
    })),
    routes: each(file.routes, ({ match, crawlable, servedBy, timeout, traffic }) => ({
      match: toRules(match),
      crawlable: crawlable ?? false,
      ...(servedBy === undefined ? {} : { servedBy }),
      timeoutMs: milliseconds(timeout, 10_000),
      ...(traffic === undefined ? {} : { traffic: toRouteTraffic(traffic) }),
    })),
    flows: each(file.flows, toFlow),
    ...toOperations(file),
  }
}

function toOperations(
  file: ModelFile,
): Omit<OperatingModel, 'shop' | 'teams' | 'domains' | 'components' | 'routes' | 'flows'> {
  return {
    entities: each(file.entities, ({ record, copies, key, tolerance, freshness }) => ({
      record,
      copies,
      key,
      tolerance: tolerance ?? 0,
      freshnessMs: milliseconds(freshness, 300_000),
    })),
    integrations: each(file.integrations, ({ retry, respondWithin, ...integration }) => ({
      ...integration,
      retry: {
        ...(retry?.attempts === undefined ? {} : { attempts: retry.attempts }),
        ...(retry?.within === undefined ? {} : { withinMs: milliseconds(retry.within, 0) }),
      },
      ...(respondWithin === undefined ? {} : { respondWithinMs: milliseconds(respondWithin, 0) }),
    })),
    runbooks: each(file.runbooks, ({ owner, steps, rehearsedAt }) => {
      const at = rehearsedAt === undefined ? undefined : parseInstant(rehearsedAt)
      return { owner, steps, ...(at === undefined ? {} : { rehearsedAt: at }) }
    }),
    metricSources: each(file.metricSources, ({ kind, options }) => ({ kind, options: options ?? {} })),
    ...(file.identities === undefined ? {} : { identities: file.identities }),
    notifiers: each(file.notifiers, ({ kind, options }) => ({ kind, options: options ?? {} })),
  }
}

function toDomain({ owner, rights, escalation }: DomainFile): Domain {
  const rules: Partial<Record<RightName, RightRule>> = {}
  for (const name of rightNames) {
    const right = rights?.[name]
    if (right !== undefined) rules[name] = toRight(right, name)
  }
  return {
    owner,
    rights: rules,
    escalation: (escalation ?? []).map(({ after, to }) => ({ afterMs: milliseconds(after, 0), to })),
  }
}

const requiresReason: ReadonlySet<RightName> = new Set(['override', 'accept-exception', 'accept-criterion'])

function toRight(right: RightFile, name: RightName): RightRule {
  const isReasonRequired = right.reason === undefined ? requiresReason.has(name) : right.reason === 'required'
  return {
    quorum: right.quorum ?? 1,
    teams: right.any ?? right.of ?? [],
    expiresMs: milliseconds(right.expires, 4 * hour),
    ...(right.automation === undefined
      ? {}
      : { automation: { maxBasisPoints: parseShare(right.automation.upTo) ?? 0 } }),
    ...(right.maxMinutes === undefined ? {} : { maxMs: right.maxMinutes * 60_000 }),
    reasonRequired: isReasonRequired,
  }
}

function toFlow(flow: FlowFile): Flow {
  const steps = flow.steps.map(toStep)
  const startsAt = flow.startsAt ?? steps[0]?.id ?? ''
  const paths = each(flow.paths ?? { critical: {} }, toPath)
  const horizonMs = milliseconds(flow.horizon, hour / 2)
  return {
    domain: flow.domain,
    steps,
    startsAt,
    completesAt: flow.completesAt ?? steps.at(-1)?.id ?? '',
    pinnedFrom: flow.pinnedFrom ?? startsAt,
    pinMs: milliseconds(flow.pin, 2 * hour),
    horizonMs,
    paths,
    defaultPath: flow.defaultPath ?? usualPath(paths),
    ...(flow.traffic === undefined ? {} : { traffic: toFlowTraffic(flow.traffic) }),
    ...(flow.averageOrder === undefined ? {} : { averageOrder: flow.averageOrder }),
    ...(flow.items === undefined ? {} : { items: toItems(flow.items, horizonMs) }),
  }
}

function toItems(items: readonly ItemFile[], horizonMs: number): Record<string, FlowItem> {
  return Object.fromEntries(
    items.map((item) => {
      if (typeof item === 'string') return [item, { withinMs: horizonMs }]
      const { id, within, from } = item
      return [id, { withinMs: milliseconds(within, horizonMs), ...(from === undefined ? {} : { from }) }]
    }),
  )
}

function usualPath(paths: Readonly<Record<string, FlowPath>>): string {
  if (Object.hasOwn(paths, 'critical')) return 'critical'
  const entries = Object.entries(paths)
  const [id = ''] = entries.find(([, { match }]) => match.length === 0) ?? entries[0] ?? []
  return id
}

function toStep(step: StepFile): FlowStep {
  if (typeof step === 'string') return { id: step, match: [], event: step, failsOn: [] }
  return {
    id: step.id,
    match: toRules(step.match),
    ...(step.event === undefined ? {} : { event: step.event }),
    failsOn: (step.failsOn ?? []).map((status) => (typeof status === 'number' ? status : Number.parseInt(status, 10))),
  }
}

function toPath(path: PathFile, id: string): FlowPath {
  const share = path?.share === undefined ? undefined : parseFraction(path.share)
  const completion = path?.completion === undefined ? undefined : parseFraction(path.completion)
  return {
    critical: path?.critical ?? id === 'critical',
    ...(share === undefined ? {} : { share }),
    ...(completion === undefined ? {} : { completion }),
    match: toRules(path?.match),
  }
}

function toRules(rules: string | readonly string[] | undefined): UrlRule[] {
  const texts = rules === undefined ? [] : typeof rules === 'string' ? [rules] : rules
  return texts.flatMap((rule) => parseUrlRule(rule) ?? [])
}

function each<From, To>(
  record: Readonly<Record<string, From>> | undefined,
  convert: (value: From, id: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record ?? {}).map(([id, value]) => [id, convert(value, id)]))
}
