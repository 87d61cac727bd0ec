import { describe, expect, test } from 'vitest'
import { evidenceContext } from '../context.ts'
import type { Criterion } from '../criterion.ts'
import { judge } from '../judge.ts'
import { enterStage, observe, openEvidence } from '../observe.ts'
import {
  completionCriterion,
  labSimulation,
  simulate,
  simulatedGate,
  simulatedModel,
  simulatedPlan,
  simulatedStage,
  simulationStart,
  type Simulation,
} from '../simulation.test-support.ts'
import type { GateVerdict } from '../verdict.ts'
import { backtest, openBacktest, reportOf, stepBacktest, type Backtest } from './backtest.ts'
import type { EvidenceRecord } from './record.ts'
import { modelOfRecording, planOfGate, recordingOf, recordsForPlan } from './recording.ts'

const errors = { id: 'errors', signal: 'errors', routes: ['product', 'checkout'], margin: 0.2, minUnits: 50 } as const
const split = { id: 'split', signal: 'split' } as const
const orders = { ...completionCriterion, margin: 0.4, pathMargins: { critical: 0.5 } }
const criteria: readonly Criterion[] = [orders, errors, split]
const plan = simulatedPlan([simulatedStage(2_000, criteria), simulatedStage(5_000, criteria)])
const model = simulatedModel()
const context = evidenceContext(plan, model)
const pages = { perMinute: 900, errorShare: 0.002, candidateErrorShare: 0.002, slowDown: 1 }
const raisedAt = 45_000
const ramp: Simulation = {
  ...labSimulation,
  startsPerMinute: 1_200,
  pages,
  shareAt: (ms) => (ms < raisedAt ? 2_000 : 5_000),
}
const breaking: Simulation = {
  ...ramp,
  lossAt: (ms, path) => ({ share: ms > 60_000 && path === 'critical' ? 0.8 : 0, isLoud: false }),
}

/** A release of two stages as the server would have recorded it. */
function recordsOf(simulation: Simulation, seconds: number): readonly EvidenceRecord[] {
  const records: EvidenceRecord[] = []
  for (const frame of simulate(simulation)) {
    const stage = frame.seq * simulation.tickMs <= raisedAt ? 0 : 1
    const mark = { stage, at: simulationStart + stage * raisedAt }
    records.push({ frame, mark, judged: stage })
    if (frame.seq >= seconds) return records
  }
  return records
}

const healthy = recordsOf(ramp, 120)
const broken = recordsOf(breaking, 120)

const sizeOf = (records: readonly EvidenceRecord[]): number => JSON.stringify(backtest(context, records).report).length

/** What the server does tick by tick, with each state stored in between. */
function verdictsOf(records: readonly EvidenceRecord[]): readonly GateVerdict[] {
  let state = openEvidence(context)
  return records.flatMap(({ frame, mark, judged }) => {
    if (mark !== undefined) state = enterStage(context, state, mark.stage, mark.at)
    state = JSON.parse(JSON.stringify(observe(context, state, frame)))
    return judged === undefined ? [] : [judge(context, state, judged, frame.at)]
  })
}

function stepThrough(records: readonly EvidenceRecord[], between = (state: Backtest): Backtest => state) {
  let state = openBacktest(context)
  const verdicts: GateVerdict[] = []
  for (const record of records) {
    const step = stepBacktest(between(state), record)
    if (step.verdict !== undefined) verdicts.push(step.verdict)
    state = step.backtest
  }
  return { verdicts, report: reportOf(state) }
}

describe('a plan over its own recording', () => {
  test('B1: gives every verdict that was recorded, to the bit', () => {
    expect(stepThrough(broken).verdicts).toEqual(verdictsOf(broken))
  })

  test('B1: a model that knows no more than the recording says gives the same bits', () => {
    const derived = evidenceContext(plan, modelOfRecording(recordingOf(plan, model)))
    expect(backtest(derived, broken)).toEqual(backtest(context, broken))
  })

  test('B2: step by step, in one go, or through JSON between two records: the same report', () => {
    const { report } = backtest(context, broken)
    expect(stepThrough(broken).report).toEqual(report)
    const stored = stepThrough(broken, (state) => ({
      ...state,
      ...JSON.parse(JSON.stringify({ ...state, context: 0 })),
      context,
    }))
    expect(stored.report).toEqual(report)
  })
})

describe('a release that breaks', () => {
  test('B3: has the moment, the evidence, what carried it and the orders lost until then', () => {
    const { report } = backtest(context, broken)
    const { stop } = report
    expect(stop).toMatchObject({ stage: 'at-50', verdict: { criterion: 'orders', kind: 'fail', where: 'critical' } })
    expect(stop?.at).toBeGreaterThan(simulationStart + 60_000)
    expect(stop?.harmBeganAt).toBeGreaterThan(simulationStart + 45_000)
    expect(stop?.verdict.stop?.evidence).toBeGreaterThanOrEqual(stop?.verdict.stop?.threshold ?? Infinity)
    expect(stop?.ordersLost?.mid).toBeGreaterThan(0)
    expect(report.ordersLost['purchase']?.mid).toBeGreaterThan(stop?.ordersLost?.mid ?? Infinity)
  })

  test('B3: a shadow would have stopped it at the same tick, and the gate still says what acts', () => {
    const shadows = criteria.map((each) => (each.id === 'orders' ? { ...each, shadow: true } : each))
    const shadowed = evidenceContext(
      simulatedPlan([simulatedStage(2_000, shadows), simulatedStage(5_000, shadows)]),
      model,
    )
    const { report } = backtest(shadowed, broken)
    expect(report.stop?.verdict).toMatchObject({ criterion: 'orders', shadow: true })
    expect(report.last?.kind).not.toBe('fail')
    expect(report.criteria.find(({ criterion }) => criterion === 'orders')).toMatchObject({ shadow: true })
  })
})

describe('a healthy release', () => {
  test('B4: passes once in each stage, and each of its criteria does', () => {
    const { report, changes } = backtest(context, healthy)
    expect(report.stop).toBeUndefined()
    expect(report.passes.map(({ stage }) => stage)).toEqual(['at-20', 'at-50'])
    for (const { passes } of report.criteria) expect(passes.map(({ stage }) => stage)).toEqual(['at-20', 'at-50'])
    expect(report.changes).toBe(changes.length)
    expect(report).toMatchObject({ ticks: 120, judged: 120, foreign: 0 })
  })

  test('B5: does not make the report grow with the length of the recording', () => {
    const longer = recordsOf(ramp, 400)
    expect(sizeOf(longer)).toBeLessThan(sizeOf(healthy) + 500)
  })
})

describe('another plan', () => {
  const recording = recordingOf(plan, model)

  test('one gate is judged in every recorded stage, with the recorded windows', () => {
    const gate = simulatedGate([{ ...completionCriterion, margin: 0.5, pathMargins: {} }])
    const own = planOfGate(recording, gate, { falseStopBudget: 0.01, falsePassBudget: 0.01 })
    const { report } = backtest(evidenceContext(own, modelOfRecording(recording)), healthy)
    expect(report.passes.map(({ stage }) => stage)).toEqual(['at-20', 'at-50'])
    expect(own.stages.map(({ window }) => window)).toEqual(plan.stages.map(({ window }) => window))
  })

  test('B6: finds its stages by id, in whatever order and number', () => {
    const other = simulatedPlan([simulatedStage(500, criteria), ...plan.stages])
    const adapt = recordsForPlan(recording, other)
    const [first] = healthy
    expect(first && adapt(first)).toMatchObject({ mark: { stage: 1 }, judged: 1 })
    const { report } = backtest(evidenceContext(other, model), healthy.map(adapt))
    expect(report.passes.map(({ stage }) => stage)).toEqual(['at-20', 'at-50'])
  })

  test('B6: refuses a recorded stage that it does not have', () => {
    const other = simulatedPlan([simulatedStage(2_000, criteria)])
    expect(() => recordsForPlan(recording, other)).toThrow(/has a stage at-50, the plan has at-20/)
  })
})

test('B7: a recording may begin in the middle of a release; a gap after that is refused', () => {
  const middle = broken.slice(50)
  expect(backtest(context, middle).report).toMatchObject({ ticks: 70, stop: { verdict: { criterion: 'orders' } } })
  expect(() => backtest(context, [...broken.slice(0, 3), ...middle])).toThrow(/evidence frame 51 came after 3/)
})
