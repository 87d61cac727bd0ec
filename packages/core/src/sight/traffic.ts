import type { DeclaredItemTraffic, Flow, Money, OperatingModel } from '../model/operating-model.ts'
import { delayOf, delayWithin, type OutcomeDelay } from './outcome-delay.ts'

/** Where figures come from first: recorded by gateways, stated for this report, declared in the operating model. */
export const trafficOrigins = ['recorded', 'stated', 'declared'] as const
export type TrafficOrigin = (typeof trafficOrigins)[number]

/** What is known of a shop's traffic; every part may be missing. Figures are of both arms together. */
export interface Traffic {
  readonly origin: TrafficOrigin
  /** Time of which there are records. */
  readonly recordedMs?: number
  readonly flows: Readonly<Record<string, KnownFlow>>
  readonly routes: Readonly<Record<string, KnownRoute>>
  /** Visitors who come back with a cookie they were given earlier: what the split counts. */
  readonly visitorsPerMinute?: number
}

export interface KnownFlow {
  /** Visitors' first journeys that start, a minute. */
  readonly perMinute?: number
  readonly medianDelayMs?: number
  readonly p95DelayMs?: number
  readonly averageOrder?: Money
  /** Orders of the control per currency and value bucket (stats/value-buckets). */
  readonly values?: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** How often journeys get items, by kind. */
  readonly items?: Readonly<Record<string, KnownItem>>
  readonly paths: Readonly<Record<string, KnownPath>>
}

export type KnownItem = DeclaredItemTraffic

export interface KnownPath {
  readonly share?: number
  /** Share of its journeys that complete within the horizon, and that fail explicitly. */
  readonly completion?: number
  readonly failing?: number
}

export interface KnownRoute {
  /** Visitors' first requests to the route class, a minute. */
  readonly perMinute?: number
  readonly errorShare?: number
  readonly medianLatencyMs?: number
  readonly p95LatencyMs?: number
  /** Requests per latency bucket (stats/latency-buckets); goes before median and p95. */
  readonly latency?: Readonly<Record<string, number>>
}

/** A flow's traffic with every gap filled; undefined where its volume is unknown. */
export interface FlowTraffic {
  readonly perMinute: number
  readonly delay: OutcomeDelay
  readonly averageOrder?: Money
  readonly values: NonNullable<KnownFlow['values']>
  readonly items: NonNullable<KnownFlow['items']>
  readonly paths: readonly PathTraffic[]
}

export interface PathTraffic {
  readonly id: string
  readonly perMinute: number
  readonly completion: number
  readonly failing: number
}

/** What the operating model says. */
export function declaredTraffic(model: OperatingModel): Traffic {
  const { visitorsPerMinute } = model.shop
  return {
    origin: 'declared',
    flows: mapValues(model.flows, ({ traffic, averageOrder, paths }) => ({
      ...traffic,
      ...(averageOrder === undefined ? {} : { averageOrder }),
      paths: mapValues(paths, ({ share, completion }) => ({
        ...(share === undefined ? {} : { share }),
        ...(completion === undefined ? {} : { completion }),
      })),
    })),
    routes: mapValues(model.routes, ({ traffic }) => ({ ...traffic })),
    ...(visitorsPerMinute === undefined ? {} : { visitorsPerMinute }),
  }
}

/** `first` where it says something, `second` elsewhere; paths' shares come from one of them as a whole. */
export function overlayTraffic(first: Traffic, second: Traffic): Traffic {
  const visitorsPerMinute = first.visitorsPerMinute ?? second.visitorsPerMinute
  return {
    origin: first.origin,
    ...(first.recordedMs === undefined ? {} : { recordedMs: first.recordedMs }),
    flows: overlayRecords(first.flows, second.flows, overlayFlow),
    routes: overlayRecords(first.routes, second.routes, (own, other) => ({ ...other, ...own })),
    ...(visitorsPerMinute === undefined ? {} : { visitorsPerMinute }),
  }
}

function overlayFlow(own: KnownFlow, other: KnownFlow): KnownFlow {
  const sharesKnown = Object.values(own.paths).some(({ share }) => share !== undefined)
  const others = mapValues(other.paths, ({ share, ...path }) =>
    sharesKnown || share === undefined ? path : { ...path, share },
  )
  const items = overlayRecords(own.items ?? {}, other.items ?? {}, (a) => a)
  return {
    ...other,
    ...own,
    ...(Object.keys(items).length === 0 ? {} : { items }),
    paths: overlayRecords(own.paths, others, (a, b) => ({ ...b, ...a })),
  }
}

function overlayRecords<Value>(
  first: Readonly<Record<string, Value>>,
  second: Readonly<Record<string, Value>>,
  merge: (own: Value, other: Value) => Value,
): Record<string, Value> {
  const merged: Record<string, Value> = { ...second }
  for (const [id, own] of Object.entries(first)) {
    merged[id] = Object.hasOwn(second, id) && second[id] !== undefined ? merge(own, second[id]) : own
  }
  return merged
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([id, value]) => [id, map(value)]))
}

/** Declared or not, a path completes by default as the judge's prior has it. */
const usualCompletion = 0.6
const usualFailing = 0.01

/** Fills the gaps: shares that are missing divide what is left evenly, the rest is as in most shops. */
export function flowTraffic(flow: Flow, known: KnownFlow | undefined): FlowTraffic | undefined {
  const { perMinute, averageOrder } = known ?? {}
  if (perMinute === undefined || !(perMinute > 0)) return undefined
  const ids = Object.keys(flow.paths)
  const given = ids.map((id) => known?.paths[id]?.share)
  const shares = wholeShares(given)
  return {
    perMinute,
    delay: knownDelay(known) ?? delayWithin(flow.horizonMs),
    ...(averageOrder === undefined ? {} : { averageOrder }),
    values: known?.values ?? {},
    items: known?.items ?? {},
    paths: ids.map((id, index) => {
      const path = known?.paths[id]
      const completion = Math.min(0.997, Math.max(0.003, path?.completion ?? usualCompletion))
      const failing = Math.min(path?.failing ?? usualFailing, (1 - completion) / 2)
      return { id, perMinute: perMinute * (shares[index] ?? 0), completion, failing }
    }),
  }
}

function knownDelay(known: KnownFlow | undefined): OutcomeDelay | undefined {
  const { medianDelayMs, p95DelayMs } = known ?? {}
  return medianDelayMs === undefined || p95DelayMs === undefined ? undefined : delayOf(medianDelayMs, p95DelayMs)
}

/** Shares that sum to 1: missing ones get what the others leave, evenly. */
function wholeShares(given: readonly (number | undefined)[]): number[] {
  let known = 0
  for (const share of given) known += share ?? 0
  const missing = given.filter((share) => share === undefined).length
  const each = missing === 0 ? 0 : Math.max(0, 1 - known) / missing
  const total = known + each * missing
  return given.map((share) => (total > 0 ? (share ?? each) / total : 0))
}
