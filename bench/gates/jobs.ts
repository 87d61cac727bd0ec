import type { RaceResult } from './race.ts'

/** Seeds of one cell that one worker runs. */
export interface Job {
  readonly cell: string
  readonly seeds: readonly number[]
  readonly isWholeDay: boolean
  readonly entries: readonly JobEntry[]
}

/** An entry as it travels between threads. */
export interface JobEntry {
  readonly id: string
  readonly title: string
  readonly method: string
  readonly thresholds: readonly number[]
}

export interface JobResult {
  readonly cell: string
  readonly results: readonly RaceResult[]
}
