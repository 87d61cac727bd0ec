import { describe, expect, test } from 'vitest'
import { evidenceContext } from '../context.ts'
import { completionCriterion, randomNumbers, simulatedGate } from '../simulation.test-support.ts'
import { backtest } from './backtest.ts'
import { amountTimeline, finalEffect, isBinary, journeysOfCheckpoints, type Checkpoint } from './checkpoints.ts'
import { modelOfRecording, planOfGate } from './recording.ts'

const coin = (units: number, mean: number): Checkpoint['control'] => ({ units, mean, variance: mean * (1 - mean) })

function checkpoint(days: number, control: Checkpoint['control'], candidate: Checkpoint['control']): Checkpoint {
  return { experiment: 'e', variant: '1', metric: '1', days, control, candidate }
}

/** Sixty checkpoints of a binary metric whose candidate converts `loss` less; some 2,000 units an arm come in each. */
function experiment(seed: number, loss: number): readonly Checkpoint[] {
  const random = randomNumbers(seed)
  const sums = { control: [0, 0], candidate: [0, 0] }
  return Array.from({ length: 60 }, (_, index) => {
    for (let unit = 0; unit < 4_000; unit += 1) {
      const arm = random() < 0.5 ? 'control' : 'candidate'
      const rate = arm === 'control' ? 0.2 : 0.2 * (1 - loss)
      const sum = sums[arm]
      sums[arm] = [(sum[0] ?? 0) + 1, (sum[1] ?? 0) + (random() < rate ? 1 : 0)]
    }
    const [control, candidate] = [sums.control, sums.candidate].map(([units = 0, hits = 0]) =>
      coin(units, hits / units),
    )
    return checkpoint(1 + index / 2, control ?? coin(0, 0), candidate ?? coin(0, 0))
  })
}

function reportOn(checkpoints: readonly Checkpoint[]) {
  const { recording, records } = journeysOfCheckpoints(checkpoints)
  const criterion = { ...completionCriterion, flow: 'conversion', pathMargins: {} }
  const plan = planOfGate(recording, simulatedGate([criterion]), { falseStopBudget: 0.01, falsePassBudget: 0.05 })
  return backtest(evidenceContext(plan, modelOfRecording(recording)), records).report
}

/** How many of the experiments of seeds 1 to `seeds` stop. */
function stopped(loss: number, seeds: number): number {
  const reports = Array.from({ length: seeds }, (_, seed) => reportOn(experiment(seed + 1, loss)))
  return reports.filter(({ stop }) => stop !== undefined).length
}

/** Twenty checkpoints of an amount of 10 on average whose candidate brings `loss` less. */
function series(loss: number): readonly Checkpoint[] {
  return Array.from({ length: 20 }, (_, index) => {
    const units = 10_000 * (index + 1)
    return checkpoint(index + 1, { units, mean: 10, variance: 900 }, { units, mean: 10 * (1 - loss), variance: 900 })
  })
}

describe('a binary metric of an experiment', () => {
  test('becomes journeys whose loss stops a gate: all of 5 experiments at -10 % (seeds 1 to 5), none of 20 at 0 (seeds 1 to 20)', () => {
    expect(stopped(0.1, 5)).toBe(5)
    expect(stopped(0, 20)).toBe(0)
  })

  test('is told by its variance', () => {
    expect(isBinary(experiment(1, 0))).toBe(true)
    expect(isBinary([checkpoint(1, { units: 10, mean: 0.4, variance: 0.9 }, coin(10, 0.4))])).toBe(false)
  })

  test('leaves increments out that are no cohort: counts that fall, more conversions than units, a biased split', () => {
    const first = checkpoint(1, coin(10_000, 0.2), coin(10_000, 0.2))
    const fallen = checkpoint(1.5, coin(9_000, 0.2), coin(11_000, 0.2))
    const late = checkpoint(1.5, coin(10_010, 0.3), coin(10_010, 0.3))
    const biased = checkpoint(1.5, coin(15_000, 0.2), coin(11_000, 0.2))
    const after = checkpoint(2, coin(20_000, 0.2), coin(20_000, 0.2))
    for (const odd of [fallen, late, biased]) {
      const { leftOut, records } = journeysOfCheckpoints([first, odd, after])
      expect(leftOut).toBeGreaterThan(0)
      expect(records[1]?.frame.cells).toEqual([])
    }
    expect(journeysOfCheckpoints([first, after]).leftOut).toBe(0)
  })

  test('takes its checkpoints in order of time', () => {
    const ordered = experiment(3, 0)
    expect(journeysOfCheckpoints(ordered.toReversed())).toEqual(journeysOfCheckpoints(ordered))
  })
})

describe('an amount of an experiment', () => {
  test('stops at the first checkpoint whose evidence reaches the threshold', () => {
    const { stop, threshold } = amountTimeline(series(0.05), 300)
    expect(stop?.evidence).toBeGreaterThanOrEqual(threshold)
    expect(stop?.days).toBeGreaterThan(1)
    expect(amountTimeline(series(0), 300).stop).toBeUndefined()
    expect(amountTimeline(series(-0.05), 300).stop).toBeUndefined()
  })

  test('skips checkpoints without a variance and counts them', () => {
    const holes = series(0.05).map((each, index) =>
      index < 3 ? { ...each, control: { ...each.control, variance: Number.NaN } } : each,
    )
    expect(amountTimeline(holes, 300)).toMatchObject({ unusable: 3, stop: { days: expect.any(Number) } })
  })

  test('ends with its relative effect and how sure it is', () => {
    expect(finalEffect(series(0.05))).toMatchObject({ days: 20, relative: expect.closeTo(-0.05, 10) })
    expect(finalEffect(series(0.05))?.z).toBeLessThan(-5)
    expect(finalEffect([])).toBeUndefined()
  })
})
