import type { Cost } from '../cost.ts'
import {
  cellName,
  faultIds,
  falseStopShare,
  meanRatio,
  orders,
  percent,
  ratiosTo,
  stopInterval,
  table,
  type ReportView,
} from './view.ts'

/** Largest geometric means of orders lost, oracle = 1. */
export const aims: Readonly<Record<string, number>> = {
  'edge-loud': 1.5,
  'edge-silent': 1.7,
  'whole-2': 1.3,
  'whole-5': 1.4,
  'whole-20': 1.5,
}
const largestCell = 2.5
const largestFalseStops = 0.01
/** A method that stops more healthy days than this is no competitor in that cell. */
const tolerable = 0.05

interface Aim {
  readonly aim: string
  readonly measured: string
  readonly isReached: boolean
}

export function aimTable(view: ReportView, cost: Cost | undefined): string {
  const rows = [
    falseStopAim(view),
    ...faultIds.flatMap((fault) => faultAim(view, fault)),
    worstCell(view),
    rivals(view),
  ]
  if (cost !== undefined) rows.push(costAim(cost))
  return table(
    ['aim', 'measured', ''],
    rows.map(({ aim, measured, isReached }) => [aim, measured, isReached ? 'reached' : '**NOT reached**']),
  )
}

function falseStopAim(view: ReportView): Aim {
  const cells = view.healthy.flatMap((cell) => {
    const own = view.summaryOf(cell, 'headgate')
    return own === undefined ? [] : [{ cell, ...own }]
  })
  const worst = cells.toSorted((a, b) => b.stops / b.runs - a.stops / a.runs)[0]
  const [stops, runs] = [
    cells.reduce((sum, each) => sum + each.stops, 0),
    cells.reduce((sum, each) => sum + each.runs, 0),
  ]
  const most = worst === undefined ? '-' : `most in ${cellName(worst.cell)}: ${stopInterval(worst.stops, worst.runs)}`
  return {
    aim: 'false stops <= 1 % per release in every healthy cell',
    measured: `all cells ${stops} of ${runs}: ${stopInterval(stops, runs)}; ${most}`,
    isReached: worst !== undefined && worst.stops / worst.runs <= largestFalseStops,
  }
}

function faultAim(view: ReportView, fault: string): Aim[] {
  const ratios = ratiosTo(view, fault, 'headgate')
  const mean = meanRatio(ratios)
  const title = view.faulty.find(({ scenario }) => scenario.id === fault)?.scenario.title
  const aim = aims[fault]
  if (title === undefined || aim === undefined) return []
  const measured =
    mean === undefined ? 'no cell where both always stop' : `${mean.toFixed(2)} over ${ratios.length} cells`
  return [{ aim: `${title}: orders lost <= ${aim} x oracle`, measured, isReached: mean !== undefined && mean <= aim }]
}

function worstCell(view: ReportView): Aim {
  const all = faultIds.flatMap((fault) => ratiosTo(view, fault, 'headgate'))
  const worst = all.toSorted((a, b) => b.ratio - a.ratio)[0]
  const where =
    worst === undefined ? '-' : `${worst.ratio.toFixed(2)} (${worst.cell.scenario.title}, ${cellName(worst.cell)})`
  const isReached = worst !== undefined && worst.ratio <= largestCell
  return { aim: `no cell above ${largestCell} x oracle`, measured: where, isReached }
}

function rivals(view: ReportView): Aim {
  const lost = betterRivals(view)
  const measured = `first in ${view.faulty.length - lost.length} of ${view.faulty.length} cells, see below`
  const aim = 'fewest orders lost among all methods with <= 5 % false stops in the same traffic, in every cell'
  return { aim, measured, isReached: lost.length === 0 }
}

function costAim({ observeMs, judgeMs }: Cost): Aim {
  const both = observeMs + judgeMs
  return {
    aim: 'one tick of 50 criteria x 20 paths under 1 ms',
    measured: `${both.toFixed(2)} ms (observe ${observeMs.toFixed(2)}, judge ${judgeMs.toFixed(2)})`,
    isReached: both < 1,
  }
}

interface Rival {
  readonly cell: string
  readonly entry: string
  readonly falseStops: number
  readonly lost: number
  readonly lostError: number
  readonly own: number
  readonly ownError: number
}

/** The best competitor of each cell in which it lost fewer orders than Headgate. */
function betterRivals(view: ReportView): Rival[] {
  return view.faulty.flatMap((cell) => {
    const own = view.summaryOf(cell, 'headgate')
    const better = view.results.entries.flatMap(({ id, title }) => {
      const falseStops = falseStopShare(view, cell, id) ?? 1
      const rival = view.summaryOf(cell, id)
      if (id === 'oracle' || id === 'headgate' || own === undefined || rival === undefined) return []
      if (falseStops > tolerable || rival.meanLost >= own.meanLost) return []
      const name = `${cell.scenario.title}, ${cellName(cell)}`
      const { meanLost: lost, lostError } = rival
      return [{ cell: name, entry: title, falseStops, lost, lostError, own: own.meanLost, ownError: own.lostError }]
    })
    return better.toSorted((a, b) => a.lost - b.lost).slice(0, 1)
  })
}

export function rivalTable(view: ReportView): string {
  const rows = betterRivals(view)
  if (rows.length === 0) return 'Headgate is first in every cell.'
  return table(
    ['cell', 'first', 'its false stops', 'orders lost (s.e.)', 'Headgate (s.e.)', 'Headgate / first', 'beyond noise'],
    rows.map((row) => {
      const distance = (row.own - row.lost) / Math.hypot(row.lostError, row.ownError)
      return [
        row.cell,
        row.entry,
        percent(row.falseStops),
        `${orders(row.lost)} (${orders(row.lostError)})`,
        `${orders(row.own)} (${orders(row.ownError)})`,
        (row.own / row.lost).toFixed(2),
        distance > 2 ? 'yes' : 'no',
      ]
    }),
  )
}
