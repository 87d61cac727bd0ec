import { faultCells, healthyCells, type Cell } from '../cells.ts'
import type { BenchResults } from '../bench-run.ts'
import { clopperPearson } from '../clopper-pearson.ts'
import { faults } from '../simulator/scenario.ts'
import { geometricMean, summarise, type Summary } from '../summary.ts'

/** Summaries of all cells and entries, as the parts of the report read them. */
export interface ReportView {
  readonly results: BenchResults
  readonly summaryOf: (cell: Cell, entry: string) => Summary | undefined
  readonly healthy: readonly Cell[]
  readonly faulty: readonly Cell[]
  readonly side: readonly Cell[]
}

export function reportView(results: BenchResults): ReportView {
  const known = new Map<string, Summary>()
  for (const [cell, entries] of results.finishes) {
    for (const [entry, finishes] of entries) known.set(`${cell} ${entry}`, summarise(finishes))
  }
  return {
    results,
    summaryOf: (cell, entry) => known.get(`${cell.id} ${entry}`),
    healthy: results.cells.filter((cell) => healthyCells.includes(cell)),
    faulty: results.cells.filter((cell) => faultCells.includes(cell)),
    side: results.cells.filter(({ group }) => group === 'side'),
  }
}

export const faultIds = faults.map(({ id }) => id)

/** Orders lost over those of the oracle, where both stopped on every day. */
export function ratiosTo(
  view: ReportView,
  fault: string,
  entry: string,
): { readonly cell: Cell; readonly ratio: number }[] {
  return view.faulty
    .filter(({ scenario }) => scenario.id === fault)
    .flatMap((cell) => {
      const own = view.summaryOf(cell, entry)
      const limit = view.summaryOf(cell, 'oracle')
      if (own === undefined || limit === undefined) return []
      const areCertain = own.stops === own.runs && limit.stops === limit.runs
      return areCertain ? [{ cell, ratio: own.meanLost / limit.meanLost }] : []
    })
}

/** Cells in which the oracle stops on every day. */
export function decidableCells(view: ReportView, fault: string): readonly Cell[] {
  return view.faulty.filter((cell) => {
    const limit = view.summaryOf(cell, 'oracle')
    return cell.scenario.id === fault && limit !== undefined && limit.stops === limit.runs
  })
}

export function meanRatio(ratios: readonly { readonly ratio: number }[]): number | undefined {
  return ratios.length === 0 ? undefined : geometricMean(ratios.map(({ ratio }) => ratio))
}

/** Share of healthy days of the same traffic that an entry stopped. */
export function falseStopShare(view: ReportView, { perMinute, exposure }: Cell, entry: string): number | undefined {
  const twin = view.healthy.find((cell) => cell.perMinute === perMinute && cell.exposure === exposure)
  const own = twin === undefined ? undefined : view.summaryOf(twin, entry)
  return own === undefined ? undefined : own.stops / own.runs
}

export function stopShare({ stops, runs }: Summary): string {
  return percent(stops / runs)
}

/** `0.7 % (0.1-2.4)`, with the Clopper-Pearson interval. */
export function stopInterval(stops: number, runs: number): string {
  const { low, high } = clopperPearson(stops, runs)
  return `${percent(stops / runs)} (${(low * 100).toFixed(1)}-${(high * 100).toFixed(1)})`
}

export function percent(share: number): string {
  const value = share * 100
  return `${value === 0 || value >= 10 ? value.toFixed(0) : value.toFixed(1)} %`
}

export function minutes(value: number): string {
  if (!Number.isFinite(value)) return '>1440'
  return value >= 100 ? value.toFixed(0) : value.toFixed(1)
}

export function orders(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

export function cellName({ perMinute, exposure }: Cell): string {
  return `${perMinute}/min, ${exposure === 'ramp' ? 'ramp' : `${exposure} %`}`
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [tableLine(head), tableLine(head.map(() => '---')), ...rows.map(tableLine)].join('\n')
}

function tableLine(columns: readonly string[]): string {
  return `| ${columns.join(' | ')} |`
}
