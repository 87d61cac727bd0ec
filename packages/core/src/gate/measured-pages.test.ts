import { test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { evidenceContext } from './context.ts'
import type { Criterion } from './criterion.ts'
import { enterStage, observe, openEvidence } from './observe.ts'
import {
  completionCriterion,
  errorsCriterion,
  labSimulation,
  latencyCriterion,
  simulate,
  simulatedModel,
  simulatedPlan,
  simulatedStage,
  simulationStart,
  splitCriterion,
  type Simulation,
} from './simulation.test-support.ts'

/**
 * How soon loud failures of pages act with the whole set of criteria sharing the budget: 200 visitors a minute over two route classes, 5 %
 * exposed, so one candidate visitor in six seconds. Monte Carlo with fixed seeds; bounds leave room for other seeds.
 */
const [errors, latency, split] = [errorsCriterion, latencyCriterion, splitCriterion]
const criteria: readonly Criterion[] = [completionCriterion, errors, latency, split]
const healthy = { perMinute: 200, errorShare: 0.003, candidateErrorShare: 0.003, slowDown: 1 }

/** Candidate visitors until the criterion stops, per seed. */
function stopsOf(criterion: string, pages: NonNullable<Simulation['pages']>): number[] {
  return Array.from({ length: 40 }, (_, seed) => visitorsUntilStop(seed + 1, criterion, pages))
}

function visitorsUntilStop(seed: number, criterion: string, pages: NonNullable<Simulation['pages']>): number {
  const plan = simulatedPlan([simulatedStage(500, criteria)])
  const context = evidenceContext(plan, simulatedModel())
  let state = enterStage(context, openEvidence(context), 0, simulationStart)
  let visitors = 0
  for (const frame of simulate({ ...labSimulation, startsPerMinute: 60, shareAt: () => 500, pages, seed })) {
    state = observe(context, state, frame)
    for (const cell of frame.cells) if (cell.kind === 'visit' && cell.arm === 'candidate') visitors += cell.count
    if (state.criteria[criterion]?.stopped !== undefined) return visitors
    if (frame.seq > 900) return Infinity
  }
  throw new Error('a simulation never ends')
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

describe('loud failures of pages act on the first visitors that meet them', { timeout: 60_000 }, () => {
  test.each([
    { share: 1, typical: 6, worst: 14 },
    { share: 0.5, typical: 13, worst: 40 },
  ])('an error for $share of the visitors stops after about $typical of them', ({ share, typical, worst }) => {
    const found = stopsOf('errors', { ...healthy, candidateErrorShare: share })
    expect(median(found)).toBeLessThanOrEqual(typical)
    expect(Math.max(...found)).toBeLessThanOrEqual(worst)
  })

  test('four times the latency stops after about 30 visitors, of whom the first dozen pass while the reference is learnt', () => {
    const found = stopsOf('latency', { ...healthy, slowDown: 4 })
    expect(median(found)).toBeLessThanOrEqual(30)
    expect(Math.max(...found)).toBeLessThanOrEqual(70)
  })
})
