import type { BenchResults } from '../bench-run.ts'
import type { Cell } from '../cells.ts'
import {
  cellName,
  faultIds,
  meanRatio,
  minutes,
  orders,
  ratiosTo,
  reportView,
  stopShare,
  type ReportView,
} from './view.ts'

/** The chosen cells on the terminal: Headgate, the oracle, and peers tuned to 1 %; the rest is for the page. */
export function printCells(results: BenchResults): void {
  const view = reportView(results)
  const shown = results.entries.filter(({ id }) => !id.includes(':') || id.endsWith('tuned to 1 %'))
  for (const cell of results.cells) {
    console.log(`${cell.scenario.title}, ${cellName(cell)} (${cell.id})`)
    for (const { id } of shown) printEntry(view, cell, id)
  }
  for (const fault of faultIds) {
    const ratios = ratiosTo(view, fault, 'headgate')
    const mean = meanRatio(ratios)
    if (mean === undefined) continue
    const largest = Math.max(...ratios.map(({ ratio }) => ratio)).toFixed(2)
    const count = `${ratios.length} cells where both always stop`
    console.log(`${fault}: Headgate to oracle, geometric mean ${mean.toFixed(2)}, largest ${largest}, ${count}`)
  }
  console.log(`${results.minutesTaken.toFixed(1)} minutes`)
}

function printEntry(view: ReportView, cell: Cell, entry: string): void {
  const own = view.summaryOf(cell, entry)
  if (own === undefined) return
  const limit = view.summaryOf(cell, 'oracle')?.meanLost ?? 0
  const columns = [
    `  ${entry}`.padEnd(26),
    `stops ${stopShare(own)} of ${own.runs}`.padEnd(20),
    `median ${minutes(own.medianMinutes)} min`.padEnd(19),
    `p95 ${minutes(own.p95Minutes)}`.padEnd(12),
    `lost ${orders(own.meanLost)} (s.e. ${orders(own.lostError)})`.padEnd(26),
    limit > 0 ? `${(own.meanLost / limit).toFixed(2)} x oracle` : '',
  ]
  console.log(columns.join('').trimEnd())
}
