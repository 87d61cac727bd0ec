import type { EvidenceCell, EvidenceFrame, JourneyCell, PageCell } from '../gate/evidence.ts'
import type { Flow } from '../model/operating-model.ts'
import { latencyBucketOf } from '../stats/index.ts'
import { ageQuantile, shopCounts, type ShopCounts } from './recorded-shop.ts'
import type { KnownFlow, KnownPath, KnownRoute, Traffic } from './traffic.ts'

/** What must be known of a flow to count it. */
export type RecordedFlow = Pick<Flow, 'horizonMs' | 'items'>

/** Adds up recorded frames and tells the traffic that they show. */
export interface TrafficCounter {
  /** The next frame of this release, in order. */
  readonly add: (release: string, frame: EvidenceFrame) => void
  /** Undefined while less than half a minute has been recorded. */
  readonly read: () => Traffic | undefined
}

interface PathCount {
  started: number
  /** Of the control, journeys whose horizon is over: started, completed, failed. */
  readonly matured: [number, number, number]
  /** The same for younger ones, by the start of their slot. */
  readonly open: Map<number, [number, number, number]>
}

interface FlowCount {
  readonly horizonMs: number
  readonly paths: Map<string, PathCount>
  /** Control's orders by age: buckets of stats/latency-buckets, in milliseconds. */
  readonly ages: Map<number, number>
  readonly shop: ShopCounts
}

interface RouteCount {
  all: number
  ok: number
  errors: number
  readonly buckets: Map<number, number>
}

/** Frames further apart than this were not recorded in between. */
const longestGapMs = 60_000
/** Less than this shows no rate, and fewer units no share. */
const leastMs = 30_000
const leastUnits = 30

/**
 * A counter for these flows. Volume is of both arms together; how journeys end, errors and latency are the
 * control's, and so are order values and items. Releases count visitors anew, so their times and counts are added up: rates are averages over recorded time.
 */
export function trafficCounter(known: Readonly<Record<string, RecordedFlow>>): TrafficCounter {
  const flows = new Map<string, FlowCount>()
  const routes = new Map<string, RouteCount>()
  const lastAt = new Map<string, number>()
  const total = { ms: 0, visits: 0 }
  return {
    add(release, { at, cells }) {
      const before = lastAt.get(release)
      lastAt.set(release, Math.max(before ?? at, at))
      // What the first frame after a gap holds came in a time that is not known.
      if (before === undefined || !(at > before) || at - before > longestGapMs) return
      total.ms += at - before
      for (const cell of cells) {
        if (cell.kind === 'page') addPages(routes, cell)
        else if (cell.kind === 'visit') total.visits += cell.count
        else addToFlow(flows, cell, { at, known })
      }
      for (const flow of flows.values()) mature(flow, at)
    },
    read() {
      if (total.ms < leastMs) return undefined
      const minutes = total.ms / 60_000
      return {
        origin: 'recorded',
        recordedMs: total.ms,
        flows: mapOf(flows, (flow) => flowOf(flow, minutes)),
        routes: mapOf(routes, (route) => routeOf(route, minutes)),
        ...(total.visits === 0 ? {} : { visitorsPerMinute: total.visits / minutes }),
      }
    },
  }
}

function addToFlow(
  flows: Map<string, FlowCount>,
  cell: Exclude<EvidenceCell, { kind: 'page' | 'visit' }>,
  { at, known }: { readonly at: number; readonly known: Readonly<Record<string, RecordedFlow>> },
): void {
  const own = Object.hasOwn(known, cell.flow) ? known[cell.flow] : undefined
  if (own === undefined) return
  const { horizonMs } = own
  const flow = flows.get(cell.flow) ?? { horizonMs, paths: new Map(), ages: new Map(), shop: shopCounts(own) }
  flows.set(cell.flow, flow)
  flow.shop.add(cell, at)
  if (cell.kind === 'journey') addJourneys(flow, cell, at)
}

function addJourneys(flow: FlowCount, cell: JourneyCell, at: number): void {
  const path = flow.paths.get(cell.path) ?? { started: 0, matured: [0, 0, 0], open: new Map() }
  flow.paths.set(cell.path, path)
  if (cell.outcome === 'started') path.started += cell.count
  if (cell.arm !== 'control') return
  const slot = path.open.get(cell.startedAt) ?? [0, 0, 0]
  const column = cell.outcome === 'started' ? 0 : cell.outcome === 'completed' ? 1 : 2
  slot[column] += cell.count
  path.open.set(cell.startedAt, slot)
  if (cell.outcome !== 'completed') return
  const bucket = latencyBucketOf(Math.max(1, at - cell.startedAt))
  flow.ages.set(bucket, (flow.ages.get(bucket) ?? 0) + cell.count)
}

/** Slots whose horizon is over count; those of which only outcomes were recorded do not. */
function mature({ horizonMs, paths, shop }: FlowCount, at: number): void {
  shop.mature(at)
  for (const { open, matured } of paths.values()) {
    for (const [startedAt, counts] of open) {
      if (startedAt + horizonMs > at) continue
      open.delete(startedAt)
      if (counts[0] === 0) continue
      counts.forEach((count, column) => {
        matured[column] = (matured[column] ?? 0) + count
      })
    }
  }
}

function addPages(routes: Map<string, RouteCount>, { route, arm, outcome, bucket, count }: PageCell): void {
  const own = routes.get(route) ?? { all: 0, ok: 0, errors: 0, buckets: new Map() }
  routes.set(route, own)
  own.all += count
  if (arm !== 'control') return
  if (outcome === 'error') own.errors += count
  else {
    own.ok += count
    own.buckets.set(bucket, (own.buckets.get(bucket) ?? 0) + count)
  }
}

function flowOf({ paths, ages, shop }: FlowCount, minutes: number): KnownFlow {
  let started = 0
  for (const path of paths.values()) started += path.started
  const median = ageQuantile(ages, 0.5)
  const p95 = ageQuantile(ages, 0.95)
  return {
    ...(started === 0 ? {} : { perMinute: started / minutes }),
    ...(median === undefined || p95 === undefined ? {} : { medianDelayMs: median, p95DelayMs: Math.max(median, p95) }),
    ...shop.read(),
    paths: mapOf(paths, (path) => pathOf(path, started)),
  }
}

function pathOf({ started, matured: [all, completed, failed] }: PathCount, flowStarted: number): KnownPath {
  const share = started / Math.max(1, flowStarted)
  if (all < leastUnits) return { share }
  return { share, completion: Math.min(1, completed / all), failing: Math.min(1, failed / all) }
}

function routeOf({ all, ok, errors, buckets }: RouteCount, minutes: number): KnownRoute {
  const control = ok + errors
  return {
    perMinute: all / minutes,
    // Half an error more than there were: a share of 0 would make one error proof of anything.
    ...(control < leastUnits ? {} : { errorShare: (errors + 0.5) / (control + 1) }),
    ...(ok < leastUnits ? {} : { latency: Object.fromEntries([...buckets].sort(([a], [b]) => a - b)) }),
  }
}

function mapOf<From, To>(entries: ReadonlyMap<string, From>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries([...entries].map(([id, value]) => [id, map(value)]))
}
