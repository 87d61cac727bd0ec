import { faultCells, type Cell } from '../cells.ts'
import type { Finish } from '../race.ts'
import { geometricMean, summarise, type Summary } from '../summary.ts'

type CellFinishes = ReadonlyMap<string, ReadonlyMap<string, readonly Finish[]>>

/** The chosen cells as a table on the terminal, with Headgate's distance from the oracle. */
export function printCells(chosen: readonly Cell[], finishes: CellFinishes): void {
  console.log('cell                      entry        stops      median min   p95 min   lost (s.e.)      to oracle')
  for (const cell of chosen) {
    const own = finishes.get(cell.id)
    const limit = summarise(own?.get('oracle') ?? []).meanLost
    for (const [entry, each] of [...(own ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)))
      console.log(line(cell, entry, summarise(each), limit))
  }
  printMeans(chosen, finishes)
}

function line(cell: Cell, entry: string, own: Summary, limit: number): string {
  const stops = `${own.stops}/${own.runs}`
  const lost = `${own.meanLost.toFixed(2)} (${own.lostError.toFixed(2)})`
  const ratio = limit > 0 ? (own.meanLost / limit).toFixed(2) : '-'
  const columns = [cell.id.padEnd(26), entry.padEnd(13), stops.padEnd(11), minutes(own.medianMinutes).padEnd(13)]
  return `${columns.join('')}${minutes(own.p95Minutes).padEnd(10)}${lost.padEnd(17)}${ratio}`
}

function minutes(value: number): string {
  return Number.isFinite(value) ? value.toFixed(1) : '>1440'
}

function printMeans(chosen: readonly Cell[], finishes: CellFinishes): void {
  const scenarios = new Set(chosen.filter((cell) => faultCells.includes(cell)).map(({ scenario }) => scenario.id))
  for (const scenario of scenarios) {
    const ratios = chosen
      .filter((cell) => cell.scenario.id === scenario && faultCells.includes(cell))
      .flatMap(({ id }) => {
        const own = summarise(finishes.get(id)?.get('headgate') ?? [])
        const limit = summarise(finishes.get(id)?.get('oracle') ?? [])
        const areCertain = own.stops === own.runs && limit.stops === limit.runs && own.runs > 0
        return areCertain ? [own.meanLost / limit.meanLost] : []
      })
    const mean = ratios.length === 0 ? '-' : geometricMean(ratios).toFixed(2)
    const most = ratios.length === 0 ? '-' : Math.max(...ratios).toFixed(2)
    console.log(
      `${scenario}: Headgate to oracle, geometric mean ${mean}, largest ${most}, ${ratios.length} cells where both always stop`,
    )
  }
}
