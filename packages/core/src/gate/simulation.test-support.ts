import type { Arm } from '../exposure/arm.ts'
import type { OperatingModel } from '../model/operating-model.ts'
import type { Gate, ReleasePlan, Stage } from '../model/release-plan.ts'
import { latencyBucketOf, valueBucketOf } from '../stats/index.ts'
import type { CompletionCriterion, Criterion } from './criterion.ts'
import { journeySlotMs, type EvidenceCell, type EvidenceFrame } from './evidence.ts'

/** A shop in numbers: arrivals, paths, delays and faults; every draw comes from the seed. */
export interface Simulation {
  readonly seed: number
  readonly startsPerMinute: number
  readonly tickMs: number
  readonly horizonMs: number
  readonly paths: readonly SimulatedPath[]
  /** Median of the log-normal delay from start to order. */
  readonly orderDelayMs: number
  /** Exposure at a time since the simulation began, basis points. */
  readonly shareAt: (ms: number) => number
  /** Part of the paths' completion that is left at a time, in both arms alike. */
  readonly completionAt?: (ms: number) => number
  /** Probability that a candidate's completion is lost, and how that shows. */
  readonly lossAt: (ms: number, path: string) => { readonly share: number; readonly isLoud: boolean }
  /** Share of the completed journeys that a gateway saw fail: the order was placed, its answer did not arrive. */
  readonly alsoFailed?: number
  /** Outcome signals (orders and failures) that reach the control plane. */
  readonly hasOutcomesAt?: (ms: number) => boolean
  /** Visitors' first pages: per minute, error share and slow-down of the candidate. */
  readonly pages?: {
    readonly perMinute: number
    readonly errorShare: number
    readonly candidateErrorShare: number
    readonly slowDown: number
  }
  /** Order values, log-normal with a heavy tail (median 37 EUR, 0.3 % tenfold); what a candidate's order is worth of its value. */
  readonly orders?: { readonly worth: (value: number, random: number) => number }
  /** Share of started journeys that get the item `price-mismatch`, per arm. */
  readonly items?: { readonly control: number; readonly candidate: number }
}

export interface SimulatedPath {
  readonly id: string
  readonly share: number
  readonly completion: number
}

export const labPaths: readonly SimulatedPath[] = [
  { id: 'critical', share: 0.54, completion: 0.72 },
  { id: 'guest', share: 0.14, completion: 0.66 },
  { id: 'coupon', share: 0.08, completion: 0.65 },
  { id: 'wallet', share: 0.1, completion: 0.75 },
  { id: 'split', share: 0.06, completion: 0.62 },
  { id: 'collect', share: 0.08, completion: 0.7 },
]

export const labSimulation: Simulation = {
  seed: 1,
  startsPerMinute: 600,
  tickMs: 1_000,
  horizonMs: 20_000,
  paths: labPaths,
  orderDelayMs: 4_000,
  shareAt: () => 5_000,
  lossAt: () => ({ share: 0, isLoud: false }),
}

/** Deterministic numbers in [0, 1): mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** When simulations begin. */
export const simulationStart = 1_800_000_000_000

/** One frame per tick, without end. */
export function* simulate(simulation: Simulation): Generator<EvidenceFrame> {
  const random = randomNumbers(simulation.seed)
  const pending = new Map<number, EvidenceCell[]>()
  for (let seq = 1; ; seq++) {
    const from = (seq - 1) * simulation.tickMs
    const arrived = drawJourneys(simulation, { random, from, pending, seq })
    const due = pending.get(seq) ?? []
    pending.delete(seq)
    const hears = simulation.hasOutcomesAt?.(from) ?? true
    const at = simulationStart + seq * simulation.tickMs
    const cells = [...arrived, ...(hears ? due : []), ...drawPages(simulation, random, from)]
    yield { seq, at, cells: merge(cells), heard: { gateways: at, outcomes: at }, readings: [] }
  }
}

function drawJourneys(
  simulation: Simulation,
  draw: { random: () => number; from: number; pending: Map<number, EvidenceCell[]>; seq: number },
): EvidenceCell[] {
  const { random, from, pending, seq } = draw
  const cells: EvidenceCell[] = []
  const arrivals = poisson((simulation.startsPerMinute * simulation.tickMs) / 60_000, random)
  for (let index = 0; index < arrivals; index++) {
    const ms = from + random() * simulation.tickMs
    const share = simulation.shareAt(ms)
    const arm: Arm = random() * 10_000 < share ? 'candidate' : 'control'
    const path = pick(simulation.paths, random())
    const startedAt = Math.floor((simulationStart + ms) / journeySlotMs) * journeySlotMs
    const journey = { kind: 'journey', flow: 'purchase', path: path.id, arm, share, startedAt, count: 1 } as const
    cells.push({ ...journey, outcome: 'started' })
    if (simulation.items !== undefined && random() < simulation.items[arm])
      cells.push({
        kind: 'item',
        item: 'price-mismatch',
        flow: 'purchase',
        path: path.id,
        arm,
        share,
        startedAt,
        count: 1,
      })
    const outcome = drawOutcome(simulation, { random, ms, arm, path })
    const delay = simulation.orderDelayMs * Math.exp(0.5 * gaussian(random)) * (outcome === 'failed' ? 0.5 : 1)
    if (outcome === 'abandoned') continue
    const tick = Math.max(seq, Math.ceil((ms + delay) / simulation.tickMs))
    const queue = pending.get(tick) ?? []
    queue.push({ ...journey, outcome })
    if (outcome === 'completed' && simulation.orders !== undefined)
      queue.push(drawOrder(simulation.orders, random, { path: path.id, arm, share, startedAt }))
    if (outcome === 'completed' && simulation.alsoFailed !== undefined && random() < simulation.alsoFailed)
      queue.push({ ...journey, outcome: 'failed' })
    pending.set(tick, queue)
  }
  return cells
}

function drawOrder(
  { worth }: { readonly worth: (value: number, random: number) => number },
  random: () => number,
  of: { readonly path: string; readonly arm: Arm; readonly share: number; readonly startedAt: number },
): EvidenceCell {
  const value = Math.exp(3.6 + gaussian(random)) * (random() < 0.003 ? 10 : 1)
  const paid = of.arm === 'candidate' ? worth(value, random()) : value
  return { kind: 'order', flow: 'purchase', ...of, currency: 'EUR', bucket: valueBucketOf(paid, 'EUR'), count: 1 }
}

function drawOutcome(
  simulation: Simulation,
  { random, ms, arm, path }: { random: () => number; ms: number; arm: Arm; path: SimulatedPath },
): 'completed' | 'failed' | 'abandoned' {
  if (random() < 0.006) return 'failed'
  if (random() >= path.completion * (simulation.completionAt?.(ms) ?? 1)) return 'abandoned'
  const loss = simulation.lossAt(ms, path.id)
  if (arm === 'control' || random() >= loss.share) return 'completed'
  return loss.isLoud ? 'failed' : 'abandoned'
}

function drawPages(simulation: Simulation, random: () => number, from: number): EvidenceCell[] {
  const { pages } = simulation
  if (pages === undefined) return []
  const cells: EvidenceCell[] = []
  const arrivals = poisson((pages.perMinute * simulation.tickMs) / 60_000, random)
  for (let index = 0; index < arrivals; index++) {
    const share = simulation.shareAt(from)
    const arm: Arm = random() * 10_000 < share ? 'candidate' : 'control'
    const isError = random() < (arm === 'candidate' ? pages.candidateErrorShare : pages.errorShare)
    const micros = 20_000 * Math.exp(0.5 * gaussian(random)) * (arm === 'candidate' ? pages.slowDown : 1)
    const route = random() < 0.7 ? 'product' : 'checkout'
    cells.push({ kind: 'visit', arm, share, count: 1 })
    const outcome = isError ? 'error' : 'ok'
    cells.push({ kind: 'page', route, arm, share, outcome, bucket: latencyBucketOf(micros), count: 1 })
  }
  return cells
}

function poisson(mean: number, random: () => number): number {
  const limit = Math.exp(-mean)
  let product = random()
  let count = 0
  for (; product > limit; count++) product *= random()
  return count
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

function pick(paths: readonly SimulatedPath[], at: number): SimulatedPath {
  let left = at
  for (const path of paths) {
    left -= path.share
    if (left < 0) return path
  }
  return paths[0] ?? { id: 'critical', share: 1, completion: 0.7 }
}

function merge(cells: readonly EvidenceCell[]): EvidenceCell[] {
  const merged = new Map<string, EvidenceCell>()
  for (const cell of cells) {
    const key = keyOf(cell)
    const known = merged.get(key)
    merged.set(key, { ...cell, count: cell.count + (known?.count ?? 0) })
  }
  return [...merged.values()]
}

function keyOf(cell: EvidenceCell): string {
  switch (cell.kind) {
    case 'journey':
      return `${cell.path} ${cell.arm} ${cell.share} ${cell.startedAt} ${cell.outcome}`
    case 'visit':
      return `${cell.arm} ${cell.share}`
    case 'page':
      return `${cell.route} ${cell.arm} ${cell.share} ${cell.outcome} ${cell.bucket}`
    case 'order':
      return `${cell.path} ${cell.arm} ${cell.share} ${cell.startedAt} ${cell.currency} ${cell.bucket}`
    case 'item':
      return `${cell.path} ${cell.arm} ${cell.share} ${cell.startedAt} ${cell.item}`
  }
}

/** A model with one purchase flow over the given paths. */
export function simulatedModel(paths: readonly SimulatedPath[] = labPaths, horizonMs = 20_000): OperatingModel {
  const step = { match: [], failsOn: [] }
  const route = { match: [], crawlable: true, timeoutMs: 5_000 }
  return {
    shop: { name: 'demo', currencies: ['EUR'], markets: ['de'], servedBy: 'legacy' },
    teams: {},
    domains: {},
    components: {},
    routes: { product: route, checkout: route },
    flows: {
      purchase: {
        domain: 'checkout',
        steps: [
          { id: 'start-checkout', ...step },
          { id: 'order-placed', event: 'order-placed', ...step },
        ],
        startsAt: 'start-checkout',
        completesAt: 'order-placed',
        pinnedFrom: 'start-checkout',
        pinMs: 60_000,
        horizonMs,
        defaultPath: paths[0]?.id ?? '',
        items: { 'price-mismatch': { withinMs: horizonMs } },
        paths: Object.fromEntries(paths.map(({ id, share }) => [id, { critical: false, share, match: [] }])),
      },
    },
    entities: {},
    integrations: {},
    runbooks: {},
    metricSources: {},
    notifiers: {},
  }
}

export const completionCriterion: CompletionCriterion = {
  id: 'orders',
  signal: 'completion',
  flow: 'purchase',
  margin: 0.2,
  pathMargins: { critical: 0.25 },
  minUnits: 50,
}

const bothRoutes = ['product', 'checkout'] as const

export const errorsCriterion = {
  id: 'errors',
  signal: 'errors',
  routes: bothRoutes,
  margin: 0.02,
  minUnits: 50,
} as const

export const latencyCriterion = {
  id: 'latency',
  signal: 'latency',
  routes: bothRoutes,
  tolerance: 0.2,
  minUnits: 50,
} as const

export const splitCriterion = { id: 'split', signal: 'split' } as const

export function simulatedGate(criteria: readonly Criterion[]): Gate {
  return { id: 'exit', owner: 'checkout', criteria, onFail: 'eject', respondWithinMs: 60_000 }
}

export function simulatedStage(
  visitorBasisPoints: number,
  criteria: readonly Criterion[],
  window: Stage['window'] = { minMs: 20_000, maxMs: 90_000 },
): Stage {
  return {
    id: `at-${visitorBasisPoints / 100}`,
    visitorBasisPoints,
    urlBasisPoints: 0,
    routes: [],
    window,
    exit: simulatedGate(criteria),
    fallback: 'control',
    reversible: true,
  }
}

export function simulatedPlan(stages: readonly Stage[], overrides: Partial<ReleasePlan> = {}): ReleasePlan {
  return {
    id: 'release-1',
    components: ['next'],
    owner: 'checkout',
    flows: ['purchase'],
    salt: 1,
    falseStopBudget: 0.01,
    falsePassBudget: 0.01,
    stages,
    freezes: [],
    tickMs: 1_000,
    lease: { durationMs: 15_000, onExpiry: 'control' },
    ...overrides,
  }
}
