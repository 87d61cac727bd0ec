import { expect, test } from 'vitest'
import { behaviour } from './behaviour.ts'
import { createTally } from './counters.ts'

test('shares of paths and of entries add up to one', () => {
  expect(behaviour.paths.reduce((sum, path) => sum + path.share, 0)).toBeCloseTo(1, 9)
  expect(behaviour.entries.reduce((sum, entry) => sum + entry.weight, 0)).toBeCloseTo(1, 9)
})

test('the tally adds up paths, and its percentiles are right to a tenth', () => {
  let now = 0
  const tally = createTally(() => now)
  tally.arrived(false)
  tally.arrived(true)
  tally.started('card')
  tally.started('coupon')
  tally.ended('card', 'thanked')
  tally.ended('coupon', 'gave-up')
  tally.left()
  for (let ms = 1; ms <= 100; ms += 1) tally.page('product', ms === 7 ? 503 : 200, ms)
  now = 30_000
  const read = tally.read()
  expect(read).toMatchObject({ seconds: 30, visitors: 2, returned: 1, inFlight: 1, pages: 100, errorPages: 1 })
  expect(read.journeys).toMatchObject({ started: 2, thanked: 1, 'gave-up': 1, failed: 0 })
  const { count, p50, p95 } = read.pageMs['product'] ?? { count: 0, p50: 0, p95: 0 }
  expect(count).toBe(100)
  expect(Math.abs(p50 / 50 - 1)).toBeLessThan(0.1)
  expect(Math.abs(p95 / 95 - 1)).toBeLessThan(0.1)
})
