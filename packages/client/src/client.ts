import {
  createdToken,
  trafficView,
  whoView,
  type BootstrapRequest,
  type CreatedToken,
  type TrafficView,
  type WhoView,
} from '@headgate/protocol/api'
import { anyJson, createExchange, get, post, type CallOptions } from './exchange.ts'
import { incidentsClient, type IncidentsClient } from './resources/incidents.ts'
import { lessonsClient, type LessonsClient } from './resources/lessons.ts'
import {
  gatewayLinkClient,
  gatewaysClient,
  signalsClient,
  type GatewayLinkClient,
  type GatewaysClient,
  type SignalsClient,
} from './resources/machines.ts'
import { modelClient, type ModelClient } from './resources/model.ts'
import { releasesClient, type ReleasesClient } from './resources/releases.ts'
import { tokensClient, type TokensClient } from './resources/tokens.ts'
import type { TransportOptions } from './transport.ts'

export type ClientOptions = TransportOptions

/** People's and shops' side of the API. Every method throws a `HeadgateError` with the server's code and problems. */
export interface Client {
  readonly releases: ReleasesClient
  readonly incidents: IncidentsClient
  readonly lessons: LessonsClient
  readonly model: ModelClient
  readonly tokens: TokensClient
  readonly gateways: GatewaysClient
  readonly signals: SignalsClient
  /** For gateways of one's own making. */
  readonly gatewayLink: GatewayLinkClient
  /** Who can use `right` on a domain, component or flow. */
  who(question: { right: string; on: string }, options?: CallOptions): Promise<WhoView>
  /** What recorded evidence shows of the traffic of the last `days` (7). */
  traffic(page?: { days?: number | undefined }, options?: CallOptions): Promise<TrafficView>
  /** Exchange the one-time secret that the first start printed for an administrator's token. */
  bootstrap(request: BootstrapRequest, options?: CallOptions): Promise<CreatedToken>
  /** The process answers. */
  health(options?: CallOptions): Promise<void>
  /** The process can do its work: it reaches its store and its schema is current. */
  ready(options?: CallOptions): Promise<void>
  openapi(options?: CallOptions): Promise<unknown>
  /** Prometheus text. */
  metrics(options?: CallOptions): Promise<string>
}

/**
 * A typed client of the control plane. Throws INVALID_INPUT when `baseUrl` is none.
 *
 * ```ts
 * const headgate = createClient({ baseUrl: 'http://127.0.0.1:4400', token })
 * await headgate.releases.stop('next-checkout', { reason: 'coupon orders fail' })
 * ```
 */
export function createClient(options: ClientOptions): Client {
  const exchange = createExchange(options)
  return {
    releases: releasesClient(exchange),
    incidents: incidentsClient(exchange),
    lessons: lessonsClient(exchange),
    model: modelClient(exchange),
    tokens: tokensClient(exchange),
    gateways: gatewaysClient(exchange),
    signals: signalsClient(exchange),
    gatewayLink: gatewayLinkClient(exchange),
    who: async ({ right, on }, call) =>
      await exchange.json({ ...get('/api/v1/who', call), query: { right, on } }, whoView),
    traffic: async (page, call) =>
      await exchange.json({ timeoutMs: 60_000, ...get('/api/v1/traffic', call), query: { ...page } }, trafficView),
    bootstrap: async (request, call) => await exchange.json(post('/api/v1/bootstrap', request, call), createdToken),
    health: async (call) => await exchange.nothing(get('/healthz', call)),
    ready: async (call) => await exchange.nothing(get('/readyz', call)),
    openapi: async (call) => await exchange.json(get('/api/v1/openapi.json', call), anyJson),
    metrics: async (call) => await exchange.text(get('/metrics', call)),
  }
}
