import { availableParallelism } from 'node:os'
import { cells, type Cell } from './cells.ts'
import type { Job, JobEntry } from './jobs.ts'
import { oracleThreshold } from './methods/oracle.ts'
import { parseOptions, type BenchOptions } from './options.ts'
import { runJobs } from './pool.ts'
import type { Finish } from './race.ts'
import { printCells } from './report/text.ts'

const referenceEntries: readonly JobEntry[] = [
  { id: 'headgate', title: 'Headgate', method: 'headgate', thresholds: [1] },
  { id: 'oracle', title: 'oracle SPRT', method: 'oracle', thresholds: [oracleThreshold] },
]

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  const chosen = cells.filter(({ id }) => options.only === undefined || id.includes(options.only))
  if (chosen.length === 0)
    throw new Error(`no cell has "${options.only}" in its id; there are ${cells.map(({ id }) => id).join(', ')}`)
  const finishes = await runCells(chosen, options)
  printCells(chosen, finishes)
}

/** Finishes by cell and entry. */
export type CellFinishes = Map<string, Map<string, Finish[]>>

async function runCells(chosen: readonly Cell[], options: BenchOptions): Promise<CellFinishes> {
  const jobs = chosen.flatMap((cell) => jobsOf(cell, options))
  const found: CellFinishes = new Map()
  let done = 0
  const reportEvery = Math.ceil(jobs.length / 20)
  const began = performance.now()
  console.error(`${jobs.length} jobs, seeds from ${options.seed}${options.isTuning ? ' (tuning)' : ''}`)
  await runJobs(
    jobs,
    ({ cell, results }) => {
      const ofCell = found.get(cell) ?? new Map<string, Finish[]>()
      found.set(cell, ofCell)
      for (const { finishes } of results) {
        for (const [entry, finish] of Object.entries(finishes))
          ofCell.set(entry, [...(ofCell.get(entry) ?? []), finish])
      }
      done++
      const seconds = ((performance.now() - began) / 1_000).toFixed(0)
      if (done === jobs.length || done % reportEvery === 0)
        console.error(`${done}/${jobs.length} jobs, ${seconds} s, ${cell}`)
    },
    Math.min(2, availableParallelism()),
  )
  return found
}

const chunk = 10

function jobsOf(cell: Cell, options: BenchOptions): Job[] {
  const runs = options.runs ?? runsOf(cell, options.isQuick)
  const entries = referenceEntries
  return Array.from({ length: Math.ceil(runs / chunk) }, (_, index) => {
    const from = options.seed + index * chunk
    const seeds = Array.from({ length: Math.min(chunk, runs - index * chunk) }, (__, offset) => from + offset)
    return { cell: cell.id, seeds, isWholeDay: false, entries }
  })
}

function runsOf({ group, perMinute }: Cell, isQuick: boolean): number {
  const full = group === 'healthy' ? (perMinute === 2_000 ? 120 : 400) : perMinute === 2_000 ? 100 : 200
  return isQuick ? Math.ceil(full / 5) : full
}

await main()
