import { fc, test } from '@fast-check/vitest'
import { parseDuration } from '@headgate/core/model'
import { describe, expect } from 'vitest'
import {
  duration,
  durationOrZero,
  fraction,
  id,
  instant,
  parseFraction,
  parseInstant,
  parseShare,
  share,
} from './scalars.ts'

const anything = fc.anything({ withBigInt: false, withDate: false })

describe('durations', () => {
  test('zero is allowed only where it means something', () => {
    expect(duration.safeParse('0s').success).toBe(false)
    expect(durationOrZero.safeParse('0s').success).toBe(true)
  })
})

describe('shares', () => {
  test.each([
    ['5%', 500],
    ['0.01%', 1],
    ['100 %', 10_000],
    [5, 500],
    [0, 0],
    [12.34, 1_234],
  ])('%s is %d basis points', (text, basisPoints) => {
    expect(parseShare(text)).toBe(basisPoints)
  })

  test.each(['101%', '0.001%', '-1%', '5', '%', 100.5, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    '%s is none',
    (value) => {
      expect(parseShare(value)).toBeUndefined()
    },
  )

  test('a bare fraction is refused, because it could mean two things', () => {
    expect(share.safeParse(0.5).error?.issues[0]?.message).toBe('a bare 0.5 could mean 0.5% or 50%: write the % sign')
  })
})

describe('fractions', () => {
  test.each([
    ['3%', 0.03],
    ['7%', 0.07],
    [0.03, 0.03],
    [1, 1],
    ['100%', 1],
  ])('%s is %d', (text, value) => {
    expect(parseFraction(text)).toBe(value)
  })

  test.each(['3', '101%', 3, -0.1, Number.NaN])('%s is none', (value) => {
    expect(parseFraction(value)).toBeUndefined()
  })
})

describe('instants', () => {
  test('a date is midnight UTC; a time of day needs its zone', () => {
    expect(parseInstant('2026-11-27')).toBe(Date.UTC(2026, 10, 27))
    expect(parseInstant('2026-11-27T18:00+01:00')).toBe(Date.UTC(2026, 10, 27, 17))
    expect(parseInstant('2026-11-27T18:00')).toBeUndefined()
    expect(parseInstant('2026-13-01')).toBeUndefined()
  })
})

describe('ids', () => {
  test.each(['a.b', 'a b', '', '42', 'ä', 'x'.repeat(65), '__proto__', 'constructor', 'a/b', '-'])(
    '"%s" is none',
    (text) => {
      expect(id.safeParse(text).success).toBe(false)
    },
  )
})

test.prop([anything])('a schema and its reader agree on every value, and neither throws', (value) => {
  const written = typeof value === 'string' || typeof value === 'number' ? value : ''
  const text = String(written)
  expect(duration.safeParse(value).success).toBe(typeof value === 'string' && (parseDuration(text) ?? 0) > 0)
  expect(instant.safeParse(value).success).toBe(typeof value === 'string' && parseInstant(text) !== undefined)
  expect(share.safeParse(value).success).toBe(typeof value === typeof written && parseShare(written) !== undefined)
  expect(fraction.safeParse(value).success).toBe(
    typeof value === typeof written && parseFraction(written) !== undefined,
  )
})
