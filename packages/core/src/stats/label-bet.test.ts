import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { logLabelRatio } from './label-bet.ts'

const ratio = fc.double({ min: 0.01, max: 50, noNaN: true })
const probability = fc.double({ min: 0.001, max: 0.999, noNaN: true })

test.prop([probability, ratio])(
  'one unit is bet on fairly: the ratio expects 1 under the sharp null, whatever the alternative',
  (share, alternative) => {
    const ofControl = Math.exp(logLabelRatio(share, { control: 1, candidate: 0 }, { alternative, nullRatio: 1 }))
    const ofCandidate = Math.exp(logLabelRatio(share, { control: 0, candidate: 1 }, { alternative, nullRatio: 1 }))
    expect((1 - share) * ofControl + share * ofCandidate).toBeCloseTo(1, 12)
  },
)

test.prop([probability, ratio, ratio])(
  'the ratio expects 1 when classes occur exactly as often as a tolerant null says',
  (share, alternative, nullRatio) => {
    const odds = (share * nullRatio) / (1 - share)
    const ofCandidate = odds / (1 + odds)
    const value = (candidate: number): number =>
      Math.exp(logLabelRatio(share, { control: 1 - candidate, candidate }, { alternative, nullRatio }))
    expect((1 - ofCandidate) * value(0) + ofCandidate * value(1)).toBeCloseTo(1, 10)
  },
)

test('all 4,096 assignments of 12 units of mixed classes expect exactly 1', () => {
  const share = 0.3
  const alternatives = [0.8, 1, 2.5, 0.8, 0.8, 7, 1, 0.8, 2.5, 0.03, 1.9, 0.8]
  let expectation = 0
  for (let labels = 0; labels < 4_096; labels++) {
    let log = 0
    alternatives.forEach((alternative, unit) => {
      const candidate = (labels >> unit) & 1
      const chance = candidate === 1 ? share : 1 - share
      const counts = { control: 1 - candidate, candidate }
      log += Math.log(chance) + logLabelRatio(share, counts, { alternative, nullRatio: 1 })
    })
    expectation += Math.exp(log)
  }
  expect(Math.abs(expectation - 1)).toBeLessThan(1e-12)
})

test.prop([fc.constantFrom(0, 1, -1, 2, Number.NaN), fc.nat(1_000), fc.nat(1_000)])(
  'G8: a share that leaves nothing to guess gives no evidence',
  (share, control, candidate) => {
    expect(logLabelRatio(share, { control, candidate }, { alternative: 3, nullRatio: 1 })).toBe(0)
  },
)
