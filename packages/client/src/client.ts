import {
  createdToken,
  findingList,
  gatewayList,
  incidentList,
  incidentView,
  modelView,
  releaseEventList,
  releaseList,
  releaseView,
  tokenList,
  verdictList,
  verificationView,
  whoView,
  type ActRequest,
  type ApplyModelRequest,
  type ApproveRequest,
  type BootstrapRequest,
  type CreatedToken,
  type CreateTokenRequest,
  type FindingView,
  type GatewayView,
  type GateVerdictView,
  type IncidentView,
  type ModelView,
  type ReleaseEventView,
  type ReleaseView,
  type StopRequest,
  type TokenView,
  type VerificationView,
  type WhoView,
} from '@headgate/protocol/api'
import { outcomeReceipt, type OutcomeBatch, type OutcomeReceipt } from '@headgate/protocol/signals'
import { createTransport, readJson, readText, type Call, type Schema, type TransportOptions } from './transport.ts'
import { watchRelease, type WatchEvent, type WatchOptions } from './watch.ts'

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number
}

export type ClientOptions = TransportOptions

/** People's and shops' side of the API. Every method throws a `HeadgateError` with the server's code and problems. */
export interface Client {
  readonly releases: ReleasesClient
  readonly incidents: IncidentsClient
  readonly model: ModelClient
  readonly tokens: TokensClient
  readonly gateways: { list(options?: CallOptions): Promise<readonly GatewayView[]> }
  readonly signals: { events(batch: OutcomeBatch, options?: CallOptions): Promise<OutcomeReceipt> }
  /** Who can use `right` on a domain, component or flow. */
  who(question: { right: string; on: string }, options?: CallOptions): Promise<WhoView>
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

export interface ReleasesClient {
  list(options?: CallOptions): Promise<readonly ReleaseView[]>
  get(id: string, options?: CallOptions): Promise<ReleaseView>
  start(id: string, request: ActRequest, options?: CallOptions): Promise<ReleaseView>
  approve(id: string, request: ApproveRequest, options?: CallOptions): Promise<ReleaseView>
  raise(id: string, request: ActRequest, options?: CallOptions): Promise<ReleaseView>
  hold(id: string, request: ActRequest, options?: CallOptions): Promise<ReleaseView>
  resume(id: string, request: ActRequest, options?: CallOptions): Promise<ReleaseView>
  /** Safe to repeat: a release that is stopping or stopped stays so. */
  stop(id: string, request: StopRequest, options?: CallOptions): Promise<ReleaseView>
  close(id: string, request: ActRequest, options?: CallOptions): Promise<ReleaseView>
  /** Oldest first. */
  events(id: string, page?: EventPage, options?: CallOptions): Promise<readonly ReleaseEventView[]>
  /** Newest first. */
  verdicts(id: string, page?: { limit?: number }, options?: CallOptions): Promise<readonly GateVerdictView[]>
  verification(id: string, options?: CallOptions): Promise<VerificationView>
  watch(id: string, options?: WatchOptions): AsyncGenerator<WatchEvent, void, undefined>
}

export interface EventPage {
  /** Only events with a greater number. */
  readonly after?: number | undefined
  readonly limit?: number | undefined
}

export interface IncidentsClient {
  list(filter?: { release?: string | undefined }, options?: CallOptions): Promise<readonly IncidentView[]>
  get(id: string, options?: CallOptions): Promise<IncidentView>
  close(id: string, request: ActRequest, options?: CallOptions): Promise<IncidentView>
}

export interface ModelClient {
  get(options?: CallOptions): Promise<ModelView>
  apply(request: ApplyModelRequest, options?: CallOptions): Promise<ModelView>
  findings(options?: CallOptions): Promise<readonly FindingView[]>
}

export interface TokensClient {
  list(options?: CallOptions): Promise<readonly TokenView[]>
  create(request: CreateTokenRequest, options?: CallOptions): Promise<CreatedToken>
  revoke(id: string, options?: CallOptions): Promise<void>
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
    model: modelClient(exchange),
    tokens: tokensClient(exchange),
    gateways: {
      list: async (call) => (await exchange.json(get('/api/v1/gateways', call), gatewayList)).gateways,
    },
    signals: {
      // Events carry ids and count once, so a batch may be sent again.
      events: async (batch, call) =>
        await exchange.json({ ...post('/api/v1/signals/events', batch, call), repeatable: true }, outcomeReceipt),
    },
    who: async ({ right, on }, call) =>
      await exchange.json({ ...get('/api/v1/who', call), query: { right, on } }, whoView),
    bootstrap: async (request, call) => await exchange.json(post('/api/v1/bootstrap', request, call), createdToken),
    health: async (call) => await exchange.nothing(get('/healthz', call)),
    ready: async (call) => await exchange.nothing(get('/readyz', call)),
    openapi: async (call) => await exchange.json(get('/api/v1/openapi.json', call), anyJson),
    metrics: async (call) => await exchange.text(get('/metrics', call)),
  }
}

interface Exchange {
  json<T>(call: Call, schema: Schema<T>): Promise<T>
  text(call: Call): Promise<string>
  nothing(call: Call): Promise<void>
  watch(path: string, options: WatchOptions): AsyncGenerator<WatchEvent, void, undefined>
}

function createExchange(options: ClientOptions): Exchange {
  const transport = createTransport(options)
  const watchTransport = createTransport({ ...options, retries: 0 })
  return {
    json: async (call, schema) => await readJson(await transport.send(call), schema),
    text: async (call) => await readText(await transport.send(call, '*/*')),
    nothing: async (call) => {
      const response = await transport.send(call, '*/*')
      await response.body?.cancel()
    },
    watch: (path, watch) => watchRelease(watchTransport, path, { pause: options.pause, ...watch }),
  }
}

const anyJson: Schema<unknown> = { safeParse: (data) => ({ success: true, data }) }

function releasesClient(exchange: Exchange): ReleasesClient {
  const act =
    (verb: string) =>
    async (id: string, request: unknown, call?: CallOptions): Promise<ReleaseView> =>
      await exchange.json(post(releasePath(id, `/${verb}`), request, call), releaseView)
  return {
    list: async (call) => (await exchange.json(get('/api/v1/releases', call), releaseList)).releases,
    get: async (id, call) => await exchange.json(get(releasePath(id), call), releaseView),
    start: act('start'),
    approve: act('approve'),
    raise: act('raise'),
    hold: act('hold'),
    resume: act('resume'),
    stop: async (id, request, call) =>
      await exchange.json({ ...post(releasePath(id, '/stop'), request, call), repeatable: true }, releaseView),
    close: act('close'),
    events: async (id, page, call) =>
      (await exchange.json({ ...get(releasePath(id, '/events'), call), query: { ...page } }, releaseEventList)).events,
    verdicts: async (id, page, call) =>
      (await exchange.json({ ...get(releasePath(id, '/verdicts'), call), query: { ...page } }, verdictList)).verdicts,
    // Recomputes every verdict from its evidence: may take long on a long release.
    verification: async (id, call) =>
      await exchange.json({ timeoutMs: 120_000, ...get(releasePath(id, '/verification'), call) }, verificationView),
    watch: (id, options = {}) => exchange.watch(releasePath(id, '/watch'), options),
  }
}

function incidentsClient(exchange: Exchange): IncidentsClient {
  return {
    list: async (filter, call) =>
      (await exchange.json({ ...get('/api/v1/incidents', call), query: { ...filter } }, incidentList)).incidents,
    get: async (id, call) => await exchange.json(get(incidentPath(id), call), incidentView),
    close: async (id, request, call) =>
      await exchange.json(post(`${incidentPath(id)}/close`, request, call), incidentView),
  }
}

function modelClient(exchange: Exchange): ModelClient {
  return {
    get: async (call) => await exchange.json(get('/api/v1/model', call), modelView),
    apply: async (request, call) =>
      await exchange.json({ ...post('/api/v1/model', request, call), method: 'PUT', repeatable: true }, modelView),
    findings: async (call) => (await exchange.json(get('/api/v1/model/findings', call), findingList)).findings,
  }
}

function tokensClient(exchange: Exchange): TokensClient {
  return {
    list: async (call) => (await exchange.json(get('/api/v1/tokens', call), tokenList)).tokens,
    create: async (request, call) => await exchange.json(post('/api/v1/tokens', request, call), createdToken),
    revoke: async (id, call) =>
      await exchange.nothing({
        ...get(`/api/v1/tokens/${encodeURIComponent(id)}`, call),
        method: 'DELETE',
        repeatable: true,
      }),
  }
}

function releasePath(id: string, rest = ''): string {
  return `/api/v1/releases/${encodeURIComponent(id)}${rest}`
}

function incidentPath(id: string): string {
  return `/api/v1/incidents/${encodeURIComponent(id)}`
}

function get(path: string, options: CallOptions = {}): Call {
  return { method: 'GET', path, ...options }
}

function post(path: string, body: unknown, options: CallOptions = {}): Call {
  return { method: 'POST', path, body, ...options }
}
