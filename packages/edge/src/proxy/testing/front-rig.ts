import { once } from 'node:events'
import { BlockList } from 'node:net'
import type { UpstreamFailure } from '../attempt.ts'
import type { ExchangeSetting } from '../exchange.ts'
import { Front, type FrontLimits } from '../front.ts'
import type { Refusal } from '../refusal.ts'
import type { Answer, Ask, Course, Ending, Steering } from '../steering.ts'
import { UpstreamPools, type PoolLimits } from '../upstream-pools.ts'
import { portOf, type Closing } from './sockets.ts'

/** Short where a test would have to wait, wide where it would be in the way. */
export const rigLimits: FrontLimits = {
  maxTargetBytes: 8_192,
  maxHeaderCount: 100,
  maxBodyBytes: 32_000_000,
  maxHeaderBytes: 16_384,
  maxConnections: 1_000,
  headersMs: 10_000,
  requestMs: 60_000,
  idleMs: 30_000,
  keepAliveMs: 5_000,
  tunnelIdleMs: 30_000,
  lingerMs: 1_000,
}

export const rigPoolLimits: PoolLimits = {
  maxConnections: 64,
  maxRequests: 512,
  connectTimeoutMs: 2_000,
  idleMs: 30_000,
  keepAliveMs: 4_000,
  maxHeaderBytes: 16_384,
}

/** What a front was told about the requests it served. */
export interface Notes {
  readonly asks: Ask[]
  readonly answers: Answer[]
  readonly endings: Ending[]
  readonly refusals: Refusal[]
  readonly failures: UpstreamFailure[]
  readonly internalErrors: unknown[]
}

export interface RigOptions {
  /** Overrides of a course that sends everything to `upstream` as control, for everybody. */
  readonly course?: Partial<Course>
  readonly steering?: Steering
  readonly limits?: Partial<FrontLimits>
  readonly pools?: Partial<PoolLimits>
  readonly hostPolicy?: ExchangeSetting['hostPolicy']
  readonly trusted?: readonly string[]
}

export interface Rig {
  readonly port: number
  readonly front: Front
  readonly notes: Notes
  readonly pools: UpstreamPools
  /** Resolves when the `n`th exchange is over. */
  readonly ended: (n: number) => Promise<void>
}

/** A front on a free port that steers as the test says and notes what it hears. */
export async function startFront(closing: Closing, upstream: string, options: RigOptions = {}): Promise<Rig> {
  const notes: Notes = { asks: [], answers: [], endings: [], refusals: [], failures: [], internalErrors: [] }
  const waiting: { readonly n: number; readonly resolve: () => void }[] = []
  const pools = new UpstreamPools({ ...rigPoolLimits, ...options.pools })
  const watch: ExchangeSetting['watch'] = {
    failed: (_, __, failure) => void notes.failures.push(failure),
    internalError: (error) => void notes.internalErrors.push(error),
    refused: (refusal) => void notes.refusals.push(refusal),
    ended: () => {
      for (const { n, resolve } of waiting) if (notes.endings.length >= n) resolve()
    },
  }
  const limits = { ...rigLimits, ...options.limits }
  const front = new Front({
    exchange: {
      pools,
      now: () => performance.now(),
      maxBodyBytes: limits.maxBodyBytes,
      hostPolicy: options.hostPolicy ?? 'client',
      watch,
    },
    steering: options.steering ?? steerTo(upstream, options.course ?? {}, notes),
    limits,
    trustedProxies: blockListOf(options.trusted ?? []),
  })
  front.server.listen(0, '127.0.0.1')
  await once(front.server, 'listening')
  closing.add(async () => {
    await front.drain(0)
    await pools.destroy()
  })
  const ended = (n: number): Promise<void> =>
    notes.endings.length >= n ? Promise.resolve() : new Promise((resolve) => waiting.push({ n, resolve }))
  return { port: portOf(front.server), front, notes, pools, ended }
}

function steerTo(upstream: string, course: Partial<Course>, notes: Notes): Steering {
  return {
    steer: (asked) => {
      notes.asks.push(asked)
      return {
        route: 'page',
        timeoutMs: 5_000,
        target: asked.target,
        first: { arm: 'control', upstream },
        fallback: undefined,
        audience: 'everybody',
        headersFor: (arm) => ['headgate-arm', arm],
        answered: (answer) => {
          notes.answers.push(answer)
          return []
        },
        finished: (ending) => void notes.endings.push(ending),
        ...course,
      }
    },
  }
}

function blockListOf(addresses: readonly string[]): BlockList {
  const list = new BlockList()
  for (const address of addresses) list.addAddress(address)
  return list
}
