import { describe, expect, test } from 'vitest'
import { randomOf } from '../simulator/random.ts'
import { classify, kayentaQuantile } from './kayenta.ts'
import { rankScore, shiftInterval } from './mann-whitney.ts'

/**
 * The series of Kayenta's own tests (spinnaker/kayenta @39c1d8a, kayenta-judge/src/test/.../ClassifierSuite.scala, Apache-2.0), to four
 * decimals: two samples around 10, and two around 20.
 */
const aroundTen = [
  9.7767, 10.5871, 7.8376, 9.3243, 8.3775, 8.9359, 8.2708, 9.7484, 11.6237, 9.2753, 8.1538, 10.562, 13.4981, 11.0544,
  6.9539, 12.521, 9.0216, 4.9235, 11.2514, 11.5984, 8.4352, 11.1102, 10.7006, 8.9213, 10.0862, 11.4211, 9.3792, 7.798,
  10.6234, 11.9096,
]
const alsoAroundTen = [
  11.1454, 9.9618, 7.0686, 7.3013, 9.7945, 9.6038, 6.1868, 12.3456, 10.3719, 8.6094, 9.9132, 10.3614, 14.2068, 10.9462,
  10.2159, 11.7398, 10.9076, 12.8234, 8.1019, 8.4982, 12.1134, 13.2722, 10.1146, 6.9464, 6.2105, 10.1604, 8.3458,
  8.3838, 7.002, 10.7558,
]
const aroundTwenty = [
  20.8784, 21.7855, 19.7083, 15.8599, 19.5101, 19.392, 22.9265, 17.1565, 18.6551, 23.4226, 24.0558, 22.6269, 21.9795,
  21.6593, 20.0677, 22.1196, 16.4404, 21.5596, 21.0002, 17.7794, 17.806, 18.5372, 20.5556, 19.5529, 21.7711, 21.8096,
  20.9618, 20.9776, 19.1063, 16.9769,
]
const alsoAroundTwenty = [
  20.7581, 22.8021, 20.6123, 20.9733, 23.4692, 21.5313, 21.7674, 18.3081, 19.0621, 25.8795, 18.9826, 19.3879, 18.9954,
  24.2284, 20.051, 18.234, 17.8705, 23.0581, 18.4003, 16.9714, 19.4675, 17.9047, 17.5539, 16.1046, 24.3817, 15.9193,
  20.4794, 19.0831, 17.4558, 18.8539,
]

describe('Kayenta’s Mann-Whitney classifier on its own test cases', () => {
  test.each([
    { what: 'equal series pass', canary: aroundTen, baseline: alsoAroundTen, high: false, low: false },
    { what: 'a doubled series is High', canary: aroundTwenty, baseline: alsoAroundTen, high: true, low: false },
    { what: 'a halved series is Low', canary: aroundTen, baseline: alsoAroundTwenty, high: false, low: true },
  ])('$what', ({ canary, baseline, high, low }) => {
    expect(classify({ canary, baseline }, 1) >= 0).toBe(high)
    expect(classify({ canary, baseline }, -1) >= 0).toBe(low)
  })

  test('the estimate is the median of all differences (Hodges, Lehmann)', () => {
    const differences = aroundTwenty.flatMap((x) => alsoAroundTen.map((y) => x - y)).toSorted((a, b) => a - b)
    const median = ((differences[449] ?? 0) + (differences[450] ?? 0)) / 2
    const found = shiftInterval(aroundTwenty, alsoAroundTen, kayentaQuantile)
    expect(found?.estimate).toBeCloseTo(median, 1)
    expect(found?.low).toBeLessThan(median)
    expect(found?.high).toBeGreaterThan(median)
  })
})

describe('the rank score', () => {
  test('crosses 1.96 where the published table of critical values puts U for 10 and 10 observations: 23', () => {
    // U of x among y is the number of pairs with x above y; the table (two-sided 5 %) calls U <= 23 significant.
    const y = Float64Array.from({ length: 10 }, (_, index) => index)
    const scoreOf = (u: number): number => rankScore(sampleWithU(u), y, 0)
    expect(Math.abs(scoreOf(23))).toBeGreaterThan(1.96)
    expect(Math.abs(scoreOf(24))).toBeLessThan(1.96)
  })

  test('sees no shift where nearly all observations are equal', () => {
    expect(classify({ canary: mostlyZero(3), baseline: mostlyZero(2) }, 1)).toBe(-Infinity)
    expect(shiftInterval([1, 1], [1, 1], kayentaQuantile)).toBeUndefined()
  })

  test('covers the true shift as often as it says', () => {
    const random = randomOf(1, 'coverage')
    let covered = 0
    for (let run = 0; run < 200; run++) {
      const sample = (shift: number): number[] => Array.from({ length: 40 }, () => random.gaussian() + shift)
      const found = shiftInterval(sample(1), sample(0), kayentaQuantile)
      if (found !== undefined && found.low <= 1 && found.high >= 1) covered++
    }
    expect(covered).toBeGreaterThanOrEqual(189)
  })
})

/** Ten values of which `u` pairs lie above 0..9, without ties. */
function sampleWithU(u: number): Float64Array {
  let left = u
  const values = Array.from({ length: 10 }, (_, index) => {
    const above = Math.min(10, left)
    left -= above
    return above - 0.5 + index / 1_000
  })
  return Float64Array.from(values).sort()
}

function mostlyZero(ones: number): number[] {
  return Array.from({ length: 60 }, (_, index) => (index < ones ? 0.1 : 0))
}
