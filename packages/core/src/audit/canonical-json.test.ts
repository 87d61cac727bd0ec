import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { HeadgateError } from '../model/errors.ts'
import { canonicalJson } from './canonical-json.ts'

const wellFormed = fc.string({ unit: 'grapheme' })
const json = fc.jsonValue({ stringUnit: 'grapheme' })

/** The same value with the keys of every object in reverse order of insertion. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, field]) => [key, reversed(field)]),
  )
}

describe('canonical JSON', () => {
  test.prop([json])('C5: equal values have one text, whatever the order of their keys', (value) => {
    expect(canonicalJson(reversed(value))).toBe(canonicalJson(value))
  })

  test.prop([json])('C5: the text parses back to the value', (value) => {
    expect(JSON.stringify(JSON.parse(canonicalJson(value)))).toBe(
      JSON.stringify(JSON.parse(canonicalJson(JSON.parse(canonicalJson(value))))),
    )
    expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
  })

  test.prop([fc.dictionary(wellFormed, fc.integer(), { noNullPrototype: true })])(
    'orders keys by UTF-16 code units',
    (value) => {
      const keys = [...canonicalJson(value).matchAll(/"(?:[^"\\]|\\.)*"/g)].map(([key]) => String(JSON.parse(key)))
      expect(keys).toEqual(Object.keys(value).sort())
    },
  )

  it('writes the numbers and escapes of RFC 8785', () => {
    expect(canonicalJson({ b: [333333333.3333333, 1e30, 4.5, 2e-3, 1e-27, -0], a: '\u20ac$\u000f\nA\'B"\\\\"/' })).toBe(
      '{"a":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/","b":[333333333.3333333,1e+30,4.5,0.002,1e-27,0]}',
    )
  })

  it('leaves out properties that are undefined', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}')
  })

  it.each([
    ['a number that is none', { a: [1, Number.NaN] }, '$.a[1]'],
    ['infinity', { a: Number.POSITIVE_INFINITY }, '$.a'],
    ['a big integer', { a: 1n }, '$.a'],
    ['a function', [() => 1], '$[0]'],
    ['undefined in a list', [undefined], '$[0]'],
    ['half a surrogate pair', { a: '\ud800' }, '$.a'],
    ['an instance of a class', { a: new Map() }, '$.a'],
  ])('C6: what JSON cannot carry is refused with its path: %s', (_what, value, path) => {
    expect(() => canonicalJson(value)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', problems: [expect.objectContaining({ path })] }),
    )
  })

  it('C6: a value that contains itself is refused', () => {
    const value: { self?: unknown } = {}
    value.self = value
    expect(() => canonicalJson(value)).toThrow(HeadgateError)
  })
})
