import { tunedTitle } from './page-tables.ts'
import { faultIds, type ReportView } from './view.ts'

/** Readable on light and on dark: one accent each, and greys between the two. */
const style = `<style>
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 }
.small { font-size: 11px; fill: #57606a }
.grid { stroke: #d0d7de; stroke-width: 1 }
.aim { stroke: #bc4c00; stroke-width: 1.5; stroke-dasharray: 5 3 }
.peer { fill: #6e7781; fill-opacity: 0.55 }
.mean { stroke: #6e7781; stroke-width: 3 }
.own { fill: #0969da; fill-opacity: 0.6 }
.own-mean { stroke: #0969da; stroke-width: 3 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.small { fill: #9198a1 }
.grid { stroke: #3d444d }
.aim { stroke: #f0883e }
.peer { fill: #9198a1 }
.mean { stroke: #9198a1 }
.own { fill: #4493f8 }
.own-mean { stroke: #4493f8 }
}
</style>`

interface Row {
  readonly name: string
  readonly isOwn: boolean
  readonly values: readonly number[]
  readonly mean?: number
}

interface Axis {
  readonly from: number
  readonly to: number
  readonly marks: readonly number[]
  readonly isLog: boolean
}

const left = 330
const plotWidth = 520
const rowHeight = 24

function picture(title: string, height: number, body: string): string {
  const size = `width="${left + plotWidth + 40}" height="${height}" viewBox="0 0 ${left + plotWidth + 40} ${height}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${title}">\n${style}\n${body}\n</svg>\n`
}

function place({ from, to, isLog }: Axis, value: number): number {
  const at = (each: number): number => (isLog ? Math.log(each) : each)
  const share = (at(Math.min(to, Math.max(from, value))) - at(from)) / (at(to) - at(from))
  return Math.round((left + share * plotWidth) * 10) / 10
}

function gridOf(axis: Axis, from: number, to: number, unit: string): string {
  return axis.marks
    .map((mark) => {
      const x = place(axis, mark)
      const label = `<text class="small" x="${x}" y="${to + 15}" text-anchor="middle">${mark}${unit}</text>`
      return `<line class="grid" x1="${x}" x2="${x}" y1="${from}" y2="${to}"/>${label}`
    })
    .join('\n')
}

function rowOf(row: Row, y: number, axis: Axis): string {
  const dots = row.values.map((value) => {
    return `<circle class="${row.isOwn ? 'own' : 'peer'}" cx="${place(axis, value)}" cy="${y}" r="4"/>`
  })
  const bar = (x: number): string =>
    `<line class="${row.isOwn ? 'own-mean' : 'mean'}" x1="${x}" x2="${x}" y1="${y - 9}" y2="${y + 9}"/>`
  const mean = row.mean === undefined ? '' : bar(place(axis, row.mean))
  return `<text x="${left - 12}" y="${y + 4}" text-anchor="end">${row.name}</text>${dots.join('')}${mean}`
}

/** One panel per fault: a row per method, a dot per cell, a bar for the geometric mean. */
export function ordersLostPlot(view: ReportView, aims: Readonly<Record<string, number>>): string {
  const axis: Axis = { from: 0.8, to: 150, marks: [1, 2, 5, 10, 20, 50, 100], isLog: true }
  const entries = view.results.entries.filter(({ id }) => id === 'headgate' || id.endsWith('tuned to 1 %'))
  const panels: string[] = []
  let y = 20
  for (const fault of faultIds) {
    const title = view.faulty.find(({ scenario }) => scenario.id === fault)?.scenario.title ?? fault
    panels.push(`<text x="${left}" y="${y}" class="title">${title}: orders lost, oracle = 1</text>`)
    const from = y + 10
    const to = from + entries.length * rowHeight
    panels.push(gridOf(axis, from, to, ''))
    const aim = place(axis, aims[fault] ?? 1)
    panels.push(`<line class="aim" x1="${aim}" x2="${aim}" y1="${from}" y2="${to}"/>`)
    entries.forEach(({ id }, index) => {
      panels.push(rowOf(lossRow(view, fault, id), from + (index + 0.5) * rowHeight, axis))
    })
    y = to + 46
  }
  return picture('Orders lost before the stop, relative to the oracle', y - 20, panels.join('\n'))
}

/** Cells where the oracle always stops: who misses there is charged the day, so every method has the same cells. */
function lossRow(view: ReportView, fault: string, entry: string): Row {
  const values = view.faulty.flatMap((cell) => {
    const own = view.summaryOf(cell, entry)
    const limit = view.summaryOf(cell, 'oracle')
    const isDecidable = limit !== undefined && limit.stops === limit.runs
    return cell.scenario.id === fault && own !== undefined && isDecidable ? [own.meanLost / limit.meanLost] : []
  })
  const logs = values.reduce((sum, value) => sum + Math.log(value), 0)
  const name = tunedTitle(view, entry)
  if (values.length === 0) return { name, isOwn: entry === 'headgate', values }
  return { name, isOwn: entry === 'headgate', values, mean: Math.exp(logs / values.length) }
}

/** A row per entry, a dot per healthy cell. */
export function falseStopsPlot(view: ReportView): string {
  const axis: Axis = { from: 0, to: 100, marks: [0, 1, 5, 20, 50, 100], isLog: false }
  const entries = view.results.entries.filter(({ id }) => id !== 'oracle' && !id.endsWith('5 %'))
  const from = 34
  const to = from + entries.length * rowHeight
  const marks = axis.marks.map((mark) => {
    const x = place(axis, onRootScale(mark / 100))
    const label = `<text class="small" x="${x}" y="${to + 15}" text-anchor="middle">${mark} %</text>`
    return `<line class="${mark === 1 ? 'aim' : 'grid'}" x1="${x}" x2="${x}" y1="${from}" y2="${to}"/>${label}`
  })
  const rows = entries.map(({ id, title }, index) => {
    const values = view.healthy.flatMap((cell) => {
      const own = view.summaryOf(cell, id)
      return own === undefined ? [] : [onRootScale(own.stops / own.runs)]
    })
    return rowOf({ name: title, isOwn: id === 'headgate', values }, from + (index + 0.5) * rowHeight, axis)
  })
  const title = `<text x="${left}" y="20" class="title">healthy days that were stopped, per cell (root scale)</text>`
  return picture('False stops on healthy days', to + 28, [title, ...marks, ...rows].join('\n'))
}

/** 0 to 100 for shares of 0 to 1, so that small ones can be told apart. */
function onRootScale(share: number): number {
  return Math.sqrt(share) * 100
}
