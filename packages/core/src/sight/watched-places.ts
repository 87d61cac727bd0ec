import { flowContextOf, type CriterionContext, type EvidenceContext } from '../gate/context.ts'
import type {
  CompletionCriterion,
  CountCriterion,
  Criterion,
  ErrorsCriterion,
  LatencyCriterion,
  MetricCriterion,
  RevenueCriterion,
} from '../gate/criterion.ts'
import { itemsOf, ordersOf } from '../gate/shop-signals.ts'
import { duration } from '../gate/words.ts'
import type { OperatingModel } from '../model/operating-model.ts'
import { completionPlaces } from './completion-places.ts'
import { countPlaces } from './count-places.ts'
import { orderValuesOf } from './order-values.ts'
import { errorPlaces, latencyPlaces, watchedRoutes } from './page-places.ts'
import type { Place } from './place.ts'
import { revenuePlaces } from './revenue-places.ts'
import { splitPlaces } from './split-places.ts'
import type { FlowTraffic, Traffic } from './traffic.ts'
import type { Reveals } from './walk.ts'

/** What is known of a shop and of how a release is judged. */
export interface Known {
  readonly model: OperatingModel
  readonly context: EvidenceContext
  readonly traffic: Traffic
  /** With every gap filled; flows without volume are missing. */
  readonly flows: ReadonlyMap<string, FlowTraffic>
  /** Per flow what was reckoned of healthy paths, for all criteria on it. */
  readonly reveals: ReadonlyMap<string, Map<string, readonly Reveals[]>>
}

/** What a criterion watches, as far as there are figures. */
export interface Watched {
  readonly places: readonly Place[]
  /** Of what there are none. */
  readonly unknown: readonly string[]
  /** What is missing, or was assumed. */
  readonly note?: string
}

/** The places that a criterion watches while both arms are served. */
export function placesOf(known: Known, criterion: Exclude<Criterion, MetricCriterion>): Watched {
  const own = known.context.criteria[criterion.id]
  if (own === undefined) return nothing
  switch (criterion.signal) {
    case 'completion':
      return completionOf(known, criterion, own)
    case 'errors':
    case 'latency':
      return pagesOf(known, criterion, own)
    case 'revenue':
      return revenueOf(known, criterion, own)
    case 'count':
      return countOf(known, criterion, own)
    case 'split':
      return splitOf(known)
  }
}

const nothing: Watched = { places: [], unknown: [] }

function without(id: string, note: string): Watched {
  return { places: [], unknown: [id], note }
}

function trafficMissing(key: 'flows' | 'routes', ids: readonly string[]): string {
  return `no traffic is known of ${ids.join(', ')}: declare ${key}.${ids[0] ?? ''}.traffic, or state it with --traffic`
}

function completionOf(
  { context, model, flows, reveals }: Known,
  criterion: CompletionCriterion,
  { parts }: CriterionContext,
): Watched {
  const flow = flowContextOf(context, criterion.flow)
  const traffic = flows.get(criterion.flow)
  const modelled = model.flows[criterion.flow]
  if (flow === undefined || traffic === undefined || modelled === undefined)
    return without(criterion.flow, trafficMissing('flows', [criterion.flow]))
  const known = reveals.get(criterion.flow) ?? new Map()
  return { places: completionPlaces(criterion, flow, { model: modelled, traffic, parts, known }), unknown: [] }
}

function pagesOf(
  { context, traffic }: Known,
  criterion: ErrorsCriterion | LatencyCriterion,
  own: CriterionContext,
): Watched {
  const { routes, unknown } = watchedRoutes(criterion, own, traffic.routes)
  const known = { routes, parts: own.parts }
  const places =
    criterion.signal === 'errors' ? errorPlaces(criterion, context, known) : latencyPlaces(criterion, context, known)
  return { places, unknown, ...(unknown.length === 0 ? {} : { note: trafficMissing('routes', unknown) }) }
}

function revenueOf({ context, flows }: Known, criterion: RevenueCriterion, own: CriterionContext): Watched {
  const { flow } = criterion
  const traffic = flows.get(flow)
  const currency = ordersOf(context.shop, criterion)?.currency
  if (traffic === undefined || currency === undefined) return without(flow, trafficMissing('flows', [flow]))
  const values = orderValuesOf(traffic, currency)
  if (values === undefined) {
    const note = `nothing is known of what orders of ${flow} are worth in ${currency}: declare flows.${flow}.averageOrder, or state it with --traffic`
    return without(flow, note)
  }
  const note = `order values: log-normal around the average (spread 1), because fewer than 150 were recorded`
  return {
    places: revenuePlaces(criterion, context, { own, traffic, values }),
    unknown: [],
    ...(values.isAssumed ? { note } : {}),
  }
}

function countOf({ context, flows }: Known, criterion: CountCriterion, own: CriterionContext): Watched {
  const { flow, event } = criterion
  const traffic = flows.get(flow)
  const items = itemsOf(context.shop, criterion)
  if (traffic === undefined || items === undefined) return without(flow, trafficMissing('flows', [flow]))
  const item = Object.hasOwn(traffic.items, event) ? traffic.items[event] : undefined
  if (item === undefined) {
    const key = `flows.${flow}.traffic.items.${event}.share`
    const note = `nothing is known of how many journeys get the item ${event}: declare ${key}, or state it with --traffic`
    return without(event, note)
  }
  const note = `when the item comes was never recorded: 98 of 100 are taken to come within ${duration(items.withinMs)}`
  return {
    places: countPlaces(criterion, items, { context: own, traffic, item }),
    unknown: [],
    ...(item.medianDelayMs === undefined ? { note } : {}),
  }
}

function splitOf({ context, flows, traffic: { visitorsPerMinute } }: Known): Watched {
  const visitors = visitorsPerMinute === undefined ? {} : { visitorsPerMinute }
  return { places: splitPlaces(context, { ...visitors, flows }), unknown: [] }
}
