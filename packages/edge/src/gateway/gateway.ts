import type { Server } from 'node:http'
import { openControlSocket, type ControlSocket } from '../control/index.ts'
import { createOnce } from '../journey/index.ts'
import { Front } from '../proxy/front.ts'
import { UpstreamPools } from '../proxy/upstream-pools.ts'
import { restoreSnapshot, type LiveSnapshot } from '../snapshot/index.ts'
import { openAdmin } from './admin.ts'
import { openControlLink, type ControlLink } from './control-link.ts'
import { createVisitorIds } from './cookies.ts'
import { offerFile } from './file-snapshot.ts'
import type { GatewayConfig, ListenAddress } from './gateway-config.ts'
import type { GatewayState, GatewaySurroundings } from './gateway-state.ts'
import { addressOf, listenOn } from './listen.ts'
import { createMeter, type Meter } from './meter.ts'
import { formatMetrics } from './prometheus.ts'
import { createShopSteering } from './shop-steering.ts'
import { trustedProxyList } from './trusted-proxies.ts'
import { createVersionWatch } from './version-watch.ts'

/** A gateway from its first snapshot to its last count: listeners, pools and the link to the control plane. */
export class Gateway {
  readonly source: string
  readonly #config: GatewayConfig
  readonly #surroundings: GatewaySurroundings
  readonly #state: GatewayState
  readonly #meter: Meter
  readonly #pools: UpstreamPools
  readonly #front: Front
  readonly #versions = createVersionWatch()
  readonly #steadyClock: () => number
  #admin: Server | undefined
  #controlSocket: ControlSocket | undefined
  #controlLink: ControlLink | undefined
  #appliedAt: number | undefined
  #closing: Promise<void> | undefined

  constructor(config: GatewayConfig, surroundings: GatewaySurroundings, state: GatewayState, source: string) {
    this.source = source
    this.#config = config
    this.#surroundings = surroundings
    this.#state = state
    this.#steadyClock = surroundings.steadyClock ?? (() => performance.now())
    this.#meter = createMeter(surroundings.log, this.#steadyClock)
    this.#pools = new UpstreamPools(config.pools)
    this.#front = this.#createFront()
  }

  async open(): Promise<void> {
    const { listen, admin, controlSocket, gateway } = this.#config
    const { log } = this.#surroundings
    const { desk, uplink } = this.#state
    await this.#takeFirstSnapshot()
    await listenOn(this.#front.server, listen)
    if (admin !== undefined) this.#admin = await openAdmin(admin, this.#pages())
    if (controlSocket !== undefined) {
      this.#controlSocket = await openControlSocket({
        path: controlSocket,
        log,
        perform: (command) => desk.perform(command),
      })
    }
    if (uplink !== undefined) {
      const parts = { state: this.#state, surroundings: this.#surroundings }
      const who = { gateway, source: this.source }
      this.#controlLink = openControlLink(who, uplink, parts, (live) => this.#apply(live))
    }
    log.info({ gateway, url: this.url, adminUrl: this.adminUrl, version: this.version() }, 'the gateway listens')
  }

  get address(): ListenAddress {
    return addressOf(this.#front.server)
  }

  get url(): string {
    return urlOf(this.address)
  }

  get adminUrl(): string | undefined {
    return this.#admin === undefined ? undefined : urlOf(addressOf(this.#admin))
  }

  version(): number {
    return this.#state.cache.version()
  }

  waitForVersion(version: number, signal?: AbortSignal): Promise<void> {
    return this.#versions.wait(version, signal)
  }

  reportUncaught(error: unknown): void {
    this.#meter.internalError(error)
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown()
    return this.#closing
  }

  async #shutDown(): Promise<void> {
    await this.#front.drain(this.#config.drainMs)
    // Snapshots were obeyed to the last request; now the last counts go out.
    await this.#controlLink?.close(AbortSignal.timeout(this.#config.flushMs))
    await this.#controlSocket?.close()
    await this.#pools.destroy()
    this.#admin?.close()
    this.#admin?.closeAllConnections()
    this.#surroundings.log.info({ gateway: this.#config.gateway }, 'the gateway is closed')
  }

  #createFront(): Front {
    const { limits, hostPolicy, trustedProxies } = this.#config
    const { cache, clock, evidence, traffic, exclusions } = this.#state
    const steering = createShopSteering({
      live: () => cache.current(),
      now: () => clock.now(),
      once: createOnce(),
      evidence,
      traffic,
      exclusions,
      drawVisitorId: createVisitorIds(),
    })
    const exchange = {
      pools: this.#pools,
      now: this.#steadyClock,
      maxBodyBytes: limits.maxBodyBytes,
      hostPolicy,
      watch: this.#meter,
    }
    return new Front({ exchange, steering, limits, trustedProxies: trustedProxyList(trustedProxies) })
  }

  async #takeFirstSnapshot(): Promise<void> {
    const { cache, files, keys } = this.#state
    const { source } = this.#config
    const { log } = this.#surroundings
    const live =
      source.kind === 'file'
        ? await offerFile(source.path, cache, keys)
        : await restoreSnapshot({ cache, files, log }, keys.isEmpty() ? undefined : await files.loadSnapshot())
    if (live !== undefined) this.#apply(live)
  }

  #apply(live: LiveSnapshot): void {
    const { version, snapshot } = live.compiled
    this.#appliedAt = this.#steadyClock()
    this.#pools.retain(new Set(Object.values(snapshot.components).map(({ upstream }) => upstream)))
    this.#versions.reached(version)
    this.#surroundings.log.info({ version }, 'a snapshot is in effect')
    // Which local stops it makes superfluous can be found out afterwards.
    this.#state.desk.reconcile().catch((error: unknown) => this.#meter.internalError(error))
  }

  #pages(): Parameters<typeof openAdmin>[1] {
    return {
      snapshotVersion: () => this.version(),
      whyNotReady: () => this.#whyNotReady(),
      metrics: () => this.#metrics(),
    }
  }

  #whyNotReady(): string | undefined {
    if (this.#closing !== undefined) return 'closing'
    return this.version() === 0 ? 'no snapshot yet' : undefined
  }

  #metrics(): string {
    const { user, system } = process.cpuUsage()
    const age = this.#appliedAt === undefined ? undefined : (this.#steadyClock() - this.#appliedAt) / 1_000
    return formatMetrics({
      snapshotVersion: this.version(),
      snapshotAgeSeconds: age,
      isReady: this.#whyNotReady() === undefined,
      activeRequests: this.#front.active,
      connections: this.#front.connections,
      upstreams: this.#pools.active(),
      traffic: this.#state.traffic.totals(),
      excluded: this.#state.exclusions.totals(),
      meter: this.#meter.read(),
      deltas: this.#controlLink?.sender.state(),
      cpuSeconds: (user + system) / 1_000_000,
      residentBytes: process.memoryUsage.rss(),
    })
  }
}

function urlOf({ host, port }: ListenAddress): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
