import { describe, expect, test } from 'vitest'
import { arrivalQuantile, arrivedBy } from './first-passage.ts'
import { logNormalBelow, normalBelow } from './normal.ts'
import { comeBy, delayOf, delayWithin, p95Of, resolvedSpanMs } from './outcome-delay.ts'

describe('the normal law', () => {
  test.each([
    [0, 0.5],
    [1.959963984540054, 0.975],
    [-1.2815515655446004, 0.1],
    [3, 0.9986501019683699],
    [-8, 6.220960574271786e-16],
  ])('is below %f with the tabulated probability', (z, probability) => {
    expect(normalBelow(z) / probability).toBeCloseTo(1, 7)
  })

  test('its logarithm goes on where the probability itself is 0', () => {
    expect(logNormalBelow(-10)).toBeCloseTo(Math.log(7.619853024160527e-24), 8)
    expect(logNormalBelow(-29.9) - logNormalBelow(-30.1)).toBeCloseTo(6, 1)
    expect(logNormalBelow(-60)).toBeLessThan(-1_800)
  })
})

describe('the first passage', () => {
  // Values of the inverse Gaussian's distribution function, mean 1 and shape 1 (variance 1), and shape 4.
  test.each([
    [{ mean: 1, variance: 1 }, 1, 0.6681020012],
    [{ mean: 1, variance: 1 }, 2, 0.8854754259],
    [{ mean: 1, variance: 0.25 }, 1, 0.5944106413],
  ])('of %o by %f', (passage, time, probability) => {
    expect(arrivedBy(passage, time)).toBeCloseTo(probability, 4)
  })

  test('a quantile is where the probability is reached, also when it hardly spreads', () => {
    for (const variance of [1e-6, 0.01, 1, 400]) {
      const passage = { mean: 7, variance }
      expect(arrivedBy(passage, arrivalQuantile(passage, 0.95))).toBeCloseTo(0.95, 6)
    }
    expect(arrivalQuantile({ mean: 7, variance: 0 }, 0.95)).toBeCloseTo(7, 6)
  })
})

describe('the delay of outcomes', () => {
  test('98 of 100 are done by the horizon where nothing else is known', () => {
    expect(comeBy(delayWithin(900_000), 900_000)).toBeCloseTo(0.98, 6)
  })

  test('has the percentiles it was given', () => {
    const delay = delayOf(150_000, 560_000)
    expect(comeBy(delay, 150_000)).toBeCloseTo(0.5, 9)
    expect(p95Of(delay)).toBeCloseTo(560_000, 3)
  })

  test('what is resolved by then is the sum over all starts before', () => {
    const delay = delayOf(4_000, 9_000)
    let sum = 0
    for (let age = 0.5; age < 30_000; age++) sum += comeBy(delay, age)
    expect(resolvedSpanMs(delay, 30_000)).toBeCloseTo(sum, -1)
    expect(resolvedSpanMs(delay, 0)).toBe(0)
  })
})
