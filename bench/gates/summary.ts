import type { Finish } from './race.ts'
import { ticksPerDay, ticksPerMinute } from './simulator/shop.ts'

/** How one entry fared in one cell. */
export interface Summary {
  readonly runs: number
  readonly stops: number
  /** Minutes; Infinity where that part of the runs never stopped. */
  readonly medianMinutes: number
  readonly p95Minutes: number
  readonly meanLost: number
  /** Standard error of the mean. */
  readonly lostError: number
  readonly meanExposed: number
}

export function summarise(finishes: readonly Finish[]): Summary {
  const minutes = finishes.map(({ stoppedAt }) => (stoppedAt === undefined ? Infinity : minutesOf(stoppedAt)))
  const lost = finishes.map((finish) => finish.lost)
  const meanLost = mean(lost)
  const variance = mean(lost.map((value) => (value - meanLost) ** 2))
  return {
    runs: finishes.length,
    stops: finishes.filter(({ stoppedAt }) => stoppedAt !== undefined).length,
    medianMinutes: quantile(minutes, 0.5),
    p95Minutes: quantile(minutes, 0.95),
    meanLost,
    lostError: Math.sqrt(variance / Math.max(1, finishes.length - 1)),
    meanExposed: mean(finishes.map(({ exposed }) => exposed)),
  }
}

/** A tick is over before anything is decided on it. */
export function minutesOf(tick: number): number {
  return Math.min(ticksPerDay, tick + 1) / ticksPerMinute
}

export function mean(values: readonly number[]): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / Math.max(1, values.length)
}

export function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil(at * sorted.length) - 1] ?? sorted[0] ?? Number.NaN
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(mean(values.map((value) => Math.log(value))))
}
