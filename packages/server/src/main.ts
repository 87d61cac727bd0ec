import { readFileSync } from 'node:fs'
import { pino, type DestinationStream, type Logger } from 'pino'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { startBackground, type Background } from './background.ts'
import { compose, type Composition, type Foundation } from './compose.ts'
import type { ServerConfig } from './config.ts'
import { listenForNotifications } from './db/index.ts'
import { loadKeys } from './exposure/index.ts'
import {
  addHealthRoutes,
  addMetricsRoute,
  createApi,
  httpMetrics,
  listen,
  serveOpenApi,
  type Listener,
  type ReadinessCheck,
} from './http/index.ts'
import { openStore } from './store.ts'

export interface RunningServer {
  /** Where the API answers; undefined in a process that only works. */
  readonly url: string | undefined
  /** How the first administrator gets in; present until there is one. Print it, never log it. */
  readonly bootstrap: BootstrapLink | undefined
  /** Lets running requests and rounds end, then closes everything that this process opened. Safe to call twice. */
  stop(): Promise<void>
}

export interface BootstrapLink {
  /** The secret stands behind `#`, so that no proxy or log on the way sees it. */
  readonly link: string
  readonly secret: string
  readonly expiresAt: number
}

export interface ServerSurroundings {
  /** Where log lines go; standard error by default. */
  readonly logTo?: DestinationStream
  readonly now?: () => number
  /** Check answers against their schemas. For tests. */
  readonly checkAnswers?: boolean
}

/** Closed in reverse order of opening. */
type Closers = (() => Promise<void>)[]

/**
 * Starts one process of the control plane: database, API, background work, each as far as the configuration asks.
 *
 * @example
 * const server = await startServer(readConfig({ port: 0 }))
 * console.log(server.url, server.bootstrap?.link)
 * @throws HeadgateError with what stands in the way; everything opened by then is closed again
 */
export async function startServer(config: ServerConfig, surroundings: ServerSurroundings = {}): Promise<RunningServer> {
  const log = createLog(config, surroundings)
  const closers: Closers = []
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => (stopping ??= closeAll(closers, log))
  try {
    return { ...(await open(config, { ...surroundings, log }, closers)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function open(
  config: ServerConfig,
  surroundings: ServerSurroundings & { readonly log: Logger },
  closers: Closers,
): Promise<Omit<RunningServer, 'stop'>> {
  const { log, now = Date.now } = surroundings
  const store = await openStore(config, log)
  closers.push(() => store.close())
  const notifications = listenForNotifications(store.database.connection)
  closers.push(() => notifications.close())
  const closing = new AbortController()
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const keys = loadKeys(config)
  const { database } = store
  const foundation = {
    config,
    database,
    notifications,
    keys,
    now,
    log,
    registry,
    closing: closing.signal,
    version: version(),
  }
  const composition = compose(foundation)
  closers.push(() => composition.close())
  await composition.prepare()

  const background = config.work ? startBackground(composition.background, { notifications, now, log }) : undefined
  if (background) closers.push(() => background.stop())
  const checks = readinessChecks(store.readiness, composition, background)
  const listener = await openListeners(foundation, { composition, checks, surroundings, closers })
  closers.push(() => Promise.resolve(closing.abort()))
  log.info({ url: listener?.url, work: config.work }, 'headgate is up')
  return { url: listener?.url, bootstrap: await offerBootstrap(composition, listener, config) }
}

function readinessChecks(
  ofStore: readonly ReadinessCheck[],
  composition: Composition,
  background: Background | undefined,
): readonly ReadinessCheck[] {
  return [...ofStore, ...composition.readiness, ...(background ? [background.readiness] : [])]
}

interface Serving {
  readonly composition: Composition
  readonly checks: readonly ReadinessCheck[]
  readonly surroundings: ServerSurroundings
  readonly closers: Closers
}

/** The API, and beside it on loopback the admin listener where one is configured. */
async function openListeners(foundation: Foundation, serving: Serving): Promise<Listener | undefined> {
  const { config, log, registry, closing } = foundation
  const { composition, checks, surroundings, closers } = serving
  const { authenticate } = composition.access
  const checkAnswers = surroundings.checkAnswers ?? false
  const createOne = () => createApi({ authenticate, log, closing, checkAnswers, metrics: meter })
  const meter = httpMetrics(registry)
  if (config.adminPort !== undefined) {
    const admin = createOne()
    addHealthRoutes(admin, checks)
    addMetricsRoute(admin, registry, 'public')
    const listener = await listen(admin.app.fetch, { host: '127.0.0.1', port: config.adminPort })
    closers.push(() => listener.close(0))
  }
  if (!config.api) return undefined
  const api = createOne()
  composition.addRoutes(api)
  addHealthRoutes(api, checks)
  addMetricsRoute(api, registry, ['read'])
  serveOpenApi(api, foundation.version)
  const listener = await listen(api.app.fetch, { host: config.host, port: config.port })
  closers.push(() => listener.close(config.shutdownGraceMs))
  return listener
}

async function offerBootstrap(
  { access }: Composition,
  listener: Listener | undefined,
  config: ServerConfig,
): Promise<BootstrapLink | undefined> {
  if (listener === undefined) return undefined
  const offer = await access.offerBootstrap(config.bootstrapSecret)
  return offer && { ...offer, link: `${config.publicUrl ?? listener.url}/#bootstrap=${offer.secret}` }
}

/** Continues past a part that fails to close, so that one of them cannot keep the others open. */
async function closeAll(closers: Closers, log: Logger): Promise<void> {
  for (const close of closers.toReversed()) {
    await close().catch((error: unknown) => log.error({ err: error }, 'could not close cleanly'))
  }
  log.info('headgate is down')
}

function createLog(config: ServerConfig, { logTo }: ServerSurroundings): Logger {
  const options = {
    level: config.logLevel,
    base: null,
    // Belt and braces: nothing is logged that carries them, and if something ever does, they do not show.
    redact: ['*.authorization', '*.secret', '*.token', 'authorization', 'secret', 'token'],
  }
  return logTo ? pino(options, logTo) : pino(options, pino.destination({ dest: 2, sync: true }))
}

function version(): string {
  const text: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return typeof text === 'object' && text !== null && 'version' in text ? String(text.version) : 'unknown'
}
