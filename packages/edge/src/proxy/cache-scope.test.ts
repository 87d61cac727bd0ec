import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { isSharedCacheable, scopeCaching } from './cache-scope.ts'
import { headerValue, headerValues } from './raw-headers.ts'

const withControl = (value: string): string[] => ['Content-Type', 'text/html', 'Cache-Control', value]

describe('responses for one arm’s visitors are private', () => {
  test.each([
    ['public, max-age=60, s-maxage=600', 'private, max-age=60'],
    ['max-age=60', 'private, max-age=60'],
    ['private="x-user", max-age=60', 'private, max-age=60'],
    ['no-store', 'no-store'],
    ['public, no-store', 'no-store'],
    ['no-cache', 'private, no-cache'],
    ['s-maxage=600, stale-while-revalidate=30, proxy-revalidate', 'private, stale-while-revalidate=30'],
    ['PUBLIC , S-MaxAge=5', 'private'],
    ['', 'private'],
  ])('%s becomes %s', (given, expected) => {
    expect(headerValues(scopeCaching(withControl(given), 'visitor', false), 'cache-control')).toEqual([expected])
  })

  test('several Cache-Control fields become one', () => {
    const headers = ['Cache-Control', 'public', 'X', 'y', 'cache-control', 's-maxage=9, max-age=3']
    expect(headerValues(scopeCaching(headers, 'visitor', false), 'cache-control')).toEqual(['private, max-age=3'])
  })

  test('the orders that only CDNs read go', () => {
    const headers = [
      'CDN-Cache-Control',
      'max-age=60',
      'Surrogate-Control',
      'max-age=60',
      'X-Accel-Expires',
      '60',
      'ETag',
      '"a"',
    ]
    expect(scopeCaching(headers, 'visitor', false)).toEqual([
      'ETag',
      '"a"',
      'Cache-Control',
      'private',
      'Vary',
      'Cookie',
    ])
  })

  test.each([
    [[], ['Cookie']],
    [
      ['Vary', 'Accept-Encoding'],
      ['Accept-Encoding', 'Cookie'],
    ],
    [['Vary', 'accept-encoding, cookie'], ['accept-encoding, cookie']],
    [['Vary', '*'], ['*']],
  ])('Vary %j becomes %j', (given, expected) => {
    expect(headerValues(scopeCaching(given, 'visitor', false), 'vary')).toEqual(expected)
  })
})

describe('responses decided by URL', () => {
  test('stay with shared caches that the shop allows, under Vary: Cookie', () => {
    const headers = scopeCaching(withControl('public, max-age=60'), 'url', false)
    expect([headerValue(headers, 'cache-control'), headerValue(headers, 'vary')]).toEqual([
      'public, max-age=60',
      'Cookie',
    ])
  })

  test('are private when the shop is silent, since caches may guess', () => {
    expect(headerValue(scopeCaching(['ETag', '"a"'], 'url', false), 'cache-control')).toBe('private')
  })

  test('are private when they carry a cookie', () => {
    expect(headerValue(scopeCaching(withControl('public, max-age=60'), 'url', true), 'cache-control')).toBe(
      'private, max-age=60',
    )
  })
})

describe('responses that are the same for everybody', () => {
  test('are left alone', () => {
    const headers = withControl('public, max-age=60')
    expect(scopeCaching(headers, 'everybody', false)).toBe(headers)
  })

  test('are private when they carry a cookie of ours', () => {
    expect(headerValue(scopeCaching(withControl('public'), 'everybody', true), 'cache-control')).toBe('private')
  })
})

test.each([
  ['public', true],
  ['max-age=1', true],
  ['s-maxage=1', true],
  ['max-age=0', false],
  ['public, no-store', false],
  ['private, max-age=9', false],
  ['no-cache', false],
  ['', false],
])('whether the shop allows shared caches: %s is %s', (value, expected) => {
  expect(isSharedCacheable(withControl(value))).toBe(expected)
})

const directive = fc.constantFrom(
  'public',
  'private',
  'no-store',
  'no-cache',
  's-maxage=60',
  'max-age=5',
  'Public',
  'private="a, b"',
  'x',
)
test.prop([
  fc.array(fc.tuple(fc.constantFrom('cache-control', 'CDN-Cache-Control', 'Vary'), directive), { maxLength: 6 }),
])('P5: no response for one visitor, and none with a cookie of ours, may be kept by a shared cache', (fields) => {
  const headers = fields.flat()
  const cases = [
    scopeCaching(headers, 'visitor', false),
    scopeCaching(headers, 'url', true),
    scopeCaching(headers, 'everybody', true),
  ]
  for (const scoped of cases) {
    expect(isSharedCacheable(scoped)).toBe(false)
    expect(headerValues(scoped, 'cache-control').join()).toMatch(/\b(private|no-store)\b/)
  }
})
