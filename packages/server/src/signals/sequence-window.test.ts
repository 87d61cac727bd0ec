import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { acceptSequence, emptyWindow, windowSize, type SequenceWindow } from './sequence-window.ts'

function replay(arrivals: readonly number[]): { readonly counted: readonly number[]; readonly window: SequenceWindow } {
  let window = emptyWindow
  const counted: number[] = []
  for (const seq of arrivals) {
    const acceptance = acceptSequence(window, seq)
    if (acceptance.kind === 'settled') continue
    counted.push(seq)
    window = acceptance.window
  }
  return { counted, window }
}

describe('acceptSequence', () => {
  test.prop([fc.integer({ min: 1, max: 200 }).chain((length) => fc.tuple(fc.constant(length), arrivalsOf(length)))])(
    'S1: any arrival order with any repeats counts each number once',
    ([length, arrivals]) => {
      const { counted, window } = replay(arrivals)
      expect(counted.toSorted((a, b) => a - b)).toEqual(Array.from({ length }, (_, index) => index + 1))
      expect(window).toEqual({ watermark: length, ahead: [] })
    },
  )

  test.prop([fc.array(fc.integer({ min: 1, max: 5_000 }), { maxLength: 300 })])(
    'S2: the window stays bounded and never reopens a number',
    (arrivals) => {
      let window = emptyWindow
      const settled = new Set<number>()
      for (const seq of arrivals) {
        const acceptance = acceptSequence(window, seq)
        if (settled.has(seq)) expect(acceptance.kind).toBe('settled')
        settled.add(seq)
        if (acceptance.kind === 'settled') continue
        expect(acceptance.window.watermark).toBeGreaterThanOrEqual(window.watermark)
        window = acceptance.window
        expect(window.ahead.length).toBeLessThanOrEqual(windowSize)
        expect(window.ahead.every((one) => one > window.watermark + 1)).toBe(true)
      }
    },
  )

  test('a gap that is never filled is given up once a thousand later batches came', () => {
    const { window } = replay(Array.from({ length: windowSize + 1 }, (_, index) => index + 2))
    expect(window).toEqual({ watermark: windowSize + 2, ahead: [] })
    expect(acceptSequence(window, 1)).toEqual({ kind: 'settled' })
  })

  test('a source that is first heard late starts from there', () => {
    expect(acceptSequence(emptyWindow, 5_000)).toEqual({
      kind: 'counted',
      window: { watermark: 4_000, ahead: [5_000] },
    })
  })
})

/** Every number at least once, in any order, with repeats. */
function arrivalsOf(length: number): fc.Arbitrary<readonly number[]> {
  const numbers = Array.from({ length }, (_, index) => index + 1)
  return fc
    .tuple(fc.shuffledSubarray(numbers, { minLength: length }), fc.array(fc.integer({ min: 1, max: length })))
    .chain(([all, repeats]) => fc.shuffledSubarray([...all, ...repeats], { minLength: all.length + repeats.length }))
}
