import { describe, expect, test } from 'vitest'
import { randomNumbers } from '../gate/simulation.test-support.ts'
import { logMeanLossEvidence, meanDifference } from './mean-evidence.ts'

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/** Highest evidence over 60 looks at two arms whose means differ by `loss`; each look brings 500 units to each, mean 1, sd 3. */
function highest(seed: number, loss: number): number {
  const random = randomNumbers(seed)
  let units = 0
  let total = 0
  let best = -Infinity
  for (let look = 0; look < 60; look += 1) {
    units += 500
    total += -loss * 500 + gaussian(random) * Math.sqrt(500 * 18)
    const error = Math.sqrt(18 / units)
    best = Math.max(best, logMeanLossEvidence({ difference: total / units, error }, 1))
  }
  return best
}

/** Of 100 series (seeds 1 to 100). */
function found(loss: number): number {
  return Array.from({ length: 100 }, (_, seed) => highest(seed + 1, loss)).filter((log) => log >= Math.log(20)).length
}

describe('evidence of a loss from means and variances', () => {
  test('crosses 20 : 1 in at most 5 % of 1,000 series without a loss, over 60 looks (seeds 1 to 1000)', () => {
    const crossed = Array.from({ length: 1_000 }, (_, seed) => highest(seed + 1, 0)).filter(
      (log) => log >= Math.log(20),
    )
    expect(crossed.length).toBeLessThanOrEqual(50)
  })

  test('finds a loss of a quarter in most of 100 series (seeds 1 to 100), and never a gain', () => {
    expect(found(0.25)).toBeGreaterThan(95)
    expect(found(-0.25)).toBeLessThanOrEqual(5)
  })

  test('grows with the loss at the same error', () => {
    const logs = [-5, -1, 0, 1, 2, 5, 40].map((z) => logMeanLossEvidence({ difference: -z * 0.01, error: 0.01 }, 1))
    expect(logs).toEqual(logs.toSorted((a, b) => a - b))
  })

  test('integrates the likelihood ratio over the half-normal law that its formula says', () => {
    const [error, z] = [0.01, 2.5]
    const byHand = [0.005, 0.02, 0.08, 0.3].map((scale) => {
      const steps = 200_000
      const width = (8 * scale) / steps
      let sum = 0
      for (let step = 0; step < steps; step += 1) {
        const size = (step + 0.5) * width
        const density = (2 / (scale * Math.sqrt(2 * Math.PI))) * Math.exp(-(size * size) / (2 * scale * scale))
        sum += density * Math.exp((size * z) / error - (size * size) / (2 * error * error)) * width
      }
      return sum
    })
    const expected = Math.log(byHand.reduce((sum, part) => sum + part, 0) / 4)
    expect(logMeanLossEvidence({ difference: -z * error, error }, 1)).toBeCloseTo(expected, 5)
  })

  test('thin or malformed arms and scales say nothing', () => {
    const arm = { units: 100, mean: 1, variance: 1 }
    expect(meanDifference(arm, { ...arm, units: 1 })).toBeUndefined()
    expect(meanDifference(arm, { ...arm, mean: Number.NaN })).toBeUndefined()
    expect(meanDifference({ ...arm, variance: 0 }, { ...arm, variance: 0 })).toBeUndefined()
    expect(logMeanLossEvidence({ difference: 1, error: 1 }, 0)).toBe(0)
    expect(logMeanLossEvidence({ difference: 1e9, error: 1e-9 }, 1)).toBeLessThan(0)
  })
})
