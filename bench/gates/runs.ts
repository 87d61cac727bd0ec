import type { Cell } from './cells.ts'

/** How many days each cell gets; busy shops cost more and vary less. */
export interface RunCounts {
  readonly tuning: number
  readonly race: number
  readonly pass: number
}

const full = {
  20: { tuning: 200, healthy: 150, fault: 100, side: 24, pass: 12 },
  200: { tuning: 200, healthy: 120, fault: 100, side: 24, pass: 12 },
  2_000: { tuning: 100, healthy: 40, fault: 40, side: 10, pass: 12 },
}
const quickShare = 0.08

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
