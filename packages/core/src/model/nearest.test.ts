import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { nearestWord, suggest } from './nearest.ts'

const words = ['checkout', 'catalogue', 'pricing', 'owner', 'rights']

describe('nearestWord', () => {
  test('finds one slip: a letter missing, doubled, wrong, swapped, or in another case', () => {
    for (const slip of ['chekout', 'cheeckout', 'chackout', 'chekcout', 'Checkout']) {
      expect(nearestWord(slip, words)).toBe('checkout')
    }
    expect(nearestWord('onwer', words)).toBe('owner')
  })

  test('stays silent when nothing is close', () => {
    expect(nearestWord('warehouse', words)).toBeUndefined()
    expect(nearestWord('', words)).toBeUndefined()
  })

  test.prop([fc.string({ maxLength: 300 }), fc.array(fc.string({ maxLength: 300 }), { maxLength: 5 })])(
    'a word that is known is its own nearest, and an answer is always a known word',
    (word, known) => {
      const nearest = nearestWord(word, known)
      if (nearest !== undefined) expect(known).toContain(nearest)
      if (word !== '' && word.length <= 100) expect(nearestWord(word, [word])).toBe(word)
    },
  )
})

describe('suggest', () => {
  test('names the nearest word, else the first eight known ones', () => {
    expect(suggest('pricng', words)).toBe(' Did you mean "pricing"?')
    expect(suggest('x', words)).toBe(' Known: checkout, catalogue, pricing, owner, rights.')
    expect(suggest('zzz', 'abcdefghij')).toBe(' Known: a, b, c, d, e, f, g, h, and 2 more.')
    expect(suggest('x', [])).toBe('')
  })
})
