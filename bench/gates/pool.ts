import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Job, JobResult } from './jobs.ts'

/** Runs jobs on two threads, in order; `onDone` hears of each. Ends when all are done or one fails. */
export async function runJobs(jobs: readonly Job[], onDone: (result: JobResult) => void): Promise<void> {
  let next = 0
  const runOne = async (): Promise<void> => {
    const worker = new Worker(new URL('worker.ts', import.meta.url))
    try {
      for (let job = jobs[next++]; job !== undefined; job = jobs[next++]) onDone(await answerOf(worker, job))
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism(), jobs.length) }, runOne))
}

function answerOf(worker: Worker, job: Job): Promise<JobResult> {
  return new Promise((resolve, reject) => {
    const onMessage = (result: JobResult): void => {
      worker.off('error', reject)
      resolve(result)
    }
    worker.once('message', onMessage)
    worker.once('error', reject)
    worker.postMessage(job, [])
  })
}
