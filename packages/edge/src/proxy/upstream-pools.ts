import { Pool } from 'undici'

export interface PoolLimits {
  /** Open connections per upstream; further requests wait for one until their time to first byte is over. */
  readonly maxConnections: number
  /** Requests under way or waiting per upstream; beyond it an upstream counts as failed at once. */
  readonly maxRequests: number
  readonly connectTimeoutMs: number
  /** Between two pieces of a response body. */
  readonly idleMs: number
  /** How long an unused connection stays open, unless the upstream announces less. */
  readonly keepAliveMs: number
  readonly maxHeaderBytes: number
}

/** Kept-alive connections to one upstream. */
export interface UpstreamPool {
  /** Path of the base URL, without a trailing slash; put in front of every request's path. */
  readonly basePath: string
  readonly host: string
  /** The name that its certificate must carry; undici would take it from the shopper's `Host`. Undefined without TLS. */
  readonly serverName: string | undefined
  readonly dispatcher: Pool
  /** Requests that hold or wait for a connection. */
  active: number
}

/**
 * undici's `dispatch` was chosen by measuring (bench/gateway.ts, bare proxies, Node 24): 111 us of CPU per request against
 * 207 of `node:http`'s client with a keep-alive agent, and 2.2 times the requests. What it costs: the head of an upload goes
 * out with the first piece of its body, and request trailers are dropped.
 *
 * One pool per base URL, made when first used; pools that no snapshot mentions any more close when they are idle. */
export class UpstreamPools {
  readonly #limits: PoolLimits
  readonly #pools = new Map<string, UpstreamPool>()
  readonly #retiring = new Set<Promise<void>>()

  constructor(limits: PoolLimits) {
    this.#limits = limits
  }

  /** The pool of a base URL, or undefined while the upstream has more to do than it may. */
  claim(upstream: string): UpstreamPool | undefined {
    const pool = this.#pools.get(upstream) ?? this.#open(upstream)
    return pool.active >= this.#limits.maxRequests ? undefined : pool
  }

  /** Keeps the pools of these base URLs only. Requests under way finish on theirs. */
  retain(upstreams: ReadonlySet<string>): void {
    for (const [upstream, pool] of this.#pools) {
      if (upstreams.has(upstream)) continue
      this.#pools.delete(upstream)
      const closing = pool.dispatcher.close().finally(() => this.#retiring.delete(closing))
      this.#retiring.add(closing)
    }
  }

  /** Ends every connection at once; requests under way fail. */
  async destroy(): Promise<void> {
    const pools = [...this.#pools.values()]
    this.#pools.clear()
    await Promise.all(pools.map((pool) => pool.dispatcher.destroy()))
  }

  /** Requests under way per base URL. */
  active(): readonly { readonly upstream: string; readonly active: number }[] {
    return [...this.#pools].map(([upstream, pool]) => ({ upstream, active: pool.active }))
  }

  #open(upstream: string): UpstreamPool {
    const url = new URL(upstream)
    const limits = this.#limits
    const dispatcher = new Pool(url.origin, {
      connections: limits.maxConnections,
      // More than one request per connection was never faster and once stopped answering altogether.
      pipelining: 1,
      connectTimeout: limits.connectTimeoutMs,
      // The attempt's own clock watches the first byte, because waiting for a connection counts as well.
      headersTimeout: 0,
      bodyTimeout: limits.idleMs,
      keepAliveTimeout: limits.keepAliveMs,
      keepAliveMaxTimeout: limits.keepAliveMs,
      maxHeaderSize: limits.maxHeaderBytes,
      allowH2: false,
    })
    const basePath = url.pathname.replace(/\/$/, '')
    const serverName = url.protocol === 'https:' ? url.hostname : undefined
    const pool: UpstreamPool = { basePath, host: url.host, serverName, dispatcher, active: 0 }
    this.#pools.set(upstream, pool)
    return pool
  }
}
