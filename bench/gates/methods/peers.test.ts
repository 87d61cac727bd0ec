import { describe, expect, test } from 'vitest'
import { argoSuccessRate } from './argo-rollouts.ts'
import { halfWidth, surprise } from './confidence-sequence.ts'
import { flaggerThreshold } from './flagger.ts'
import { WorstValues } from './worst-values.ts'
import { zOf } from './z-test.ts'
import { documentedEntries, peers, tunedEntry } from '../entries.ts'
import { clopperPearson } from '../clopper-pearson.ts'
import { randomOf } from '../simulator/random.ts'

describe('the asymptotic confidence sequence', () => {
  test('has the half-width of equation 9 of arXiv:2103.06476, as gbstats computes it', () => {
    // rho^2 = (-2 ln 0.05 + ln(1 - 2 ln 0.05)) / 5000 = (5.99146 + 1.94470) / 5000 = 0.00158723
    const rho2 = 0.00158723
    const grown = 1_000 * rho2 + 1
    const expected = Math.sqrt((2 * grown * Math.log(Math.sqrt(grown) / 0.05)) / (1_000 ** 2 * rho2))
    expect(halfWidth({ variance: 1, units: 1_000 }, 0.05)).toBeCloseTo(expected, 5)
  })

  test('is surprised to exactly the level at which the difference leaves the interval', () => {
    const spread = { variance: 0.24, units: 4_000 }
    const size = halfWidth(spread, 0.003)
    expect(Math.exp(-surprise(size, spread))).toBeCloseTo(0.003, 4)
    expect(surprise(-size, spread)).toBe(0)
  })

  test('of 400 walks without drift, looked at all the time, at most 5 % leave it', () => {
    const random = randomOf(5, 'walks')
    let left = 0
    for (let walk = 0; walk < 400; walk++) {
      let sum = 0
      for (let units = 1; units <= 3_000; units++) {
        sum += random.gaussian()
        if (units < 30 || Math.abs(sum / units) <= halfWidth({ variance: 1, units }, 0.05)) continue
        left++
        break
      }
    }
    expect(left).toBeLessThanOrEqual(20)
  })
})

describe('peers’ rules', () => {
  test('the tenth worst check decides for Flagger, the fourth for Argo Rollouts', () => {
    const worst = new WorstValues(4)
    for (const rate of [0.9, 0.99, 0.93, 0.94]) worst.add(-rate)
    expect(worst.last).toBeLessThan(argoSuccessRate)
    worst.add(-0.91)
    expect(worst.last).toBeGreaterThanOrEqual(argoSuccessRate)
    expect(documentedEntries.find(({ id }) => id === 'flagger:documented')?.thresholds[0]).toBe(flaggerThreshold)
  })

  test('z is that of the pooled two-proportion test, and silent below five expected events', () => {
    // 60 of 100 against 45 of 100: pooled 0.525, spread 0.07062, z = 0.15 / 0.07062
    expect(zOf({ controlHits: 60, controlUnits: 100, candidateHits: 45, candidateUnits: 100 })).toBeCloseTo(2.124, 3)
    expect(zOf({ controlHits: 60, controlUnits: 100, candidateHits: 0, candidateUnits: 8 })).toBeUndefined()
  })

  test('tuned thresholds stop no more of the tuning days than they may', () => {
    const random = randomOf(3, 'peaks')
    for (const peer of peers) {
      const rules = peer.documented.length
      const days = Array.from({ length: 200 }, () => Array.from({ length: rules }, () => random.gaussian()))
      for (const level of [0.01, 0.05]) {
        const { thresholds } = tunedEntry(peer, days, level)
        const stopped = days.filter((day) => day.some((peak, rule) => peak >= (thresholds[rule] ?? Infinity)))
        expect(stopped.length).toBeLessThanOrEqual(200 * level)
      }
    }
  })
})

describe('the Clopper-Pearson interval', () => {
  test.each([
    { hits: 0, runs: 10, low: 0, high: 0.3085 },
    { hits: 5, runs: 10, low: 0.1871, high: 0.8129 },
    { hits: 1, runs: 100, low: 0.0003, high: 0.0545 },
    { hits: 10, runs: 10, low: 0.6915, high: 1 },
  ])('of $hits in $runs is the published one', ({ hits, runs, low, high }) => {
    const found = clopperPearson(hits, runs)
    expect(found.low).toBeCloseTo(low, 4)
    expect(found.high).toBeCloseTo(high, 4)
  })
})
