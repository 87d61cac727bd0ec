import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { HeadgateError } from '../model/errors.ts'
import type { ReleasePlan } from '../model/release-plan.ts'
import { falseHoldShares, falseStopShares } from './budget.ts'
import { evidenceContext, stageCriteria } from './context.ts'
import type { Criterion } from './criterion.ts'
import { openEvidence } from './observe.ts'
import { completionCriterion, simulatedModel, simulatedPlan, simulatedStage } from './simulation.test-support.ts'
import { subjectsOf } from './subjects.ts'

const weight = fc.option(fc.double({ min: 0, max: 10, noNaN: true }), { nil: undefined })
const anyCriterion: fc.Arbitrary<Criterion> = fc
  .tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('completion', 'errors', 'latency', 'split', 'metric'), weight)
  .map(([name, signal, own]): Criterion => {
    const base = { id: `${signal}-${name}`, ...(own === undefined ? {} : { weight: own }) }
    switch (signal) {
      case 'completion':
        return { ...completionCriterion, ...base }
      case 'errors':
        return { ...base, signal, routes: [], margin: 0.01, minUnits: 1 }
      case 'latency':
        return { ...base, signal, routes: ['product'], tolerance: name === 'a' ? 0.1 : 0.3, minUnits: 1 }
      case 'split':
        return { ...base, signal }
      case 'metric':
        return { ...base, signal, source: 's', query: 'q', max: 1, freshnessMs: 1, consecutive: 1 }
    }
  })
const gates = fc.array(fc.array(anyCriterion, { maxLength: 8 }), { minLength: 1, maxLength: 4 })

describe('the false-stop budget', () => {
  test.prop([gates])(
    'G1: all stop tests of a release together spend at most its budget, and so do its split tests',
    (stages) => {
      const plan = simulatedPlan(stages.map((criteria, index) => simulatedStage(1_000 * (index + 1), criteria)))
      const context = evidenceContext(plan, simulatedModel())
      const state = openEvidence(context)
      const spent = { stops: 0, holds: 0 }
      for (const { id, signal, threshold } of Object.values(context.criteria)) {
        // Every e-process that any stage lets the criterion look at stops with probability of at most part / threshold.
        const looks = new Map<unknown, number>()
        for (const criterion of stages.flat().filter((each) => each.id === id)) {
          for (const { part, bets } of subjectsOf(context, state, criterion)) looks.set(bets, part)
        }
        for (const part of looks.values()) {
          spent[signal === 'split' ? 'holds' : 'stops'] += threshold === undefined ? 0 : part / threshold
        }
      }
      expect(spent.stops).toBeLessThanOrEqual(plan.falseStopBudget * (1 + 1e-9))
      expect(spent.holds).toBeLessThanOrEqual(plan.falseStopBudget * (1 + 1e-9))
    },
  )

  test('G1: weights default by signal, and are renormalised over those in use', () => {
    const errors: Criterion = { id: 'errors', signal: 'errors', routes: [], margin: 0.01, minUnits: 1 }
    expect(falseStopShares([completionCriterion, errors]).get('orders')).toBeCloseTo(0.8 / 0.88)
    expect(falseStopShares([completionCriterion]).get('orders')).toBe(1)
    const second = { ...completionCriterion, id: 'more', weight: 3 }
    expect(falseStopShares([completionCriterion, second, completionCriterion]).get('more')).toBeCloseTo(0.75)
  })

  test('G1: a biased split can only hold, so it takes nothing of the false stops and has a level of its own', () => {
    const split: Criterion = { id: 'split', signal: 'split' }
    const shares = falseStopShares([completionCriterion, split])
    expect([shares.get('orders'), shares.get('split')]).toEqual([1, 0])
    expect(falseHoldShares([completionCriterion, split]).get('split')).toBe(1)
    const plan = simulatedPlan([simulatedStage(5_000, [completionCriterion, split])])
    const { orders, split: held } = evidenceContext(plan, simulatedModel()).criteria
    expect([orders?.threshold, held?.threshold]).toEqual([100, 100])
  })

  test('G19: shadows take nothing of the budget: those that act are judged as if there were none', () => {
    const acting: Criterion[] = [
      completionCriterion,
      { id: 'errors', signal: 'errors', routes: [], margin: 0.01, minUnits: 1 },
    ]
    const shadow: Criterion = { ...completionCriterion, id: 'tried', shadow: true }
    const shares = falseStopShares([...acting, shadow, { ...shadow, id: 'another' }])
    for (const { id } of acting) expect(shares.get(id)).toBe(falseStopShares(acting).get(id))
    expect(shares.get('tried')).toBe(falseStopShares([...acting, { ...shadow, shadow: false }]).get('tried'))
    expect(falseStopShares([shadow, { ...shadow, shadow: false }]).get('tried')).toBe(1)
  })

  test('G1: a metric takes nothing, and weights of 0 leave no stop test', () => {
    const metric = { id: 'm', signal: 'metric', source: 's', query: 'q', freshnessMs: 1, consecutive: 1 } as const
    expect(falseStopShares([metric]).get('m')).toBe(0)
    expect(falseStopShares([{ ...completionCriterion, weight: 0 }]).get('orders')).toBe(0)
  })
})

function planWith(criterion: Criterion): ReleasePlan {
  return simulatedPlan([simulatedStage(5_000, [criterion])])
}

function slotMs(horizonMs: number): number | undefined {
  return evidenceContext(planWith(completionCriterion), simulatedModel(undefined, horizonMs)).flows[0]?.slotMs
}

describe('the context', () => {
  test('a flow, path or route class that the model does not have is refused', () => {
    for (const criterion of [
      { ...completionCriterion, flow: 'returns' },
      { ...completionCriterion, pathMargins: { crypto: 0.2 } },
      { id: 'errors', signal: 'errors', routes: ['landing'], margin: 0.01, minUnits: 1 } as const,
    ]) {
      expect(() => evidenceContext(planWith(criterion), simulatedModel())).toThrow(HeadgateError)
    }
  })

  test('one id cannot stand for two signals', () => {
    const plan = simulatedPlan([
      simulatedStage(1_000, [completionCriterion]),
      simulatedStage(5_000, [{ id: 'orders', signal: 'split' }]),
    ])
    expect(() => evidenceContext(plan, simulatedModel())).toThrow(/two signals/)
  })

  test('a long horizon gets wider slots, so that their number stays the same', () => {
    expect(slotMs(20_000)).toBe(1_000)
    expect(slotMs(1_800_000)).toBe(30_000)
  })

  test('a stage is judged by its exit and the next entry, each criterion once', () => {
    const entry = { ...simulatedStage(0, [completionCriterion, { id: 'split', signal: 'split' }]).exit, id: 'entry' }
    const plan = simulatedPlan([simulatedStage(1_000, [completionCriterion]), { ...simulatedStage(5_000, []), entry }])
    expect(stageCriteria(plan, 0).map(({ id }) => id)).toEqual(['orders', 'split'])
    expect(stageCriteria(plan, 1)).toEqual([])
    expect(stageCriteria(plan, 7)).toEqual([])
  })
})
