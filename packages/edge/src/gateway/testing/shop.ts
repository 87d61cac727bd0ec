import { mkdtemp, rm } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bucketOf, type Exposure, type Snapshot } from '@headgate/core/exposure'
import { buildExposure, buildSnapshot } from '@headgate/testkit/snapshot'
import { recordingLog } from '../../link/testing/scripted-link.ts'
import {
  ask,
  startUpstream,
  type AskOptions,
  type Closing,
  type Reply,
  type Upstream,
} from '../../proxy/testing/sockets.ts'
import { rigLimits, rigPoolLimits } from '../../proxy/testing/front-rig.ts'
import type { GatewayConfig } from '../gateway-config.ts'
import type { GatewaySurroundings } from '../gateway-state.ts'
import { startGateway, type RunningGateway } from '../start-gateway.ts'
import { startControlPlane, type FakeControlPlane } from './control-plane.ts'

/** Two storefronts, a control plane and a gateway in front, all on loopback. */
export interface Shop {
  readonly legacy: Upstream
  readonly next: Upstream
  readonly plane: FakeControlPlane
  readonly gateway: RunningGateway
  readonly log: ReturnType<typeof recordingLog>
  readonly config: GatewayConfig
  /** A snapshot of this shop: the testkit's, with this shop's upstreams. */
  snapshot(overrides?: Partial<Snapshot>): Snapshot
  /** Publishes the next version with one exposure and waits until the gateway obeys it. */
  expose(overrides?: Partial<Exposure>, more?: Partial<Snapshot>): Promise<void>
  /** Another gateway on the same data folder; close the first one before. */
  restart(surroundings?: Partial<GatewaySurroundings>): Promise<RunningGateway>
}

export interface ShopOptions {
  readonly legacy?: RequestListener
  readonly next?: RequestListener
  readonly config?: Partial<GatewayConfig>
  readonly surroundings?: Partial<GatewaySurroundings>
}

/** Pages say who made them. */
const pageOf =
  (name: string): RequestListener =>
  (asked, response) => {
    asked.resume()
    response.end(name)
  }

export async function openShop(closing: Closing, options: ShopOptions = {}): Promise<Shop> {
  const legacy = await startUpstream(closing, options.legacy ?? pageOf('legacy'))
  const next = await startUpstream(closing, options.next ?? pageOf('next'))
  const plane = await startControlPlane(closing)
  const folder = await mkdtemp(join(tmpdir(), 'headgate-gateway-'))
  closing.add(() => rm(folder, { recursive: true, force: true }))
  const config: GatewayConfig = {
    gateway: 'gateway-1',
    listen: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0 },
    source: { kind: 'control-plane', url: plane.url, token: 'secret', keys: undefined },
    dataFolder: folder,
    controlSocket: join(folder, 'gateway.sock'),
    shop: undefined,
    hostPolicy: 'client',
    trustedProxies: [],
    limits: rigLimits,
    pools: rigPoolLimits,
    drainMs: 1_000,
    flushMs: 100,
    ...options.config,
  }
  const log = recordingLog()
  const start = async (more: Partial<GatewaySurroundings> = {}): Promise<RunningGateway> => {
    const started = await startGateway(config, { log, deltaIntervalMs: 5, ...options.surroundings, ...more })
    closing.add(() => started.close())
    return started
  }
  const gateway = await start()
  let version = 0
  const snapshot = (overrides: Partial<Snapshot> = {}): Snapshot => {
    version += 1
    const components = { legacy: { upstream: legacy.url }, next: { upstream: next.url }, api: { upstream: legacy.url } }
    return buildSnapshot({ version, components, exposures: [], ...overrides })
  }
  const expose = async (overrides: Partial<Exposure> = {}, more: Partial<Snapshot> = {}): Promise<void> => {
    const lease = { expiresAt: Date.now() + 3_600_000, durationMs: 3_600_000, onExpiry: 'control' } as const
    const published = snapshot({ exposures: [buildExposure({ lease, ...overrides })], ...more })
    plane.publish(published)
    await gateway.waitForVersion(published.version)
  }
  return { legacy, next, plane, gateway, log, config, snapshot, expose, restart: start }
}

/** A browser that keeps its cookies. */
export class Shopper {
  readonly cookies = new Map<string, string>()
  readonly #port: number

  constructor(gateway: RunningGateway, visitorId?: string) {
    this.#port = gateway.address.port
    if (visitorId !== undefined) this.cookies.set('hgv', visitorId)
  }

  async ask(path: string, options: AskOptions = {}): Promise<Reply> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...(cookie === '' ? {} : { cookie }), ...options.headers }
    const reply = await ask(this.#port, path, { ...options, headers })
    for (const line of reply.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      this.cookies.set(name, value)
    }
    return reply
  }
}

/** Visitor ids whose bucket lies in the given arm of an exposure of half the visitors. */
export function visitorIn(arm: 'control' | 'candidate', skip = 0, salt = 17): string {
  let found = -1
  for (let i = 0; i < 10_000; i += 1) {
    const id = `visitor${String(i).padStart(15, '0')}`
    if (bucketOf(id, salt) < 5_000 === (arm === 'candidate')) found += 1
    if (found === skip) return id
  }
  throw new Error('no visitor falls into this arm')
}
