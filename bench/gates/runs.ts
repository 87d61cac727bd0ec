import type { Cell } from './cells.ts'

/** How many days each cell gets; busy shops cost more and vary less. */
export interface RunCounts {
  readonly tuning: number
  readonly race: number
  readonly pass: number
}

const full = {
  20: { tuning: 300, healthy: 300, fault: 150, side: 60 },
  200: { tuning: 300, healthy: 300, fault: 150, side: 60 },
  2_000: { tuning: 100, healthy: 100, fault: 50, side: 24 },
}
const passRuns = { 20: 20, 200: 20, 2_000: 20 }
const quickShare = 0.1

export function runsOf({ group, perMinute }: Cell, isQuick: boolean): RunCounts {
  const own = full[perMinute]
  const share = isQuick ? quickShare : 1
  const scaled = (count: number): number => Math.ceil(count * share)
  return { tuning: scaled(own.tuning), race: scaled(own[group]), pass: scaled(passRuns[perMinute]) }
}

export function tuningRunsText(isQuick: boolean): string {
  const share = isQuick ? quickShare : 1
  return Object.entries(full)
    .map(([volume, { tuning }]) => `${Math.ceil(tuning * share)} days at ${volume}/min`)
    .join(', ')
}
