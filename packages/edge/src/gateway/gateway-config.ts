import type { FrontLimits } from '../proxy/front.ts'
import type { PoolLimits } from '../proxy/upstream-pools.ts'
import type { PublicKeys } from '../snapshot/index.ts'

export interface ListenAddress {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
}

/** Everything a gateway is told when it starts; `readGatewayConfig` makes one from settings. */
export interface GatewayConfig {
  /** Name of this gateway among its likes; its counts and acknowledgements carry it. */
  readonly gateway: string
  readonly listen: ListenAddress
  /** Health, readiness and metrics; undefined turns them off. */
  readonly admin: ListenAddress | undefined
  readonly source: SnapshotSource
  /** Folder for the last snapshot, keys and local stops. */
  readonly dataFolder: string
  /** Unix socket for local stops; undefined turns it off. */
  readonly controlSocket: string | undefined
  /** Refuses snapshots of other shops; the first accepted snapshot decides when absent. */
  readonly shop: string | undefined
  /** `client` keeps the shopper's `Host` towards upstreams, `upstream` sends the upstream's own. */
  readonly hostPolicy: 'client' | 'upstream'
  /** Addresses or networks (`10.0.0.0/8`) of proxies in front whose `X-Forwarded-*` are believed. */
  readonly trustedProxies: readonly string[]
  readonly limits: FrontLimits
  readonly pools: PoolLimits
  /** How long requests under way may take to finish when the gateway closes. */
  readonly drainMs: number
  /** How long the last counts may take to arrive when the gateway closes. */
  readonly flushMs: number
}

/** Where snapshots come from: a control plane, or a file that nobody signed, for running without one. */
export type SnapshotSource =
  | {
      readonly kind: 'control-plane'
      readonly url: string
      readonly token: string
      /** Trusted keys; when absent the first ones that the control plane shows are trusted and remembered. */
      readonly keys: PublicKeys | undefined
    }
  | { readonly kind: 'file'; readonly path: string }

export const defaultLimits: FrontLimits = {
  maxTargetBytes: 8_192,
  maxHeaderCount: 200,
  maxHeaderBytes: 32_768,
  maxBodyBytes: 1_073_741_824,
  maxConnections: 20_000,
  headersMs: 10_000,
  requestMs: 300_000,
  idleMs: 120_000,
  // Longer than load balancers keep theirs (60 s), so that it is they who close an idle connection.
  keepAliveMs: 65_000,
  tunnelIdleMs: 3_600_000,
  lingerMs: 2_000,
}

export const defaultPools: PoolLimits = {
  maxConnections: 512,
  maxRequests: 4_096,
  connectTimeoutMs: 2_000,
  idleMs: 120_000,
  // Shorter than servers keep theirs (Node: 5 s), so that no request goes out on a connection that is being closed.
  keepAliveMs: 4_000,
  maxHeaderBytes: 32_768,
}
