/**
 * Assignment: nanoseconds and bytes per decision with 1 and 1,000 exposures loaded.
 *
 *   node --expose-gc bench/assignment.ts
 *
 * Method: 4,096 rotating visitors on 64 rotating paths of 12 route classes; the variants take turns in shuffled order, 41
 * rounds of 20 ms each after warm-up, and the lower quartile of a variant's rounds is printed, so that other work on the
 * machine disturbs little. Bytes are the growth of the used heap over 200,000 decisions between two forced collections, with
 * a young generation large enough that none runs in between; the loop around the decision is measured and subtracted. Before timing,
 * each variant must expose 25 % of the visitors, within one per cent.
 */
import { setFlagsFromString } from 'node:v8'
import {
  canonicalPath,
  compileSnapshot,
  decide,
  queryOf,
  routeOf,
  type CompiledSnapshot,
  type Decision,
  type Exposure,
  type Snapshot,
  type Visitor,
} from '@headgate/core/exposure'

setFlagsFromString('--semi-space-growth-factor=1')

const now = Date.UTC(2026, 0, 1)
const visitorCount = 4_096
const rounds = 41
const roundMs = 20

const routeIds = [
  'landing',
  'product',
  'listing',
  'search',
  'cart',
  'checkout',
  'account',
  'api',
  'blog',
  'help',
  'store',
  'asset',
]

function exposure(index: number): Exposure {
  return {
    release: `release-${index}`,
    stage: 'first',
    salt: index * 7_919,
    visitorBasisPoints: 2_500,
    urlBasisPoints: 1_000,
    routes: routeIds,
    replaces: { legacy: 'next' },
    flows: [],
    mode: 'open',
    fallback: 'control',
    lease: { expiresAt: now + 60_000, durationMs: 60_000, onExpiry: 'control' },
  }
}

function snapshot(exposureCount: number): Snapshot {
  return {
    version: 1,
    issuedAt: now,
    shop: 'bench',
    servedBy: 'legacy',
    components: { legacy: { upstream: 'http://127.0.0.1:1' }, next: { upstream: 'http://127.0.0.1:2' } },
    routes: routeIds.map((id) => ({
      id,
      match: [{ path: id === 'landing' ? '/' : `/${id}/:slug` }, { path: `/${id}/deep/*` }],
      crawlable: id !== 'checkout',
      servedBy: 'legacy',
      timeoutMs: 2_000,
    })),
    flows: [],
    exposures: Array.from({ length: exposureCount }, (_, index) => exposure(index)),
    journeyKey: 'x'.repeat(43),
  }
}

const nobodySeen: ReadonlySet<string> = new Set()
const targets = Array.from({ length: 64 }, (_, index) => `/${routeIds[1 + (index % 11)] ?? 'product'}/item-${index}`)
const visitors: readonly Visitor[] = Array.from({ length: visitorCount }, (_, index) => ({
  visitorId: `v${String(index * 2_654_435_761).padStart(21, '0')}`.slice(0, 22),
  path: targets[index % targets.length] ?? '/',
  seen: nobodySeen,
  pins: [],
}))
const noVisitor: Visitor = { visitorId: undefined, path: '/', seen: nobodySeen, pins: [] }

type Run = (index: number) => Decision | string

interface Variant {
  readonly name: string
  readonly run: Run
  readonly samples: number[]
}

function decideVariant(compiled: CompiledSnapshot): Run {
  return (index) => {
    const visitor = visitors[index & (visitorCount - 1)] ?? noVisitor
    return decide(routeOf(compiled, 'GET', visitor.path, ''), visitor, now)
  }
}

function wholeVariant(compiled: CompiledSnapshot): Run {
  return (index) => {
    const target = targets[index & 63] ?? '/'
    const path = canonicalPath(target)
    const { visitorId } = visitors[index & (visitorCount - 1)] ?? noVisitor
    const route = routeOf(compiled, 'GET', path, queryOf(target))
    return decide(route, { visitorId, path, seen: nobodySeen, pins: noVisitor.pins }, now)
  }
}

const one = compileSnapshot(snapshot(1), now)
const thousand = compileSnapshot(snapshot(1_000), now)

const variants: readonly Variant[] = [
  { name: 'loop alone', run: (index) => visitors[index & (visitorCount - 1)]?.path ?? '', samples: [] },
  { name: 'route + arm, 1 exposure', run: decideVariant(one), samples: [] },
  { name: 'route + arm, 1,000 exposures', run: decideVariant(thousand), samples: [] },
  { name: 'target to decision, 1 exposure', run: wholeVariant(one), samples: [] },
  { name: 'target to decision, 1,000 exposures', run: wholeVariant(thousand), samples: [] },
]

let sink = 0

/** Nanoseconds per call over about `roundMs`; the result is used so that no call can be left out. */
function time(run: Run): number {
  const batch = 20_000
  const start = process.hrtime.bigint()
  let calls = 0
  let elapsed = 0n
  do {
    for (let index = 0; index < batch; index += 1) if (typeof run(index) === 'object') sink += 1
    calls += batch
    elapsed = process.hrtime.bigint() - start
  } while (elapsed < BigInt(roundMs) * 1_000_000n)
  return Number(elapsed) / calls
}

function bytes(run: Run): number {
  const calls = 200_000
  const { gc } = globalThis
  if (gc === undefined) return Number.NaN
  gc()
  const before = process.memoryUsage().heapUsed
  for (let index = 0; index < calls; index += 1) if (typeof run(index) === 'object') sink += 1
  return Math.max(0, process.memoryUsage().heapUsed - before) / calls
}

function checkShare({ name, run }: Variant): void {
  const decisions = visitors.map((_, index) => run(index)).filter((decision) => typeof decision === 'object')
  const share = decisions.filter(({ arm }) => arm === 'candidate').length / visitorCount
  if (decisions.length > 0 && Math.abs(share - 0.25) > 0.02) throw new Error(`${name} exposes ${share} instead of 0.25`)
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}

function lowerQuartile(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[Math.floor(samples.length / 4)] ?? Number.NaN
}

for (const variant of variants) checkShare(variant)
for (const { run } of variants) time(run)
for (let round = 0; round < rounds; round += 1)
  for (const { run, samples } of shuffled(variants)) samples.push(time(run))

const loop = variants[0]
const loopNs = lowerQuartile(loop?.samples ?? [])
console.log(
  `Node ${process.version}, ${rounds} rounds of ${roundMs} ms, lower quartile, loop of ${loopNs.toFixed(1)} ns subtracted`,
)
for (const { name, run, samples } of variants.slice(1)) {
  const ns = lowerQuartile(samples) - loopNs
  console.log(
    `${name.padEnd(38)} ${ns.toFixed(0).padStart(5)} ns/decision ${bytes(run).toFixed(1).padStart(7)} B/decision`,
  )
}
if (sink === 0) throw new Error('nothing was decided')
