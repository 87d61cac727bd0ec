import { cells, healthyCells, type Cell } from './cells.ts'
import { documentedEntries, headgateEntry, oracleEntry, peers, tunedEntry, tuningLevels } from './entries.ts'
import type { Entry } from './entry.ts'
import { jobsOf, type Job, type JobResult } from './jobs.ts'
import { methodById } from './methods/registry.ts'
import { tuningSeed, type BenchOptions } from './options.ts'
import { runJobs } from './pool.ts'
import type { Finish } from './race.ts'
import { openResumeFile } from './resume.ts'
import { runsOf } from './runs.ts'
import { minutesOf } from './summary.ts'

/** Everything the report is made of. */
export interface BenchResults {
  readonly cells: readonly Cell[]
  readonly entries: readonly Entry[]
  /** Finishes by cell and entry. */
  readonly finishes: ReadonlyMap<string, ReadonlyMap<string, readonly Finish[]>>
  /** Minutes to the pass by cell, method and margin; Infinity where the day brought none. */
  readonly passes: ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>
  readonly minutesTaken: number
}

export async function runBench(options: BenchOptions): Promise<BenchResults> {
  const began = performance.now()
  const chosen = cells.filter(({ id }) => options.only === undefined || id.includes(options.only))
  if (chosen.length === 0) throw new Error(`no cell has "${options.only}" in its id, such as ${cells[0]?.id}`)
  const run = runnerOf(options)
  const tuned = options.hasPeers ? await tune(chosen, options, run) : new Map<string, readonly Entry[]>()
  const entriesOf = (cell: Cell): readonly Entry[] => [
    headgateEntry,
    oracleEntry,
    ...(options.hasPeers ? documentedEntries : []),
    ...(tuned.get(tuningCell(cell).id) ?? []),
  ]
  const jobs = chosen.flatMap((cell) => [
    ...jobsOf({ purpose: 'race', cell: cell.id, end: 'stopped' }, entriesOf(cell), {
      from: options.seed,
      count: options.runs ?? runsOf(cell, options.isQuick).race,
    }),
    ...(options.hasPeers && cell.group === 'healthy' ? passJobs(cell, options) : []),
  ])
  const results = await run(jobs)
  const minutesTaken = (performance.now() - began) / 60_000
  const entries = chosen[0] === undefined ? [] : entriesOf(chosen[0])
  return { cells: chosen, entries, finishes: finishesOf(results), passes: collectPasses(results), minutesTaken }
}

type Run = (jobs: readonly Job[]) => Promise<readonly JobResult[]>

/** Runs what the resume file does not know, and tells of progress. */
function runnerOf(options: BenchOptions): Run {
  const file = openResumeFile(options.resume)
  return async (jobs) => {
    const known = jobs.flatMap((job) => file.resultOf(job) ?? [])
    const left = jobs.filter((job) => file.resultOf(job) === undefined)
    const began = performance.now()
    const every = Math.ceil(left.length / 20)
    const fresh: JobResult[] = []
    console.error(`${left.length} jobs to run, ${known.length} known; seeds from ${jobs[0]?.seeds[0]}`)
    await runJobs(left, (result) => {
      fresh.push(result)
      file.add(result)
      if (fresh.length % every !== 0 && fresh.length !== left.length) return
      const seconds = ((performance.now() - began) / 1_000).toFixed(0)
      console.error(`${fresh.length}/${left.length} jobs, ${seconds} s, ${result.job.purpose} ${result.job.cell}`)
    })
    return [...known, ...fresh]
  }
}

/** The healthy cell on whose days a cell's peers are tuned; a ramp's peers know the 5 % stage. */
function tuningCell({ perMinute, exposure }: Cell): Cell {
  const share = exposure === 'ramp' ? 5 : exposure
  const found = healthyCells.find((each) => each.perMinute === perMinute && each.exposure === share)
  if (found === undefined) throw new Error(`no healthy cell for ${perMinute} a minute at ${share} %`)
  return found
}

/** Tuned entries by healthy cell: hindsight on days of the same traffic that no operator has. */
async function tune(chosen: readonly Cell[], options: BenchOptions, run: Run): Promise<Map<string, readonly Entry[]>> {
  const needed = [...new Set(chosen.map(tuningCell))]
  const jobs = needed.flatMap((cell) =>
    jobsOf({ purpose: 'tuning', cell: cell.id, end: 'day' }, documentedEntries, {
      from: tuningSeed,
      count: runsOf(cell, options.isQuick).tuning,
    }),
  )
  const results = await run(jobs)
  const entries = new Map<string, readonly Entry[]>()
  for (const { id } of needed) {
    const days = results.filter(({ job }) => job.cell === id).flatMap((each) => each.results)
    const tuned = tuningLevels.flatMap((level) =>
      peers.map((peer) =>
        tunedEntry(
          peer,
          days.map(({ peaks }) => peaks[peer.method] ?? []),
          level,
        ),
      ),
    )
    entries.set(id, tuned)
  }
  return entries
}

/** Margins of Headgate's gate; the first is that of all races. */
export const passMethods = ['headgate', 'headgate-10', 'headgate-20'] as const

function passJobs(cell: Cell, options: BenchOptions): Job[] {
  const entries = passMethods.map((id) => ({ id, title: id, method: methodById(id), thresholds: [Infinity] }))
  const count = runsOf(cell, options.isQuick).pass
  return jobsOf({ purpose: 'pass', cell: cell.id, end: 'passed' }, entries, { from: options.seed, count })
}

function finishesOf(results: readonly JobResult[]): Map<string, Map<string, Finish[]>> {
  const found = new Map<string, Map<string, Finish[]>>()
  for (const { job, results: days } of results.filter(({ job: { purpose } }) => purpose === 'race')) {
    const ofCell = found.get(job.cell) ?? new Map<string, Finish[]>()
    found.set(job.cell, ofCell)
    for (const { finishes } of days) {
      for (const [entry, finish] of Object.entries(finishes)) {
        const own = ofCell.get(entry) ?? []
        own.push(finish)
        ofCell.set(entry, own)
      }
    }
  }
  return found
}

/** Headgate's from races to the pass; GrowthBook's from the healthy days of the race. */
function collectPasses(results: readonly JobResult[]): Map<string, Map<string, number[]>> {
  const found = new Map<string, Map<string, number[]>>()
  for (const { job, results: days } of results) {
    if (!healthyCells.some(({ id }) => id === job.cell)) continue
    const ofCell = found.get(job.cell) ?? new Map<string, number[]>()
    found.set(job.cell, ofCell)
    for (const { passes } of days) {
      const own = job.purpose === 'pass' ? passMethods : ['growthbook']
      for (const method of own) addPasses(ofCell, method, passes[method] ?? [])
    }
  }
  return found
}

const growthbookMargins = [0.05, 0.1, 0.2]

function addPasses(found: Map<string, number[]>, method: string, passes: readonly (readonly [number, number])[]): void {
  const margins =
    method === 'headgate'
      ? [0.05]
      : method === 'headgate-10'
        ? [0.1]
        : method === 'headgate-20'
          ? [0.2]
          : growthbookMargins
  for (const margin of margins) {
    const key = `${method.startsWith('headgate') ? 'headgate' : method} ${margin}`
    const tick = passes.find(([own]) => own === margin)?.[1]
    found.set(key, [...(found.get(key) ?? []), tick === undefined ? Infinity : minutesOf(tick)])
  }
}
