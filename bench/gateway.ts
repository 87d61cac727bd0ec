/**
 * Gateway: requests per second, added latency and CPU per request, beside no proxy at all, `http-proxy` and `httpxy`, and
 * beside two bare hand-written proxies that do nothing else (the floor of undici's `dispatch` and of `node:http`'s client).
 *
 *   node bench/gateway.ts [--quick] [--only direct,headgate,http-proxy]
 *
 * Method: the origin (10,240 bytes of HTML, kept-alive) and every proxy are processes of their own; load comes from this one,
 * over loopback. Headgate decides 20 % of visitors to a candidate, reads visitor, seen and journey-free cookies, scopes caching
 * and entity tags, counts traffic and evidence. The targets take turns in shuffled order, round by round.
 *   throughput: autocannon, 32 connections, 5 paths, 997 returning visitors; the median of the rounds.
 *   CPU: user + system of the proxy's process over the throughput rounds, per request; the most trustworthy figure on a
 *   machine with other work, since it does not depend on what is left of the cores.
 *   latency: open loop at a fixed rate, measured here from send to last byte; p50 and p99 minus those of `direct`. With fewer
 *   cores than processes p99 is the scheduler's more than the proxy's.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, createServer, request as send, type RequestListener, type Server } from 'node:http'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import autocannon from 'autocannon'
import httpProxy from 'http-proxy'
import { createProxyServer } from 'httpxy'
import { Pool } from 'undici'
import { defaultLimits, defaultPools, startGateway } from '@headgate/edge'

const { values: said } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    role: { type: 'string' },
    origin: { type: 'string' },
  },
})

const targets = ['direct', 'headgate', 'undici-dispatch', 'node-http', 'http-proxy', 'httpxy'] as const
type Target = (typeof targets)[number]

const connections = 32
const throughput = said.quick ? { rounds: 2, seconds: 1 } : { rounds: 5, seconds: 3 }
const fixedRate = said.quick ? { rounds: 1, perSecond: 500, seconds: 1 } : { rounds: 3, perSecond: 500, seconds: 3 }

const paths = ['/', '/c/shoes?page=2', '/p/red-shoe-42', '/cart', '/checkout/address']

const visitors = Array.from({ length: 997 }, (_, i) => `bench${String(i).padStart(17, '0')}`)

const headersOf = (visitor: string): Record<string, string> => ({
  accept: 'text/html,application/xhtml+xml',
  'accept-encoding': 'gzip, br',
  'accept-language': 'en-GB,en;q=0.8',
  'user-agent': 'bench/1.0',
  cookie: `session=0123456789abcdef; theme=dark; hgv=${visitor}; hgs=next.v; consent=1`,
})

const requests = visitors.map((visitor, i) => ({ path: paths[i % paths.length] ?? '/', headers: headersOf(visitor) }))

/** Requests, not time: on a busy machine it takes longer until the engine has compiled what runs often. */
const warmUpRequests = said.quick ? 8_000 : 20_000

/** Ask of every child; it answers with its CPU time so far, microseconds. */
const cpuQuestion = 'cpu'

async function play(role: string, origin: string): Promise<void> {
  const url = role === 'headgate' ? await startHeadgate(origin) : await listen(createServer(listenerOf(role, origin)))
  process.on('message', (message) => {
    if (message !== cpuQuestion) return
    const { user, system } = process.cpuUsage()
    process.send?.(user + system)
  })
  process.on('disconnect', () => process.exit())
  process.send?.(url)
}

function listenerOf(role: string, origin: string): RequestListener {
  switch (role) {
    case 'origin':
      return page()
    case 'undici-dispatch':
      return bareDispatch(origin)
    case 'node-http':
      return bareNodeHttp(origin)
    case 'http-proxy': {
      const proxy = httpProxy.createProxyServer({ target: origin, agent: new Agent({ keepAlive: true }), xfwd: true })
      return (request, response) => proxy.web(request, response, {}, () => response.destroy())
    }
    case 'httpxy': {
      const proxy = createProxyServer({ target: origin, agent: new Agent({ keepAlive: true }), xfwd: true })
      return (request, response) => void proxy.web(request, response).catch(() => response.destroy())
    }
    default:
      throw new Error(`unknown role ${role}`)
  }
}

function page(): RequestListener {
  const html = Buffer.from(`<!doctype html><title>page</title>${'x'.repeat(10_240)}`.slice(0, 10_240))
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-length': html.length,
    etag: '"v1"',
    'cache-control': 'max-age=60',
  }
  return (_, response) => response.writeHead(200, headers).end(html)
}

/** The least that a proxy on undici's lowest interface can do. */
function bareDispatch(origin: string): RequestListener {
  const pool = new Pool(origin, { connections: 64, pipelining: 1 })
  return (request, response) => {
    pool.dispatch(
      { path: request.url ?? '/', method: request.method ?? 'GET', headers: { cookie: request.headers.cookie } },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_, status, headers) =>
          void response.writeHead(status, { 'content-length': String(headers['content-length']) }),
        onResponseData: (_, chunk) => void response.write(chunk),
        onResponseEnd: () => void response.end(),
        onResponseError: () => void response.destroy(),
      },
    )
  }
}

/** The least that a proxy on Node's own client can do. */
function bareNodeHttp(origin: string): RequestListener {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const { hostname, port } = new URL(origin)
  return (request, response) => {
    const { url, method, headers } = request
    const upstream = send({ agent, hostname, port, path: url, method, headers }, (answer) => {
      if (response.destroyed) {
        answer.destroy()
        return
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      pipeline(answer, response, () => undefined)
    })
    upstream.on('error', () => response.destroy())
    upstream.end()
  }
}

async function startHeadgate(origin: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'headgate-bench-'))
  process.on('exit', () => void rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'snapshot.json')
  await writeFile(path, JSON.stringify(snapshotFor(origin)))
  const gateway = await startGateway(
    {
      gateway: 'bench',
      listen: { host: '127.0.0.1', port: 0 },
      admin: undefined,
      source: { kind: 'file', path },
      dataFolder: folder,
      controlSocket: undefined,
      shop: undefined,
      hostPolicy: 'client',
      trustedProxies: [],
      limits: defaultLimits,
      pools: defaultPools,
      drainMs: 0,
      flushMs: 0,
    },
    {
      log: {
        info: () => undefined,
        warn: (...entry) => console.error(...entry),
        error: (...entry) => console.error(...entry),
      },
    },
  )
  return gateway.url
}

const route = (id: string, path: string, crawlable: boolean): object => ({
  id,
  match: [{ path }],
  crawlable,
  servedBy: 'legacy',
  timeoutMs: 5_000,
})
const step = (id: string, path: string): object => ({ id, match: [{ path }], failsOn: [5] })

function snapshotFor(origin: string): object {
  return {
    version: 1,
    issuedAt: 0,
    shop: 'bench',
    servedBy: 'legacy',
    // The trailing slash makes it a pool of its own, as a second upstream would be.
    components: { legacy: { upstream: origin }, next: { upstream: `${origin}/` } },
    routes: [
      route('landing', '/', true),
      route('listing', '/c/:slug', true),
      route('product', '/p/:slug', true),
      route('cart', '/cart', false),
      route('checkout', '/checkout/*', false),
    ],
    flows: [
      {
        id: 'purchase',
        steps: [step('payment', '/checkout/payment'), step('placed', '/checkout/thanks')],
        startsAt: 'payment',
        completesAt: 'placed',
        pinnedFrom: 'payment',
        pinMs: 1_800_000,
        defaultPath: 'critical',
        paths: [{ id: 'critical', match: [] }],
      },
    ],
    exposures: [
      {
        release: 'next',
        stage: 'first',
        salt: 42,
        visitorBasisPoints: 2_000,
        urlBasisPoints: 0,
        routes: ['landing', 'listing', 'product', 'cart', 'checkout'],
        replaces: { legacy: 'next' },
        flows: ['purchase'],
        mode: 'open',
        fallback: 'control',
        lease: { expiresAt: 9_000_000_000_000, durationMs: 86_400_000, onExpiry: 'stay' },
      },
    ],
    journeyKey: Buffer.alloc(32, 7).toString('base64url'),
  }
}

interface Runner {
  readonly target: Target
  readonly url: string
  readonly child: ChildProcess
  readonly perSecond: number[]
  requests: number
  cpuMicros: number
  failures: number
  readonly latencies: number[]
}

async function compare(): Promise<void> {
  const wanted = said.only?.split(',') ?? targets
  const origin = await spawnRole('origin', '')
  const runners: Runner[] = []
  for (const target of targets.filter((name) => wanted.includes(name))) {
    const { url, child } = target === 'direct' ? origin : await spawnRole(target, origin.url)
    runners.push({ target, url, child, perSecond: [], requests: 0, cpuMicros: 0, failures: 0, latencies: [] })
  }
  try {
    for (const runner of runners) await warmUp(runner)
    for (let round = 0; round < throughput.rounds; round += 1) {
      for (const runner of shuffled(runners)) await load(runner)
    }
    for (let round = 0; round < fixedRate.rounds; round += 1) {
      for (const runner of shuffled(runners)) await pace(runner)
    }
    report(runners)
  } finally {
    for (const { child } of [origin, ...runners]) if (child.connected) child.disconnect()
  }
}

async function spawnRole(
  role: string,
  origin: string,
): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const child = fork(fileURLToPath(import.meta.url), ['--role', role, '--origin', origin])
  const gone = once(child, 'exit').then(() => Promise.reject(new Error(`${role} did not start`)))
  const [url]: unknown[] = await Promise.race([once(child, 'message'), gone])
  if (typeof url !== 'string') throw new Error(`${role} did not start`)
  return { url, child }
}

async function warmUp(runner: Runner): Promise<void> {
  await autocannon({ url: runner.url, connections, amount: warmUpRequests, requests })
}

async function load(runner: Runner): Promise<void> {
  const before = await cpuOf(runner.child)
  const result = await autocannon({ url: runner.url, connections, duration: throughput.seconds, requests })
  const cpuMicros = (await cpuOf(runner.child)) - before
  runner.perSecond.push(result['2xx'] / result.duration)
  runner.requests += result['2xx']
  runner.cpuMicros += cpuMicros
  runner.failures += result.non2xx + result.errors
}

/** Sends at a fixed rate whatever comes back, so that a slow answer cannot thin out the load that would show it. */
async function pace(runner: Runner): Promise<void> {
  const { perSecond, seconds } = fixedRate
  const pool = new Pool(runner.url, { connections })
  const all = perSecond * seconds
  const startedAt = performance.now()
  const pending: Promise<void>[] = []
  for (let i = 0; i < all; i += 1) {
    // Timers are not finer than a millisecond: what is due by then goes out together.
    while (performance.now() < startedAt + (i * 1_000) / perSecond) await delay(1)
    pending.push(one(pool, runner, i))
  }
  await Promise.all(pending)
  await pool.close()
}

async function one(pool: Pool, runner: Runner, i: number): Promise<void> {
  const visitor = visitors[i % visitors.length] ?? ''
  const sentAt = performance.now()
  const { statusCode, body } = await pool.request({
    method: 'GET',
    path: paths[i % paths.length] ?? '/',
    headers: headersOf(visitor),
  })
  await body.dump()
  if (statusCode === 200) runner.latencies.push(performance.now() - sentAt)
  else runner.failures += 1
}

function report(runners: readonly Runner[]): void {
  const cores = availableParallelism()
  console.log(`gateway, Node ${process.version}, ${cores} cores, load before and after: ${loadavg()[0]?.toFixed(1)}`)
  console.log(
    `throughput: ${throughput.rounds} x ${throughput.seconds} s; latency: ${fixedRate.perSecond}/s, ${fixedRate.rounds} x ${fixedRate.seconds} s\n`,
  )
  const headgate = runners.find(({ target }) => target === 'headgate')
  const direct = runners.find(({ target }) => target === 'direct')
  const rows = runners.map((runner) => {
    const cpu = runner.cpuMicros / runner.requests
    return {
      target: runner.target,
      'req/s': Math.round(median(runner.perSecond)),
      'x headgate': ratio(median(runner.perSecond), headgate && median(headgate.perSecond)),
      'CPU us/req': Number(cpu.toFixed(1)),
      'CPU x headgate': runner === direct ? '' : ratio(cpu, headgate && headgate.cpuMicros / headgate.requests),
      'added p50 ms': added(runner, direct, 0.5),
      'added p99 ms': added(runner, direct, 0.99),
      failures: runner.failures,
    }
  })
  console.table(rows)
}

function added(runner: Runner, direct: Runner | undefined, quantile: number): string {
  if (direct === undefined || runner === direct) return `(${at(runner.latencies, quantile).toFixed(2)})`
  return `+${(at(runner.latencies, quantile) - at(direct.latencies, quantile)).toFixed(2)}`
}

const ratio = (value: number, of: number | undefined): string => (of === undefined ? '' : (value / of).toFixed(2))

const median = (values: readonly number[]): number => at(values, 0.5)

function at(values: readonly number[], quantile: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? Number.NaN
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item)
}

async function cpuOf(child: ChildProcess): Promise<number> {
  child.send(cpuQuestion)
  const gone = once(child, 'exit').then(() => Promise.reject(new Error('a process of the comparison has ended')))
  const [micros]: unknown[] = await Promise.race([once(child, 'message'), gone])
  return typeof micros === 'number' ? micros : Number.NaN
}

async function listen(server: Server): Promise<string> {
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

if (said.role === undefined) await compare()
else await play(said.role, said.origin ?? '')
