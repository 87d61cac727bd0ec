import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { createEdgeClock } from './index.ts'

const jump = fc.record({ wall: fc.integer({ min: -1e7, max: 1e7 }), steady: fc.nat({ max: 10_000 }) })

test.prop([fc.array(jump, { maxLength: 50 })])(
  'E6: whatever happens to the wall clock, time never falls behind what has really passed',
  (jumps) => {
    let wall = 1e9
    let steady = 0
    const clock = createEdgeClock(
      () => wall,
      () => steady,
    )
    let before = clock.now()
    for (const step of jumps) {
      wall += step.wall
      steady += step.steady
      const now = clock.now()
      expect(now).toBeGreaterThanOrEqual(before)
      expect(now).toBeGreaterThanOrEqual(1e9 + steady)
      before = now
    }
    expect(clock.anchor()).toBe(wall)
    expect(clock.now()).toBe(wall)
  },
)
