import type { Instant } from '@headgate/core/model'

/** The gateway's one clock: wall time that cannot be turned back while a lease runs. */
export interface EdgeClock {
  now(): Instant
  /** Takes the wall clock's word, also backwards. Only for moments when every lease is granted anew. */
  anchor(): Instant
}

/**
 * Wall time never falls behind what a steady clock has measured since the last anchor, so a clock set back cannot stretch a
 * lease (SPEC E6); a clock set forward, or a machine that slept, ends leases early, which is the safe side.
 */
export function createEdgeClock(
  wall: () => Instant = Date.now,
  steady: () => number = () => performance.now(),
): EdgeClock {
  let anchoredWall = wall()
  let anchoredSteady = steady()
  let latest = anchoredWall
  return {
    now() {
      latest = Math.max(latest, wall(), anchoredWall + Math.floor(steady() - anchoredSteady))
      return latest
    },
    anchor() {
      anchoredWall = wall()
      anchoredSteady = steady()
      latest = anchoredWall
      return latest
    },
  }
}
