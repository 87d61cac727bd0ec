import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { logDrawRatios } from './draw-bet.ts'
import { delayBinOf, delayedUntil, noDelays } from './delay-law.ts'
import { openOdds } from './cohort-bets.ts'

function choose(n: number, k: number): number {
  let product = 1
  for (let index = 1; index <= k; index++) product *= (n - k + index) / index
  return product
}

/** Null probability of `k` of the candidate's among `units` drawn. */
function hypergeometric(control: number, candidate: number, units: number, k: number): number {
  return (choose(candidate, k) * choose(control, units - k)) / choose(control + candidate, units)
}

const members = fc.integer({ min: 1, max: 30 })
const odds = fc.array(fc.double({ min: -4, max: 5, noNaN: true }), { minLength: 1, maxLength: 4 })

test.prop([members, members, fc.integer({ min: 1, max: 60 }), odds])(
  'G13: a draw of any size expects exactly 1 for every alternative',
  (control, candidate, drawn, logOdds) => {
    const units = Math.min(drawn, control + candidate)
    const sums = logOdds.map(() => 0)
    for (let k = Math.max(0, units - control); k <= Math.min(units, candidate); k++) {
      const ratios = logDrawRatios({ control, candidate }, { control: units - k, candidate: k }, logOdds)
      ratios.forEach((ratio, index) => {
        sums[index] = (sums[index] ?? 0) + hypergeometric(control, candidate, units, k) * Math.exp(ratio)
      })
    }
    for (const expectation of sums) expect(expectation).toBeCloseTo(1, 9)
  },
)

test('a draw of one is the odds of the candidate among those at risk', () => {
  const [ratio = 0] = logDrawRatios({ control: 15, candidate: 5 }, { control: 0, candidate: 1 }, [Math.log(3)])
  expect(Math.exp(ratio)).toBeCloseTo(3 / (0.75 + 0.25 * 3), 12)
})

/** Exact conditional test of a 2 x 2 table: at odds of 1 the ratio is 1; at odds theta it is the noncentral law over the central one. */
test('a draw of several follows the noncentral hypergeometric law of Fisher', () => {
  const [none = 1, tripled = 0] = logDrawRatios({ control: 4, candidate: 4 }, { control: 1, candidate: 3 }, [
    0,
    Math.log(3),
  ])
  expect(none).toBeCloseTo(0, 12)
  // Weights of k = 0..4 of 4 drawn from 4 + 4: 1, 16, 36, 16, 1 (the tea tasting table).
  const central = 1 + 16 + 36 + 16 + 1
  const tilted = 1 + 16 * 3 + 36 * 9 + 16 * 27 + 81
  expect(Math.exp(tripled)).toBeCloseTo((27 * central) / tilted, 12)
})

test.each([
  { what: 'more candidates than there are', drawn: { control: 0, candidate: 3 } },
  { what: 'more controls than there are', drawn: { control: 5, candidate: 1 } },
  { what: 'nobody', drawn: { control: 0, candidate: 0 } },
])('G3: $what is no evidence', ({ drawn }) => {
  expect(logDrawRatios({ control: 4, candidate: 2 }, drawn, [2])).toEqual([0])
})

test('G3: large draws from large cohorts stay finite', () => {
  const ratios = logDrawRatios({ control: 4_000, candidate: 4_000 }, { control: 10, candidate: 3_900 }, [-3, 3])
  expect(ratios.every((ratio) => Number.isFinite(ratio))).toBe(true)
  expect(ratios[0]).toBeLessThan(0)
  expect(ratios[1]).toBeGreaterThan(0)
})

test.prop([
  fc.array(fc.nat(50), { minLength: 24, maxLength: 24 }),
  fc.double({ min: 0, max: 1.2, noNaN: true }),
  fc.double({ min: 0, max: 0.5, noNaN: true }),
])('delays: what has come by an age only grows, from nothing to all by the horizon', (counts, age, more) => {
  const before = delayedUntil(counts, age)
  expect(before).toBeGreaterThanOrEqual(0)
  expect(delayedUntil(counts, age + more)).toBeGreaterThanOrEqual(before)
  expect(delayedUntil(counts, 1)).toBe(1)
})

test('G10: a draw of more than any cohort has is passed over, so that a broken counter cannot keep the judge busy', () => {
  const drawn = { control: 4e15, candidate: 4e15 }
  expect(logDrawRatios({ control: 9e15, candidate: 9e15 }, drawn, [-0.1, -3])).toEqual([0, 0])
})

test('delays: many events outweigh what was believed before', () => {
  const quick = noDelays.with(delayBinOf(0.01), 10_000)
  expect(delayedUntil(noDelays, 0.02)).toBeLessThan(0.05)
  expect(delayedUntil(quick, 0.02)).toBeGreaterThan(0.95)
})

test.prop([fc.double({ min: 0, max: 1, noNaN: true })])(
  "silent harm: the longer a journey is open the likelier it is the candidate's, and the more so the larger the harm",
  (age) => {
    const { open, completes } = openOdds([0.62, 0.006, 0.374], noDelays, age)
    open.forEach((logOdds, index) => {
      expect(logOdds).toBeGreaterThanOrEqual(open[index - 1] ?? 0)
      expect(completes[index]).toBeLessThan(0)
    })
  },
)
