import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { deriveSeed, nextArrivalMs, pickWeighted, seededRandom } from './random.ts'

test.prop([fc.integer()])('the same seed draws the same numbers, all in [0, 1)', (seed) => {
  const first = seededRandom(seed)
  const second = seededRandom(seed)
  for (let draw = 0; draw < 50; draw += 1) {
    const value = first()
    expect(value).toBe(second())
    expect(value >= 0 && value < 1).toBe(true)
  }
})

test('visitors of one run, and equal visitors of two runs, have seeds of their own', () => {
  const seeds = [1, 2, 3].flatMap((run) => Array.from({ length: 1_000 }, (_, visitor) => deriveSeed(run, visitor)))
  expect(new Set(seeds).size).toBe(seeds.length)
})

test('arrivals come at the rate asked for', () => {
  const random = seededRandom(5)
  let ms = 0
  for (let arrival = 0; arrival < 20_000; arrival += 1) ms += nextArrivalMs(random, 600)
  expect(20_000 / (ms / 60_000)).toBeCloseTo(600, -1.5)
})

test('a choice follows its weights', () => {
  const random = seededRandom(9)
  const choices = [
    { weight: 0.8, value: 'often' },
    { weight: 0.2, value: 'rarely' },
  ]
  const drawn = Array.from({ length: 10_000 }, () => pickWeighted(random, choices))
  const often = drawn.filter((value) => value === 'often').length
  expect(Math.abs(often - 8_000)).toBeLessThan(160)
})
