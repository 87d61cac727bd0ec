import { parentPort } from 'node:worker_threads'
import { cells, settingsOf } from './cells.ts'
import type { Job, JobResult } from './jobs.ts'
import { methodById } from './methods/registry.ts'
import { race } from './race.ts'

/** Runs jobs for the main thread, one at a time. */
parentPort?.on('message', (job: Job) => {
  const cell = cells.find(({ id }) => id === job.cell)
  if (cell === undefined) throw new Error(`there is no cell ${job.cell}`)
  const entries = job.entries.map((entry) => ({ ...entry, title: '', method: methodById(entry.method) }))
  const results = job.seeds.map((seed) => race(settingsOf(cell, seed), entries, job.end))
  parentPort?.postMessage({ job, results } satisfies JobResult, [])
})
