/** A clock that moves only when told to. Hand `now` to the code under test. */
export interface FakeClock {
  readonly now: () => number
  advance(ms: number): void
  /** Also backwards: clocks do that. */
  set(instant: number): void
}

export function fakeClock(start: number = Date.UTC(2026, 0, 1)): FakeClock {
  let instant = start
  return {
    now: () => instant,
    advance(ms) {
      instant += ms
    },
    set(to) {
      instant = to
    },
  }
}
