import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import type { Job, JobResult } from './jobs.ts'

/** Finished jobs, kept in a file so that a long run can be interrupted and go on. */
export interface ResumeFile {
  readonly resultOf: (job: Job) => JobResult | undefined
  readonly add: (result: JobResult) => void
}

/** A line per job. What the file holds is believed: it belongs to one state of the sources, so use a new one after a change. */
export function openResumeFile(path: string | undefined): ResumeFile {
  const known = new Map<string, JobResult>()
  if (path !== undefined && existsSync(path)) {
    for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
      const result: JobResult = revive(JSON.parse(line))
      known.set(keyOf(result.job), result)
    }
  }
  return {
    resultOf: (job) => known.get(keyOf(job)),
    add: (result) => {
      if (path !== undefined) appendFileSync(path, `${JSON.stringify(result, replaceInfinity)}\n`)
    },
  }
}

function keyOf(job: Job): string {
  return JSON.stringify(job, replaceInfinity)
}

/** JSON has no infinity: thresholds of rules that are off, and peaks of rules that said nothing. */
function replaceInfinity(_key: string, value: unknown): unknown {
  return value === Infinity ? 'Infinity' : value === -Infinity ? '-Infinity' : value
}

function revive(value: JobResult): JobResult {
  return JSON.parse(JSON.stringify(value), (_key, each: unknown) =>
    each === 'Infinity' ? Infinity : each === '-Infinity' ? -Infinity : each,
  )
}
