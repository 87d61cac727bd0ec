import type { Instant } from './time.ts'

/**
 * The operating model: what exists, who owns it and who may do what. The domain form of `headgate.yaml`; durations are
 * milliseconds, shares are basis points (1 % = 100), references are ids that {@link lintModel} has yet to check.
 */
export interface OperatingModel {
  readonly shop: Shop
  readonly teams: Readonly<Record<string, Team>>
  readonly domains: Readonly<Record<string, Domain>>
  readonly components: Readonly<Record<string, Component>>
  /** Their order decides which class wins a request: a store that sorts keys (jsonb, canonical JSON) would lose it. */
  readonly routes: Readonly<Record<string, RouteClass>>
  readonly flows: Readonly<Record<string, Flow>>
  readonly entities: Readonly<Record<string, Entity>>
  readonly integrations: Readonly<Record<string, Integration>>
  readonly runbooks: Readonly<Record<string, Runbook>>
  /** Where criteria of kind `metric` read from. */
  readonly metricSources: Readonly<Record<string, MetricSourceConfig>>
  /** Where people are told; `log` needs nothing. */
  readonly notifiers: Readonly<Record<string, NotifierConfig>>
  /** Whose requests are served like everybody's and never become evidence. */
  readonly identities?: Readonly<Record<string, Identity>>
}

/**
 * Registered traffic that is no shopper's. Rules are blind to arm and outcome, so leaving it out favours neither. Synthetic traffic
 * proves itself by a secret: whoever could take himself out of the evidence at will could hide what he sees. A bot is known by what
 * it calls itself; one that lies votes once, like any visitor.
 */
export type Identity =
  | {
      readonly kind: 'synthetic'
      /** Name of the request header, lower case. */
      readonly header: string
      /** SHA-256 of the header's value, hexadecimal: the model and its snapshots never hold the secret. */
      readonly sha256: string
    }
  | {
      readonly kind: 'bot'
      /** Any of these as a part of `User-Agent`, case and all. */
      readonly userAgents: readonly string[]
    }

export interface Shop {
  readonly name: string
  readonly currencies: readonly string[]
  readonly markets: readonly string[]
  /** Component that serves every route that names none. */
  readonly servedBy: string
  /** Visitors a minute who come back with a cookie they were given earlier, for the sight report. */
  readonly visitorsPerMinute?: number
}

/** An amount in the currency's main unit: 82.5 EUR. */
export interface Money {
  readonly amount: number
  readonly currency: string
}

export interface Team {
  /** Address of the person who answers for the team. */
  readonly lead: string
  /** Addresses of the people who may use the team's rights; the lead always may. */
  readonly members: readonly string[]
  readonly oncall?: string
  readonly chat?: string
}

export const rightNames = [
  'stop',
  'hold',
  'resume',
  'raise',
  'override',
  'approve-contract',
  'accept-exception',
  'accept-criterion',
] as const
export type RightName = (typeof rightNames)[number]

/** Who may use one right in one domain. `quorum: 1` is what the file writes as `any`. */
export interface RightRule {
  /** Distinct people needed. */
  readonly quorum: number
  readonly teams: readonly string[]
  /** An approval is void after this long. */
  readonly expiresMs: number
  /** Present when automation may use the right by itself, up to this exposure. */
  readonly automation?: { readonly maxBasisPoints: number }
  /** The longest time an override may last. */
  readonly maxMs?: number
  readonly reasonRequired: boolean
}

export interface Domain {
  readonly owner: string
  readonly rights: Readonly<Partial<Record<RightName, RightRule>>>
  /** Who is told next when nobody acted: ascending by `afterMs`. */
  readonly escalation: readonly { readonly afterMs: number; readonly to: string }[]
}

export interface Component {
  readonly domain: string
  /** Team that answers for it; {@link lintModel} refuses a component without one. */
  readonly owner?: string
  /** The component that serves shoppers today and that this one takes over from. */
  readonly replaces?: string
  readonly provides: readonly string[]
  readonly consumes: readonly string[]
  /** Base URL that gateways send traffic to, e.g. `http://127.0.0.1:4001`; absent for components without shopper traffic. */
  readonly upstream?: string
}

/** A pattern over the path: `/p/:slug`, `/checkout/*`, `/`. `method` absent means any. `query` pairs must all be present. */
export interface UrlRule {
  readonly method?: string
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
}

/** A named set of URL patterns: landing, listing, product, cart, checkout, account, api, asset. First match in file order wins. */
export interface RouteClass {
  readonly match: readonly UrlRule[]
  /** Crawlable routes have a second dial, by URL, for requests without a visitor cookie. */
  readonly crawlable: boolean
  /** Component that serves the class today; `shop.servedBy` where absent. */
  readonly servedBy?: string
  /** How long an upstream may take to its first byte. */
  readonly timeoutMs: number
  /** Expected traffic, for the sight report; measured figures replace it. */
  readonly traffic?: DeclaredRouteTraffic
}

export interface DeclaredRouteTraffic {
  /** Visitors' first requests to the class, a minute. */
  readonly perMinute: number
  /** Share of them that fail, 0 to 1. */
  readonly errorShare?: number
  /** Time to first byte. */
  readonly medianLatencyMs?: number
  readonly p95LatencyMs?: number
}

export interface DeclaredFlowTraffic {
  /** Visitors' first journeys that start, a minute. */
  readonly perMinute: number
  /** Time from start to order. */
  readonly medianDelayMs?: number
  readonly p95DelayMs?: number
  /** How often the flow's items occur, by kind. */
  readonly items?: Readonly<Record<string, DeclaredItemTraffic>>
}

export interface DeclaredItemTraffic {
  /** Share of the started journeys that get the item, 0 to 1. */
  readonly share: number
  /** Time from a journey's start to its item. */
  readonly medianDelayMs?: number
  readonly p95DelayMs?: number
}

/** A purchase journey. One visitor's first journey that reaches `startsAt` in a release is one unit of evidence. */
export interface Flow {
  readonly domain: string
  readonly steps: readonly FlowStep[]
  /** The step at which a journey becomes a unit of evidence. */
  readonly startsAt: string
  /** The step that completes it (the last one). */
  readonly completesAt: string
  /** The step from which the visitor's arm is pinned, and for how long at most. */
  readonly pinnedFrom: string
  readonly pinMs: number
  /** A start without completion by then is an abandon. */
  readonly horizonMs: number
  /** Their order decides which path a journey takes: the first with a matching rule. */
  readonly paths: Readonly<Record<string, FlowPath>>
  /** The path of a journey that matches no other path's rules. */
  readonly defaultPath: string
  /** Expected traffic, for the sight report; measured figures replace it. */
  readonly traffic?: DeclaredFlowTraffic
  /** What an order is worth on average, for losses in money. */
  readonly averageOrder?: Money
  /** What the shop or other systems may report of a journey besides its steps, each at most once: mismatches, refunds, complaints. */
  readonly items?: Readonly<Record<string, FlowItem>>
}

/** A kind of item: something that happens to a journey and that criteria of signal `count` watch. */
export interface FlowItem {
  /** Time from the start of a journey after which one without the item counts as one that will have none. */
  readonly withinMs: number
  /** Component that reports it, so that its silence is seen; any reporting component where absent. */
  readonly from?: string
}

/** A step is recognised by the gateway (`match`) or reported by the shop (`event`), never by both. */
export interface FlowStep {
  readonly id: string
  readonly match: readonly UrlRule[]
  readonly event?: string
  /** Responses of these statuses at this step are an explicit failure of the journey. 5 stands for 5xx. */
  readonly failsOn: readonly number[]
}

export interface FlowPath {
  readonly critical: boolean
  /** Expected share of journeys, 0 to 1, for the sight report; measured shares replace it. */
  readonly share?: number
  /** Expected completion rate, 0 to 1: the prior of the baseline. */
  readonly completion?: number
  readonly match: readonly UrlRule[]
}

export interface Entity {
  readonly record: string
  readonly copies: readonly string[]
  readonly key: readonly string[]
  readonly tolerance: number
  readonly freshnessMs: number
}

export interface Integration {
  readonly from: string
  readonly to: string
  readonly contract: string
  readonly idempotencyKey?: string
  /** Absent attempts or window = unbounded; {@link lintModel} refuses that. */
  readonly retry: { readonly attempts?: number; readonly withinMs?: number }
  readonly onExhausted?: 'exception' | 'drop'
  readonly owner?: string
  readonly respondWithinMs?: number
}

export interface Runbook {
  readonly owner: string
  readonly steps: readonly string[]
  readonly rehearsedAt?: Instant
}

export interface MetricSourceConfig {
  readonly kind: string
  readonly options: Readonly<Record<string, unknown>>
}

export interface NotifierConfig {
  readonly kind: string
  readonly options: Readonly<Record<string, unknown>>
}
