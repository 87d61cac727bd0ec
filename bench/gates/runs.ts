import type { Cell } from './cells.ts'

/** How many days each cell gets, so that all of it takes about an hour on two cores; busy shops cost more and vary less. */
export interface RunCounts {
  readonly tuning: number
  readonly race: number
  readonly pass: number
}

const full = {
  20: { tuning: 200, healthy: 60, fault: 20, side: 6, pass: 10 },
  200: { tuning: 200, healthy: 30, fault: 10, side: 4, pass: 4 },
  2_000: { tuning: 100, healthy: 6, fault: 4, side: 1, pass: 2 },
}
const quickShare = 0.12

export function runsOf({ group, perMinute }: Cell, isQuick: boolean): RunCounts {
  const own = full[perMinute]
  const share = isQuick ? quickShare : 1
  const scaled = (count: number): number => Math.ceil(count * share)
  return { tuning: scaled(own.tuning), race: scaled(own[group]), pass: scaled(own.pass) }
}

export function tuningRunsText(isQuick: boolean): string {
  const share = isQuick ? quickShare : 1
  return Object.entries(full)
    .map(([volume, { tuning }]) => `${Math.ceil(tuning * share)} days at ${volume}/min`)
    .join(', ')
}
