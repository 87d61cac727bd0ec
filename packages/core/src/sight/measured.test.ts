import { describe, expect, test } from 'vitest'
import { evidenceContext } from '../gate/context.ts'
import { enterStage, observe, openEvidence } from '../gate/observe.ts'
import {
  completionCriterion,
  labPaths,
  labSimulation,
  simulate,
  simulatedModel,
  simulatedPlan,
  simulatedStage,
  simulationStart,
  type Simulation,
} from '../gate/simulation.test-support.ts'
import type { HarmKind } from '../stats/index.ts'
import { trafficCounter } from './recorded-traffic.ts'
import { sightReport } from './sight-report.ts'
import type { Traffic } from './traffic.ts'

/**
 * The judge itself on simulated journeys, with fixed seeds, against what the report says. `npm run bench:sight` does the same over a
 * grid; here are the cells that a change of the judge moves first.
 */
const criterion = { ...completionCriterion, margin: 0.2, pathMargins: {}, minUnits: 20 }
const plan = simulatedPlan([simulatedStage(5_000, [criterion], { minMs: 0, maxMs: 600_000 })])
const model = simulatedModel()
const { startsPerMinute, orderDelayMs } = labSimulation
const paths = labPaths.map(({ id, share, completion }) => [id, { share, completion, failing: 0.006 }] as const)
const report = sightReport(plan, model, {
  traffic: {
    origin: 'stated',
    flows: {
      purchase: {
        perMinute: startsPerMinute,
        medianDelayMs: orderDelayMs,
        p95DelayMs: orderDelayMs * Math.exp(0.5 * 1.645),
        paths: Object.fromEntries(paths),
      },
    },
    routes: {},
  },
  at: 0,
})
const places = report.stages[0]?.criteria[0]?.places ?? []

function meanSeconds(ends: 'stopped' | 'passed', loss: { path: string; share: number; kind: HarmKind }): number {
  const context = evidenceContext(plan, model)
  const runs = 16
  let sum = 0
  for (let seed = 1; seed <= runs; seed++) {
    let state = enterStage(context, openEvidence(context), 0, simulationStart)
    const lossAt = (_: number, path: string): { share: number; isLoud: boolean } => ({
      share: loss.path === '' || loss.path === path ? loss.share : 0,
      isLoud: loss.kind === 'loud',
    })
    for (const frame of simulate({ ...labSimulation, seed: seed * 7_919, lossAt })) {
      state = observe(context, state, frame)
      if (state.criteria[criterion.id]?.[ends] === undefined && frame.seq < 1_200) continue
      sum += frame.seq
      break
    }
  }
  return sum / runs
}

// 16 runs of a time with a standard deviation of about half its mean: one standard error is 12 %.
describe('the report against the judge (600 starts a minute, share 50 %, horizon 20 s)', { timeout: 180_000 }, () => {
  test.each([
    { path: '', share: 0.2, kind: 'silent' },
    { path: '', share: 1, kind: 'silent' },
    { path: '', share: 0.2, kind: 'loud' },
    { path: 'coupon', share: 1, kind: 'silent' },
    { path: 'coupon', share: 1, kind: 'loud' },
  ] as const)(
    'S1: the mean time to stop is within a third of the measured one: $share lost on "$path", $kind',
    (loss) => {
      const place = places.find((each) => each.place === loss.path)
      const harm = place?.harms.find(({ size, kind }) => size === loss.share && kind === loss.kind)
      const ratio = (harm?.stop?.meanMs ?? 0) / 1_000 / meanSeconds('stopped', loss)
      expect(ratio).toBeGreaterThan(0.67)
      expect(ratio).toBeLessThan(1.5)
    },
  )

  test('S1: the mean time to pass is within a third of the measured one', () => {
    const pass = (places[0]?.pass?.time?.meanMs ?? 0) / 1_000
    const ratio = pass / meanSeconds('passed', { path: '', share: 0, kind: 'silent' })
    expect(ratio).toBeGreaterThan(0.67)
    expect(ratio).toBeLessThan(1.5)
  })
})

describe('order values and items against the judge (600 starts a minute, share 50 %)', { timeout: 180_000 }, () => {
  const worth = { id: 'worth', signal: 'revenue', flow: 'purchase', margin: 0.2, minUnits: 50 } as const
  const event = 'price-mismatch'
  const mismatches = { id: 'mismatches', signal: 'count', flow: 'purchase', event, margin: 0.05, minUnits: 50 } as const
  const watching = simulatedPlan([simulatedStage(5_000, [worth, mismatches], { minMs: 0, maxMs: 3_600_000 })])
  const context = evidenceContext(watching, model)

  function recorded(): Traffic {
    const counter = trafficCounter(model.flows)
    const items = { control: 0.01, candidate: 0.01 }
    for (const frame of simulate({ ...labSimulation, orders: { worth: (value) => value }, items, seed: 99 })) {
      counter.add('before', frame)
      if (frame.seq >= 1_800) break
    }
    return counter.read() ?? { origin: 'recorded', flows: {}, routes: {} }
  }

  const seen = sightReport(watching, model, { traffic: recorded(), at: 0 }).stages[0]?.criteria ?? []

  function measured(id: string, ends: 'stopped' | 'passed', changes: Partial<Simulation>): number {
    const runs = 16
    let sum = 0
    for (let seed = 1; seed <= runs; seed++) {
      let state = enterStage(context, openEvidence(context), 0, simulationStart)
      for (const frame of simulate({ ...labSimulation, ...changes, seed: seed * 7_919 })) {
        state = observe(context, state, frame)
        if (state.criteria[id]?.[ends] === undefined && frame.seq < 2_400) continue
        sum += frame.seq
        break
      }
    }
    return sum / runs
  }

  function predicted(id: string, size: number): number {
    const own = seen.find(({ criterion: each }) => each === id)?.places ?? []
    const harm = own[0]?.harms.find((each) => each.size === size)
    const passes = Math.max(...own.map(({ pass }) => pass?.time?.meanMs ?? 0))
    return (size === 0 ? passes : (harm?.stop?.meanMs ?? 0)) / 1_000
  }

  const half = { orders: { worth: (value: number) => value / 2 } }
  const more = { items: { control: 0.01, candidate: 0.01 + 0.2 * 0.99 } }
  test.each([
    { what: 'half of the order value lost', id: 'worth', size: 0.5, ends: 'stopped', changes: half },
    { what: 'an item for a fifth more', id: 'mismatches', size: 0.2, ends: 'stopped', changes: more },
    {
      what: 'values pass',
      id: 'worth',
      size: 0,
      ends: 'passed',
      changes: { orders: { worth: (value: number) => value } },
    },
    {
      what: 'items pass',
      id: 'mismatches',
      size: 0,
      ends: 'passed',
      changes: { items: { control: 0.01, candidate: 0.01 } },
    },
  ] as const)('S1: the mean time is within a third of the measured one: $what', ({ id, size, ends, changes }) => {
    const ratio = predicted(id, size) / measured(id, ends, changes)
    expect(ratio).toBeGreaterThan(0.67)
    expect(ratio).toBeLessThan(1.5)
  })
})
