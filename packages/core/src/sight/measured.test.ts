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
} from '../gate/simulation.test-support.ts'
import type { HarmKind } from '../stats/index.ts'
import { sightReport } from './sight-report.ts'

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
