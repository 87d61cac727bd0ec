import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { bucketOf, xxh32 } from './index.ts'

const prime = 2_654_435_761

/** The byte sequence on which the xxHash project publishes its sums. */
function sanityText(length: number): string {
  let state = prime
  let text = ''
  for (let index = 0; index < length; index += 1) {
    text += String.fromCharCode(state >>> 24)
    state = Math.imul(state, state) >>> 0
  }
  return text
}

describe('xxh32', () => {
  test.each([
    [0, 0, 0x02cc5d05],
    [0, prime, 0x36b78ae7],
    [1, 0, 0xb85cbee5],
    [1, prime, 0xd5845d64],
    [14, 0, 0xe5aa0ab4],
    [14, prime, 0x4481951d],
    [101, 0, 0x1f1aa412],
    [101, prime, 0x498ec8e2],
  ])('E17: gives the published sum of %i bytes with seed %i', (length, seed, sum) => {
    expect(xxh32(sanityText(length), seed)).toBe(sum)
  })

  test.each([
    ['a', 0x550d7456],
    ['abc', 0x32d153ff],
    ['Nobody inspects the spammish repetition', 0xe2293b2f],
    ['The quick brown fox jumps over the lazy dog', 0xe85ea4de],
  ])('E17: gives the published sum of "%s"', (text, sum) => {
    expect(xxh32(text, 0)).toBe(sum)
  })

  test.prop([fc.string({ unit: 'binary-ascii' }), fc.integer()])(
    'E17: is an unsigned 32-bit integer for any seed',
    (text, seed) => {
      const sum = xxh32(text, seed)
      expect(sum).toBe(sum >>> 0)
      expect(xxh32(text, seed >>> 0)).toBe(sum)
    },
  )

  test('buckets of random visitor ids are evenly filled', () => {
    const counts = Array.from<number>({ length: 100 }).fill(0)
    const total = 200_000
    for (let index = 0; index < total; index += 1) {
      const slot = Math.floor(bucketOf(`visitor-${index}-abcdefghijkl`, 99) / 100)
      counts[slot] = (counts[slot] ?? 0) + 1
    }
    const expected = total / 100
    const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    // 99 degrees of freedom: 148.2 is the 99.9 % quantile. The ids are fixed, so this cannot flake.
    expect(chiSquared).toBeLessThan(148.2)
  })
})
