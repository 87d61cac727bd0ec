import { expect, test } from 'vitest'
import { parseDuration } from './duration.ts'

test.each([
  ['0s', 0],
  ['500ms', 500],
  ['20s', 20_000],
  ['1.5h', 5_400_000],
  ['1h30m', 5_400_000],
  ['366d', 366 * 86_400_000],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each(['', '5', '-5s', '5 s', '5S', 'soon', '0.0001ms', '367d', '1e3s', 'Infinitys', '1s'.repeat(21)])(
  '"%s" is no duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined()
  },
)
