/**
 * How long a stop takes: from the command to the last request that reaches the candidate, under load. A server and two
 * gateways run as processes of their own, `headgate serve` and `headgate gateway`; this process holds both storefronts (so
 * that command and arrivals are read from one clock), sends the load, and stops one release after another by the API.
 *
 *   node bench/stop.ts [rounds]
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createClient, type Client } from '@headgate/client'
import { Pool } from 'undici'
import { createFamily, type Family } from '../examples/shop/src/lab/family.ts'

const program = fileURLToPath(new URL('../packages/cli/src/main.ts', import.meta.url))
const connections = 32
const gatewayCount = 2
/** Each connection rests this long between two requests: shoppers, not a closed loop that measures its own queue. */
const thinkMs = 6

interface Round {
  readonly acceptedMs: number
  readonly lastRequestMs: number
  readonly confirmedMs: number
  readonly staleAfterAccepted: number
  readonly failed: number
  readonly requests: number
}

/** What the storefronts and the load see, on one clock. */
interface Sight {
  lastAtCandidate: number
  requests: number
  failed: number
  /** When each request was sent that the candidate answered. */
  sentToCandidate: number[]
}

const rounds = Number(process.argv[2] ?? 10)
const folder = mkdtempSync(path.join(tmpdir(), 'headgate-bench-'))
chmodSync(folder, 0o711)
const family = createFamily(folder, new AbortController().signal)
try {
  await measure(family)
} catch (error) {
  console.error(readFileSync(path.join(folder, 'serve.log'), 'utf8').slice(-4_000))
  throw error
} finally {
  await family.close()
  rmSync(folder, { recursive: true, force: true })
}

async function measure(processes: Family): Promise<void> {
  const sight: Sight = { lastAtCandidate: 0, requests: 0, failed: 0, sentToCandidate: [] }
  const control = await storefront('control', () => undefined)
  const candidate = await storefront('candidate', () => (sight.lastAtCandidate = performance.now()))
  const { admin, gateways } = await startHeadgate(processes, { control: control.url, candidate: candidate.url })
  console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores; Node ${process.version}`)
  console.log(
    `${gatewayCount} gateways, ${connections} keep-alive connections, half of the visitors at the candidate; everything shares the cores`,
  )
  const load = startLoad(gateways, sight)
  const results: Round[] = []
  for (let round = 0; round < rounds; round += 1) results.push(await stopOnce(admin, `release-${round}`, sight))
  await load.stop()
  print(results)
  control.close()
  candidate.close()
}

async function storefront(name: string, onRequest: () => void): Promise<{ url: string; close: () => void }> {
  const body = Buffer.alloc(2_048, name)
  const server = createServer((_request, response) => {
    onRequest()
    response.setHeader('served-by', name)
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the storefront has no port')
  return { url: `http://127.0.0.1:${address.port}`, close: () => server.close().closeAllConnections() }
}

async function startHeadgate(
  processes: Family,
  upstreams: { control: string; candidate: string },
): Promise<{ admin: Client; gateways: readonly string[] }> {
  const secret = randomBytes(24).toString('base64url')
  const server = await processes.start({
    name: 'serve',
    file: program,
    args: ['serve', '--json', '--with-parent', '--port', '0', '--data-dir', path.join(folder, 'data')],
    env: { HEADGATE_BOOTSTRAP_SECRET: secret, HEADGATE_LOG_LEVEL: 'warn' },
  })
  const baseUrl = `http://127.0.0.1:${server.ready.ports['http']}`
  const principal = 'sre-lead@example.com'
  const { token } = await createClient({ baseUrl }).bootstrap({ secret, principal })
  const admin = createClient({ baseUrl, token })
  await admin.model.apply({ files: modelFiles(upstreams) })
  const gateway = await admin.tokens.create({ name: 'gateways', principal: 'gateways', scopes: ['gateway'] })
  const gateways: string[] = []
  for (let index = 0; index < gatewayCount; index += 1)
    gateways.push(await startGateway(processes, `gateway-${index}`, { baseUrl, token: gateway.token }))
  return { admin, gateways }
}

async function startGateway(
  processes: Family,
  id: string,
  { baseUrl, token }: { baseUrl: string; token: string },
): Promise<string> {
  const own = path.join(folder, id)
  mkdirSync(own)
  const flags = [
    '--id',
    id,
    '--server',
    baseUrl,
    '--listen',
    '127.0.0.1:0',
    '--admin',
    '127.0.0.1:0',
    '--data-folder',
    own,
    '--control-socket',
    path.join(own, 'control.sock'),
  ]
  const child = await processes.start({
    name: id,
    file: program,
    args: ['gateway', '--json', '--with-parent', ...flags],
    env: { HEADGATE_TOKEN: token },
  })
  return `http://127.0.0.1:${child.ready.ports['http']}`
}

function modelFiles({ control, candidate }: { control: string; candidate: string }): { path: string; text: string }[] {
  const model = `
apiVersion: headgate.dev/v1
shop: { name: bench, servedBy: control }
teams: { sre: { lead: sre-lead@example.com } }
domains:
  storefront:
    owner: sre
    rights: { stop: { any: [sre] }, raise: { any: [sre] }, hold: { any: [sre] }, resume: { any: [sre] } }
    escalation: [{ after: 5m, to: sre }]
components:
  control: { domain: storefront, owner: sre, upstream: '${control}' }
  candidate: { domain: storefront, owner: sre, replaces: control, upstream: '${candidate}' }
routes:
  page: { match: '/*' }
flows:
  purchase:
    domain: storefront
    steps: [{ id: start, match: 'GET /start' }, { id: done, match: 'GET /done' }]
    pinnedFrom: start
    startsAt: start
    completesAt: done
    paths: { all: { critical: true } }
    defaultPath: all
`
  const releases = Array.from({ length: rounds }, (_, index) => ({
    path: `releases/release-${index}.yaml`,
    text: releaseFile(index),
  }))
  return [{ path: 'headgate.yaml', text: model }, ...releases]
}

function releaseFile(index: number): string {
  return `
apiVersion: headgate.dev/v1
release: release-${index}
components: [candidate]
owner: sre
flows: [purchase]
gates:
  gate:
    owner: sre
    onFail: evict
    respondWithin: 10m
    criteria: [{ signal: completion, flow: purchase, margin: 10%, paths: { all: 20% }, minUnits: 100 }]
stages:
  - { id: half, visitors: 50%, window: { min: 2h, max: 24h }, exit: gate }
  - { id: all, visitors: 100%, window: { min: 2h, max: 24h }, exit: gate }
`
}

function startLoad(gateways: readonly string[], sight: Sight): { stop: () => Promise<void> } {
  const pools = gateways.map((url) => new Pool(url, { connections: connections / gateways.length }))
  const ending = new AbortController()
  const shopper = async (pool: Pool): Promise<void> => {
    while (!ending.signal.aborted) {
      const sentAt = performance.now()
      const cookie = `hgv=${randomBytes(16).toString('base64url')}`
      try {
        const { statusCode, headers, body } = await pool.request({ path: '/', method: 'GET', headers: { cookie } })
        await body.dump()
        if (statusCode !== 200) sight.failed += 1
        if (headers['served-by'] === 'candidate') sight.sentToCandidate.push(sentAt)
      } catch {
        sight.failed += 1
      }
      sight.requests += 1
      await delay(thinkMs)
    }
  }
  const shoppers = Array.from({ length: connections }, (_, index) => pools[index % pools.length]).flatMap((pool) =>
    pool === undefined ? [] : [shopper(pool)],
  )
  return {
    async stop() {
      ending.abort()
      await Promise.all(shoppers)
      await Promise.all(pools.map((pool) => pool.close()))
    },
  }
}

async function stopOnce(admin: Client, id: string, sight: Sight): Promise<Round> {
  await admin.releases.start(id, { reason: 'bench' })
  await until(async () => {
    const { phase, confirmed } = await admin.releases.get(id)
    return phase === 'ramping' && confirmed.of === gatewayCount && confirmed.gateways === confirmed.of
  })
  await delay(1_000)
  const before = { requests: sight.requests, failed: sight.failed }
  sight.sentToCandidate = []
  const commandAt = performance.now()
  await admin.releases.stop(id, { reason: 'bench', mode: 'evict' })
  const acceptedAt = performance.now()
  await until(async () => (await admin.releases.get(id)).phase === 'stopped')
  await delay(500)
  const { stop } = await admin.releases.get(id)
  await admin.releases.close(id, { reason: 'bench' })
  // The stop left an incident open, and nothing rises on its flow until somebody closes it.
  for (const incident of await admin.incidents.list({ release: id }))
    await admin.incidents.close(incident.id, { reason: 'bench' })
  return {
    acceptedMs: acceptedAt - commandAt,
    lastRequestMs: Math.max(0, sight.lastAtCandidate - commandAt),
    confirmedMs: (stop?.inEffectAt ?? Number.NaN) - (stop?.requestedAt ?? Number.NaN),
    staleAfterAccepted: sight.sentToCandidate.filter((sentAt) => sentAt > acceptedAt).length,
    failed: sight.failed - before.failed,
    requests: sight.requests - before.requests,
  }
}

/** Ends with the condition or after twenty seconds. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('the release did not get where it was awaited')
    await delay(50)
  }
}

function print(results: readonly Round[]): void {
  const sorted = (pick: (round: Round) => number): readonly number[] => results.map(pick).toSorted((a, b) => a - b)
  line(
    'command -> accepted by the API',
    sorted((round) => round.acceptedMs),
  )
  line(
    'command -> last request that reached the candidate',
    sorted((round) => round.lastRequestMs),
  )
  line(
    'requested -> confirmed by every gateway',
    sorted((round) => round.confirmedMs),
  )
  const sum = (pick: (round: Round) => number): number => results.reduce((total, round) => total + pick(round), 0)
  console.log(`sent after "accepted" and still answered by the candidate: ${sum((round) => round.staleAfterAccepted)}`)
  console.log(
    `failed requests: ${sum((round) => round.failed)} of ${sum((round) => round.requests)} during ${results.length} stops`,
  )
}

function line(name: string, values: readonly number[]): void {
  const median = (values[Math.floor(values.length / 2)] ?? 0).toFixed(1).padStart(6)
  const most = (values.at(-1) ?? 0).toFixed(1).padStart(6)
  console.log(`${name.padEnd(52)} median ${median} ms   max ${most} ms`)
}
