import type { Cell } from '../cells.ts'
import { geometricMean } from '../summary.ts'
import {
  cellName,
  decidableCells,
  faultIds,
  meanRatio,
  minutes,
  orders,
  percent,
  ratiosTo,
  stopInterval,
  stopShare,
  table,
  type ReportView,
} from './view.ts'

/** Entries without a setting, and one setting of the peers. */
function entriesOf(view: ReportView, setting: string): readonly string[] {
  return view.results.entries.map(({ id }) => id).filter((id) => id.endsWith(`:${setting}`))
}

export const tuned = 'tuned to 1 %'
const documented = 'documented'

export function tunedTitle(view: ReportView, entry: string): string {
  return (view.results.entries.find(({ id }) => id === entry)?.title ?? entry).replace(`, ${tuned}`, '')
}

/** Rows of entries, columns of healthy cells. */
export function falseStopTable(view: ReportView): string {
  const head = ['gate', ...view.healthy.map(cellName), 'all cells, 95 % interval']
  const rows = view.results.entries.map(({ id, title }) => {
    const own = view.healthy.flatMap((cell) => view.summaryOf(cell, id) ?? [])
    const stops = own.reduce((sum, each) => sum + each.stops, 0)
    const runs = own.reduce((sum, each) => sum + each.runs, 0)
    return [id === 'headgate' ? `**${title}**` : title, ...own.map(stopShare), stopInterval(stops, runs)]
  })
  const days = ['days', ...view.healthy.map((cell) => String(view.summaryOf(cell, 'headgate')?.runs ?? 0)), '']
  return table(head, [...rows, days])
}

/** Geometric means of orders lost over the oracle's, by fault. */
export function distanceTable(view: ReportView): string {
  const entries = ['headgate', ...entriesOf(view, tuned)]
  const rows = faultIds.flatMap((fault) => {
    const decidable = decidableCells(view, fault)
    const title = view.faulty.find(({ scenario }) => scenario.id === fault)?.scenario.title
    if (title === undefined) return []
    const own = ratiosTo(view, fault, 'headgate')
    const largest = own.length === 0 ? '-' : Math.max(...own.map(({ ratio }) => ratio)).toFixed(2)
    return [
      [
        title,
        `${own.length}`,
        largest,
        meanRatio(own)?.toFixed(2) ?? '-',
        ...entries.map((id) => distance(view, decidable, id)),
      ],
    ]
  })
  const titles = entries.map((id) => tunedTitle(view, id))
  return table(['fault', 'cells', 'largest', 'Headgate', ...titles.map((title) => `${title}, charged`)], rows)
}

function distance(view: ReportView, cells: readonly Cell[], entry: string): string {
  const ratios = cells.flatMap((cell) => {
    const own = view.summaryOf(cell, entry)
    const limit = view.summaryOf(cell, 'oracle')
    return own === undefined || limit === undefined ? [] : [own.meanLost / limit.meanLost]
  })
  return ratios.length === 0 ? '-' : geometricMean(ratios).toFixed(1)
}

/** Stops, median, p95 and orders lost of every entry of one kind in the given cells. */
export function cellTable(view: ReportView, cells: readonly Cell[], kind: 'tuned' | 'documented'): string {
  const entries = [
    ...entriesOf(view, kind === 'tuned' ? tuned : documented),
    ...(kind === 'tuned' ? ['headgate', 'oracle'] : []),
  ]
  const titles = entries.map((id) => tunedTitle(view, id).replace(`, ${documented}`, ''))
  const rows = cells.map((cell) => {
    const lossless = view.summaryOf(cell, 'oracle')?.meanLost === 0
    const values = entries.map((id) => {
      const own = view.summaryOf(cell, id)
      if (own === undefined) return '-'
      const stops = `${stopShare(own)} / ${minutes(own.medianMinutes)} / ${minutes(own.p95Minutes)}`
      return lossless ? stops : `${stops} / ${orders(own.meanLost)}`
    })
    const own = view.summaryOf(cell, 'headgate')
    const limit = view.summaryOf(cell, 'oracle')
    const ratio =
      own === undefined || limit === undefined || lossless ? '-' : (own.meanLost / limit.meanLost).toFixed(2)
    return [`${cell.scenario.title}, ${cellName(cell)}`, ...values, ...(kind === 'tuned' ? [ratio] : [])]
  })
  return table(['cell', ...titles, ...(kind === 'tuned' ? ['Headgate / oracle'] : [])], rows)
}

const margins = [0.05, 0.1, 0.2]

/** Share of healthy days with a pass within the day, and the median of those. */
export function passTable(view: ReportView): string {
  const methods = [
    ['headgate', 'Headgate'],
    ['growthbook', 'GrowthBook'],
  ] as const
  const columns = margins.flatMap((margin) =>
    methods.map(([id, title]) => ({ key: `${id} ${margin}`, title: `${title}, ${percent(margin)}` })),
  )
  const rows = view.healthy.map((cell) => [
    cellName(cell),
    ...columns.map(({ key }) => passCell(view.results.passes.get(cell.id)?.get(key) ?? [])),
  ])
  return table(['traffic', ...columns.map(({ title }) => title)], rows)
}

function passCell(all: readonly number[]): string {
  const passed = all.filter(Number.isFinite).toSorted((a, b) => a - b)
  const middle = passed[Math.floor((passed.length - 1) / 2)]
  if (all.length === 0) return '-'
  return middle === undefined ? '0 %' : `${percent(passed.length / all.length)} / ${minutes(middle)}`
}
