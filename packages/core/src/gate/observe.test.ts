import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { HeadgateError } from '../model/errors.ts'
import { logWealth } from '../stats/index.ts'
import { evidenceContext } from './context.ts'
import type { EvidenceCell, EvidenceFrame } from './evidence.ts'
import { gateEvidenceHashInput } from './hash-input.ts'
import { judge } from './judge.ts'
import { enterStage, observe, openEvidence } from './observe.ts'
import { sumTallies } from './observed.ts'
import {
  completionCriterion,
  labPaths,
  labSimulation,
  simulate,
  simulatedModel,
  simulatedPlan,
  simulatedStage,
  simulationStart,
} from './simulation.test-support.ts'
import type { EvidenceState } from './state.ts'
import { verdictKinds } from './verdict.ts'

const horizonMs = 5_000
const errors = { id: 'errors', signal: 'errors', routes: ['product', 'checkout'], margin: 0.02, minUnits: 5 } as const
const latency = { id: 'latency', signal: 'latency', routes: ['product'], tolerance: 0.2, minUnits: 5 } as const
const revenue = { id: 'revenue', signal: 'revenue', flow: 'purchase', margin: 0.1, minUnits: 5 } as const
const mismatches = {
  id: 'mismatches',
  signal: 'count',
  flow: 'purchase',
  event: 'price-mismatch',
  margin: 0.05,
  minUnits: 5,
} as const
const split = { id: 'split', signal: 'split' } as const
const queue = { id: 'queue', signal: 'metric', source: 'prometheus', query: 'queue', max: 10 } as const
const criteria = [
  completionCriterion,
  errors,
  latency,
  revenue,
  mismatches,
  split,
  { ...queue, freshnessMs: 10_000, consecutive: 2 },
  { ...queue, id: 'tried', freshnessMs: 10_000, consecutive: 2, shadow: true },
] as const
const plan = simulatedPlan([simulatedStage(5_000, criteria), simulatedStage(10_000, criteria)])
const context = evidenceContext(plan, simulatedModel(labPaths, horizonMs))
const start = simulationStart

const share = fc.constantFrom(0, 2_500, 5_000, 10_000)
const arm = fc.constantFrom('control' as const, 'candidate' as const)
const count = fc.integer({ min: 1, max: 4 })
const journey = fc.record({
  kind: fc.constant('journey' as const),
  flow: fc.constantFrom('purchase', 'purchase', 'purchase', 'returns'),
  path: fc.constantFrom('critical', 'coupon', 'guest', 'unheard-of'),
  arm,
  share,
  startedAt: fc.integer({ min: -20, max: 30 }).map((second) => start + second * 1_000),
  outcome: fc.constantFrom('started' as const, 'started' as const, 'completed' as const, 'failed' as const),
  count,
})
const visit = fc.record({ kind: fc.constant('visit' as const), arm, share, count })
const page = fc.record({
  kind: fc.constant('page' as const),
  route: fc.constantFrom('product', 'checkout', 'nowhere'),
  arm,
  share,
  outcome: fc.constantFrom('ok' as const, 'error' as const),
  bucket: fc.integer({ min: 250, max: 420 }),
  count,
})
const anyStart = fc.integer({ min: -20, max: 30 }).map((second) => start + second * 1_000)
const anyPath = fc.constantFrom('critical', 'coupon', 'guest', 'unheard-of')
const anyOrder = fc.record({
  kind: fc.constant('order' as const),
  flow: fc.constantFrom('purchase', 'returns'),
  path: anyPath,
  arm,
  share,
  startedAt: anyStart,
  currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'CHF', ''),
  bucket: fc.integer({ min: 250, max: 420 }),
  count: fc.integer({ min: 1, max: 40 }),
})
const anyItem = fc.record({
  kind: fc.constant('item' as const),
  flow: fc.constantFrom('purchase', 'returns'),
  path: anyPath,
  item: fc.constantFrom('price-mismatch', 'price-mismatch', 'complaint'),
  arm,
  share,
  startedAt: anyStart,
  count,
})
const cells: fc.Arbitrary<EvidenceCell[]> = fc.array(
  fc.oneof(journey, journey, visit, page, anyOrder, anyOrder, anyItem),
  {
    maxLength: 16,
  },
)
const frames = fc
  .array(
    fc.record({
      cells,
      step: fc.integer({ min: -3_000, max: 4_000 }),
      hears: fc.boolean(),
      value: fc.option(fc.double({ min: -20, max: 20 }), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 15 },
  )
  .map((steps) => {
    let at = start
    let heard = start
    return steps.map(({ cells: own, step, hears, value }, index): EvidenceFrame => {
      at += step
      if (hears) heard = at
      const readings = value === undefined ? [] : [{ kind: 'value' as const, criterion: 'queue', value, at }]
      return { seq: index + 1, at, cells: own, heard: { gateways: heard, outcomes: heard }, readings }
    })
  })

const opened = enterStage(context, openEvidence(context), 0, start)

function fold(all: readonly EvidenceFrame[], from: EvidenceState = opened): EvidenceState {
  return all.reduce((state, frame) => observe(context, state, frame), from)
}

function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(numbersOf)
}

function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  const keys = items.map((_, index) => Math.sin(seed + index * 12.9898) * 43_758.5453)
  return items
    .map((item, index) => ({ item, key: (keys[index] ?? 0) % 1 }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item)
}

describe('the fold over frames', { timeout: 60_000 }, () => {
  test.prop([frames])('G3: whatever arrives, state and verdict hold finite numbers only', (all) => {
    const state = fold(all)
    expect(numbersOf(state).every(Number.isFinite)).toBe(true)
    const verdict = judge(context, state, 0, all.at(-1)?.at ?? start)
    expect(numbersOf(verdict).every(Number.isFinite)).toBe(true)
    expect(JSON.stringify(verdict)).not.toMatch(/NaN|Infinity|undefined/)
  })

  test.prop([fc.constantFrom(0, -1, 0.5, Number.NaN, Infinity, 1e17), fc.constantFrom(-1, 0.5, 10_001, Number.NaN)])(
    'G3: cells with impossible counts or shares change no evidence',
    (badCount, badShare) => {
      const cell = { kind: 'journey', flow: 'purchase', path: 'coupon', arm: 'control', startedAt: start } as const
      const place = { flow: 'purchase', path: 'coupon', arm: 'candidate', startedAt: start } as const
      const bought = { ...place, kind: 'order', currency: 'EUR' } as const
      const got = { ...place, kind: 'item', item: 'price-mismatch' } as const
      const bad: EvidenceCell[] = [
        { ...cell, share: 5_000, outcome: 'completed', count: badCount },
        { ...cell, share: badShare, outcome: 'completed', count: 3 },
        { kind: 'visit', arm: 'control', share: badShare, count: 1 },
        { kind: 'visit', arm: 'control', share: 5_000, count: badCount },
        { kind: 'page', route: 'product', arm: 'candidate', share: badShare, outcome: 'error', bucket: 1, count: 1 },
        {
          kind: 'page',
          route: 'product',
          arm: 'candidate',
          share: 5_000,
          outcome: 'error',
          bucket: 1,
          count: badCount,
        },
        { ...bought, share: badShare, bucket: 300, count: 3 },
        { ...bought, share: 5_000, bucket: 300, count: badCount },
        { ...bought, share: 5_000, bucket: badCount === 0 ? -1 : 1e9, count: 3 },
        { ...got, share: badShare, count: 3 },
        { ...got, share: 5_000, count: badCount },
        { ...got, share: 5_000, startedAt: Number.NaN, count: 3 },
      ]
      const frame = { seq: 1, at: start + 1_000, cells: bad, heard: {}, readings: [] }
      const empty = { ...frame, cells: [] }
      expect({ ...fold([frame]), foreign: 0 }).toEqual(fold([empty]))
    },
  )

  test.prop([frames])('G12: whatever arrives, the gate says the worst of its criteria that are no shadows', (all) => {
    const { criteria: own, kind } = judge(context, fold(all), 0, (all.at(-1)?.at ?? start) + 1_000)
    const acting = own.filter(({ shadow }) => !shadow).map((verdict) => verdictKinds.indexOf(verdict.kind))
    expect(own.some(({ shadow }) => shadow)).toBe(true)
    expect(verdictKinds.indexOf(kind)).toBe(Math.max(...acting))
  })

  test.prop([frames, fc.nat(1_000)])('G4: the order of cells within a frame does not matter', (all, seed) => {
    const mixed = all.map((frame) => ({ ...frame, cells: shuffled(frame.cells, seed) }))
    expect(fold(mixed)).toEqual(fold(all))
  })

  test.prop([frames])('G5: a count may be split over several cells', (all) => {
    const single = all.map((frame) => ({
      ...frame,
      cells: frame.cells.flatMap((cell) => Array.from({ length: cell.count }, () => ({ ...cell, count: 1 }))),
    }))
    const state = fold(single)
    expect({ ...state, foreign: 0 }).toEqual({ ...fold(all), foreign: 0 })
  })

  const crowded = fc.array(
    fc.record({
      arm,
      second: fc.integer({ min: 0, max: 2 }),
      outcome: fc.constantFrom('started' as const, 'started' as const, 'completed' as const, 'failed' as const),
      count,
      frame: fc.integer({ min: 1, max: 12 }),
    }),
    { maxLength: 20 },
  )
  test.prop([crowded])(
    'G6: no journey is revealed twice, also when results come early, late or unannounced',
    (counts) => {
      const cellOf = ({ arm: side, second, outcome, count: units }: (typeof counts)[number]): EvidenceCell => {
        const place = { path: 'coupon', arm: side, share: 5_000, startedAt: start + second * 1_000 } as const
        return { kind: 'journey', flow: 'purchase', ...place, outcome, count: units }
      }
      const all = Array.from({ length: 20 }, (_, index): EvidenceFrame => {
        const at = start + (index + 1) * 1_000
        const own = counts.filter(({ frame }) => frame === index + 1).map(cellOf)
        return { seq: index + 1, at, cells: own, heard: { gateways: at, outcomes: at }, readings: [] }
      })
      // In one slot of one arm there are as many journeys as started there, or as had a result where their starts got lost.
      const most = { control: 0, candidate: 0 }
      for (const side of ['control', 'candidate'] as const) {
        for (const second of [0, 1, 2]) {
          const here = counts.filter((each) => each.arm === side && each.second === second)
          const starts = here.filter(({ outcome }) => outcome === 'started')
          const units = here.reduce((sum, each) => sum + each.count, 0)
          const started = starts.reduce((sum, each) => sum + each.count, 0)
          most[side] += Math.max(started, units - started)
        }
      }
      const { resolved = [], matured = [] } = fold(all).flows['purchase']?.stage ?? {}
      const seen = sumTallies(matured)
      const coupon = labPaths.findIndex(({ id }) => id === 'coupon')
      expect(resolved[coupon]?.[0]).toBeLessThanOrEqual(most.control)
      expect(resolved[coupon]?.[1]).toBeLessThanOrEqual(most.candidate)
      expect(seen.control.units).toBeLessThanOrEqual(most.control)
      expect(seen.candidate.units).toBeLessThanOrEqual(most.candidate)
    },
  )

  test('G6: a result that comes before its start is counted once, and its start adds no abandon', () => {
    const cell = { kind: 'journey', flow: 'purchase', path: 'coupon', arm: 'candidate', share: 5_000 } as const
    const at = (second: number, own: EvidenceCell[], seq: number): EvidenceFrame => {
      const now = start + second * 1_000
      return { seq, at: now, cells: own, heard: { gateways: now, outcomes: now }, readings: [] }
    }
    const state = fold([
      at(1, [{ ...cell, startedAt: start, outcome: 'completed', count: 2 }], 1),
      at(2, [{ ...cell, startedAt: start, outcome: 'started', count: 2 }], 2),
      at(20, [], 3),
    ])
    const coupon = labPaths.findIndex(({ id }) => id === 'coupon')
    expect(state.flows['purchase']?.stage.resolved[coupon]).toEqual([0, 2])
    expect(state.flows['purchase']?.stage.matured[coupon]).toEqual([0, 0, 0, 2, 2, 0])
  })

  test('G6: results after the horizon are late, not evidence', () => {
    const cell = { kind: 'journey', flow: 'purchase', path: 'coupon', arm: 'candidate', share: 5_000 } as const
    const at = (second: number, own: EvidenceCell[], seq: number): EvidenceFrame => {
      const now = start + second * 1_000
      return { seq, at: now, cells: own, heard: { gateways: now, outcomes: now }, readings: [] }
    }
    const before = fold([at(1, [{ ...cell, startedAt: start, outcome: 'started', count: 3 }], 1), at(20, [], 2)])
    const after = fold([at(20, [{ ...cell, startedAt: start, outcome: 'completed', count: 3 }], 3)], before)
    expect(after.flows['purchase']?.late).toEqual({ started: 0, results: 3, cohorts: 0, inARow: 0 })
    expect(after.flows['purchase']?.stop).toEqual(before.flows['purchase']?.stop)
    expect(after.flows['purchase']?.stage).toEqual(before.flows['purchase']?.stage)
  })

  test('G6: silence of a source is never taken for abandons; they wait until it is heard again', () => {
    const cell = { kind: 'journey', flow: 'purchase', path: 'coupon', arm: 'candidate', share: 5_000 } as const
    const at = (second: number, heard: number, own: EvidenceCell[], seq: number): EvidenceFrame => ({
      seq,
      at: start + second * 1_000,
      cells: own,
      heard: { gateways: start + second * 1_000, outcomes: start + heard * 1_000 },
      readings: [],
    })
    const started: EvidenceCell = { ...cell, startedAt: start, outcome: 'started', count: 3 }
    const silent = fold([at(1, 1, [started], 1), at(15, 1, [], 2)])
    const coupon = labPaths.findIndex(({ id }) => id === 'coupon')
    expect(silent.flows['purchase']?.stage.resolved[coupon]).toEqual([0, 0])
    const heard = fold([at(16, 16, [{ ...started, outcome: 'completed', count: 3 }], 3)], silent)
    expect(heard.flows['purchase']?.stage.resolved[coupon]).toEqual([0, 3])
    expect(heard.flows['purchase']?.stage.matured[coupon]).toEqual([0, 0, 0, 3, 3, 0])
  })

  test.prop([frames])('G7: time never runs backwards, whatever the clocks of the frames say', (all) => {
    let state = opened
    for (const frame of all) {
      const next = observe(context, state, frame)
      expect(next.at ?? 0).toBeGreaterThanOrEqual(Math.max(state.at ?? 0, frame.at))
      for (const flow of Object.keys(next.flows)) {
        expect(next.flows[flow]?.closedUntil).toBeGreaterThanOrEqual(state.flows[flow]?.closedUntil ?? 0)
        expect(next.flows[flow]?.stop.loud.cash).toBeLessThanOrEqual(state.flows[flow]?.stop.loud.cash ?? 1)
      }
      state = next
    }
  })

  test.prop([frames, fc.constantFrom(0, 10_000)])('G8: shares 0 and 10000 carry no information', (all, extreme) => {
    const blunt = all.map((frame) => ({
      ...frame,
      cells: frame.cells.map((cell): EvidenceCell => ({ ...cell, share: extreme })),
    }))
    const state = fold(blunt)
    const flow = state.flows['purchase']
    const shop = [state.orders['purchase/EUR']?.stop, state.items['purchase/price-mismatch']?.stop]
    const bets = [flow?.stop.silent, flow?.stop.loud, flow?.starts, state.visits.bets, ...shop]
    const others = Object.values(state.routes).flatMap((route) => [
      route.errors,
      ...Object.values(route.latency).map(({ stop }) => stop),
    ])
    for (const mixture of [...bets, ...others]) {
      expect(mixture === undefined ? 0 : logWealth(mixture)).toBeCloseTo(0, 9)
    }
  })

  test.prop([frames, fc.nat(20)])('G9: a replay through JSON after any frame gives the same bits', (all, cut) => {
    const direct = fold(all)
    const stored: unknown = JSON.parse(JSON.stringify(fold(all.slice(0, cut))))
    expect(stored).toEqual(fold(all.slice(0, cut)))
    let resumed = opened
    for (const frame of all) resumed = structuredClone(observe(context, resumed, frame))
    expect(JSON.stringify(resumed)).toBe(JSON.stringify(direct))
    expect(judge(context, resumed, 0, start + 60_000)).toEqual(judge(context, direct, 0, start + 60_000))
  })

  test.prop([frames])('G9: a frame that was folded in already changes nothing', (all) => {
    const state = fold(all)
    for (const frame of all) expect(observe(context, state, frame)).toBe(state)
  })

  test('G9: a gap between frames is refused', () => {
    const frame = { seq: 2, at: start, cells: [], heard: {}, readings: [] }
    expect(() => observe(context, opened, frame)).toThrow(HeadgateError)
  })

  test('G10: the size of the state does not grow with traffic or time', () => {
    const sizes: number[] = []
    let state = opened
    const shop = { orders: { worth: (value: number) => value }, items: { control: 0.02, candidate: 0.02 } }
    for (const frame of simulate({ ...labSimulation, ...shop, horizonMs, startsPerMinute: 1_200, tickMs: 1_000 })) {
      state = observe(context, state, frame)
      if (frame.seq === 60 || frame.seq === 600) sizes.push(JSON.stringify(state).length)
      if (frame.seq === 600) break
    }
    expect(sizes[1] ?? Infinity).toBeLessThan((sizes[0] ?? 0) * 1.2)
  })

  test('G10: slots are bounded even when no source is ever heard and gateways report odd times', () => {
    let state = opened
    for (let seq = 1; seq <= 300; seq++) {
      const at = start + seq * 1_000
      const cell = { kind: 'journey', flow: 'purchase', path: 'coupon', arm: 'control', share: 5_000 } as const
      const own: EvidenceCell[] = [0, -1e9, 1e9, 4_000].map((off) => ({
        ...cell,
        startedAt: at + off,
        outcome: 'started',
        count: 1,
      }))
      state = observe(context, state, { seq, at, cells: own, heard: {}, readings: [] })
    }
    expect(state.items['purchase/price-mismatch']?.slots.length).toBeLessThan(40)
    expect(state.items['purchase/price-mismatch']?.lost).toBeGreaterThan(0)
    expect(state.flows['purchase']?.slots.length).toBeLessThan(40)
    expect(state.flows['purchase']?.lost).toBeGreaterThan(0)
  })
})

describe('stages', { timeout: 60_000 }, () => {
  test.prop([frames, frames])('G14: stop evidence goes on over stages, pass tests start anew', (first, second) => {
    const before = fold(first)
    const entered = enterStage(context, before, 1, start + 100_000)
    expect(entered.flows['purchase']?.stop).toEqual(before.flows['purchase']?.stop)
    expect(entered.visits).toEqual(before.visits)
    expect(entered.orders['purchase/EUR']?.stop).toEqual(before.orders['purchase/EUR']?.stop)
    expect(entered.items['purchase/price-mismatch']?.stop).toEqual(before.items['purchase/price-mismatch']?.stop)
    for (const own of Object.values(entered.criteria)) expect(own.tests).toEqual({})
    const shifted = second.map((frame, index) => ({ ...frame, seq: before.frame + index + 1 }))
    const after = fold(shifted, entered)
    expect(after.flows['purchase']?.stage.started.flat().every((units) => units === 0)).toBe(true)
    expect(after.orders['purchase/EUR']?.stage.every((units) => units === 0)).toBe(true)
    expect(after.items['purchase/price-mismatch']?.stage.every((units) => units === 0)).toBe(true)
    expect(after.flows['purchase']?.stage.resolved.flat().every((units) => units === 0)).toBe(true)
  })

  test('G14: entering a stage again changes nothing, also not its hash', () => {
    const state = fold([{ seq: 1, at: start + 1_000, cells: [], heard: {}, readings: [] }])
    expect(enterStage(context, state, 0, start + 5_000)).toBe(state)
    expect(gateEvidenceHashInput(enterStage(context, state, 1, start + 5_000))).not.toBe(gateEvidenceHashInput(state))
  })
})

describe('bets are placed before labels are known', { timeout: 60_000 }, () => {
  const units = [
    { second: 0, path: 'critical', outcome: 'completed', after: 1 },
    { second: 0, path: 'critical', outcome: 'abandoned', after: 0 },
    { second: 1, path: 'coupon', outcome: 'failed', after: 1 },
    { second: 1, path: 'critical', outcome: 'completed', after: 3 },
    { second: 2, path: 'coupon', outcome: 'abandoned', after: 0 },
    { second: 7, path: 'critical', outcome: 'abandoned', after: 0 },
    { second: 8, path: 'coupon', outcome: 'completed', after: 2 },
    { second: 15, path: 'critical', outcome: 'abandoned', after: 0 },
  ] as const

  /** Frames of one assignment of labels; outcome and time of every unit stay the same (sharp null). */
  function assigned(labels: number): EvidenceFrame[] {
    const due = new Map<number, EvidenceCell[]>()
    const put = (second: number, cell: EvidenceCell): void => {
      due.set(second, [...(due.get(second) ?? []), cell])
    }
    units.forEach((own, index) => {
      const side = ((labels >> index) & 1) === 1 ? 'candidate' : 'control'
      const common = { arm: side, share: 3_000, count: 1 } as const
      const cell = { ...common, kind: 'journey', flow: 'purchase', path: own.path } as const
      const startedAt = start + own.second * 1_000
      put(own.second, { ...cell, startedAt, outcome: 'started' })
      put(own.second, { ...common, kind: 'visit' })
      const outcome = own.outcome === 'failed' ? 'error' : 'ok'
      put(own.second, { ...common, kind: 'page', route: 'product', outcome, bucket: 300 })
      if (own.outcome !== 'abandoned') put(own.second + own.after, { ...cell, startedAt, outcome: own.outcome })
      const from = { ...common, flow: 'purchase', path: own.path, startedAt } as const
      const bucket = 300 + 12 * index
      if (own.outcome === 'completed') put(own.second + 3, { ...from, kind: 'order', currency: 'EUR', bucket })
      if (index % 2 === 0) put(own.second + 2, { ...from, kind: 'item', item: 'price-mismatch' })
    })
    return Array.from({ length: 26 }, (_, second) => {
      const at = start + second * 1_000
      return { seq: second + 2, at, cells: due.get(second) ?? [], heard: { gateways: at, outcomes: at }, readings: [] }
    })
  }

  test('G13: over all 256 assignments of eight journeys every stop test expects exactly 1, at any frame', () => {
    // The control's order values are known, so that the candidate's can be bet on.
    const orders = Array.from({ length: 200 }, (_, index): EvidenceCell => {
      const place = { flow: 'purchase', path: 'critical', arm: 'control', share: 0, startedAt: start } as const
      return { kind: 'order', ...place, currency: 'EUR', bucket: 250 + index, count: 1 }
    })
    const known = fold([{ seq: 1, at: start, cells: orders, heard: {}, readings: [] }])
    let isBetOn = false
    const sums = new Map<string, number>()
    for (let labels = 0; labels < 2 ** units.length; labels++) {
      const chance = units.reduce((product, _, index) => product * (((labels >> index) & 1) === 1 ? 0.3 : 0.7), 1)
      let state = known
      for (const frame of assigned(labels)) {
        state = observe(context, state, frame)
        if (frame.seq % 5 !== 2) continue
        const bets = {
          silent: state.flows['purchase']?.stop.silent,
          loud: state.flows['purchase']?.stop.loud,
          starts: state.flows['purchase']?.starts,
          visits: state.visits.bets,
          values: state.orders['purchase/EUR']?.stop,
          items: state.items['purchase/price-mismatch']?.stop,
          errors: state.routes['product']?.errors,
        }
        isBetOn ||= Math.abs(logWealth(bets.values ?? known.visits.bets)) > 0.01
        for (const [name, mixture] of Object.entries(bets)) {
          const key = `${name} after ${frame.seq}`
          const wealth = mixture === undefined ? Number.NaN : Math.exp(logWealth(mixture))
          sums.set(key, (sums.get(key) ?? 0) + chance * wealth)
        }
      }
    }
    expect(sums.size).toBe(42)
    expect(isBetOn).toBe(true)
    expect([...sums].filter(([, expectation]) => !(Math.abs(expectation - 1) < 1e-12))).toEqual([])
  })
})
