import type { Entry } from './entry.ts'
import type { RaceEnd, RaceResult } from './race.ts'

/** Seeds of one cell that one worker runs. */
export interface Job {
  readonly purpose: 'tuning' | 'race' | 'pass'
  readonly cell: string
  readonly seeds: readonly number[]
  readonly end: RaceEnd
  readonly entries: readonly JobEntry[]
}

/** An entry as it travels between threads. */
export interface JobEntry {
  readonly id: string
  readonly method: string
  readonly thresholds: readonly number[]
}

export interface JobResult {
  readonly job: Job
  readonly results: readonly RaceResult[]
}

const seedsPerJob = 10

/** One cell's runs as jobs of a few seeds each. */
export function jobsOf(
  job: Pick<Job, 'purpose' | 'cell' | 'end'>,
  entries: readonly Entry[],
  seeds: { readonly from: number; readonly count: number },
): Job[] {
  const travelling = entries.map(({ id, method, thresholds }) => ({ id, method: method.id, thresholds }))
  return Array.from({ length: Math.ceil(seeds.count / seedsPerJob) }, (_, index) => {
    const done = index * seedsPerJob
    const length = Math.min(seedsPerJob, seeds.count - done)
    return { ...job, seeds: Array.from({ length }, (__, offset) => seeds.from + done + offset), entries: travelling }
  })
}
