import type { EvidenceCell, EvidenceFrame } from '../gate/evidence.ts'
import { lossOf } from '../gate/loss.ts'
import { tally } from '../gate/state.ts'
import type { Instant } from '../model/time.ts'
import { shareDifference, shareInterval, type Estimate } from '../stats/index.ts'

/** A span of time, `from` included, `until` not. */
export interface Span {
  readonly from: Instant
  readonly until: Instant
}

/** The units of recorded frames by the moment they started, so that any span of them can be weighed afterwards. */
export interface Tallies {
  add(frame: EvidenceFrame): void
  /** Orders fewer than the concurrent control's, of the journeys that started in the span; undefined while an arm has none. */
  ordersLost(span: Span, flows: readonly string[], path?: string): Estimate | undefined
  /** Share of the control's completions that the candidate lost, with its interval. */
  relativeLoss(span: Span, flow: string, path?: string): Estimate | undefined
  /** Visitors with an error at the candidate above the control's, as a share. */
  moreErrors(span: Span, route: string): Estimate | undefined
  candidateJourneys(span: Span, flows: readonly string[]): number
}

interface Row {
  readonly at: Instant
  readonly subject: string
  readonly path: string
  readonly share: number
  readonly counts: number[]
}

const columns = { started: tally.started, completed: tally.completed, failed: tally.failed } as const

export function createTallies(): Tallies {
  const journeys: Rows = new Map()
  const pages: Rows = new Map()
  const ofFlows = (span: Span, flows: readonly string[], path?: string): readonly Row[] =>
    select(journeys, span, (row) => flows.includes(row.subject) && (path === undefined || row.path === path))
  return {
    add: ({ at, cells }) => {
      for (const cell of cells) addCell({ journeys, pages }, cell, at)
    },
    ordersLost: (span, flows, path) => lossOf(perShare(ofFlows(span, flows, path))),
    relativeLoss: (span, flow, path) => relativeLossOf(sumOf(ofFlows(span, [flow], path))),
    moreErrors: (span, route) => moreErrorsOf(sumOf(select(pages, span, (row) => row.subject === route))),
    candidateJourneys: (span, flows) => sumOf(ofFlows(span, flows))[tally.candidate + tally.started] ?? 0,
  }
}

type Rows = Map<string, Row>

function addCell(
  { journeys, pages }: { readonly journeys: Rows; readonly pages: Rows },
  cell: EvidenceCell,
  at: Instant,
): void {
  // Without a concurrent arm there is nothing to compare.
  if (cell.share <= 0 || cell.share >= 10_000) return
  const isCandidate = cell.arm === 'candidate'
  switch (cell.kind) {
    case 'journey': {
      const { flow: subject, path, share, startedAt } = cell
      const counts = Array.from({ length: tally.size }, () => 0)
      const row = rowOf(journeys, { at: startedAt, subject, path, share, counts })
      return bump(row, columns[cell.outcome] + (isCandidate ? tally.candidate : 0), cell.count)
    }
    case 'page': {
      const row = rowOf(pages, { at, subject: cell.route, path: '', share: cell.share, counts: [0, 0, 0, 0] })
      return bump(row, (cell.outcome === 'error' ? 1 : 0) + (isCandidate ? 2 : 0), cell.count)
    }
    case 'visit':
    case 'order':
    case 'item':
      return undefined
  }
}

function select(rows: Rows, { from, until }: Span, isOwn: (row: Row) => boolean): readonly Row[] {
  return [...rows.values()].filter((row) => row.at >= from && row.at < until && isOwn(row))
}

/** Each arm over all shares: harm has mostly one, for a release does not rise while it is being harmed. */
function relativeLossOf(counts: readonly number[]): Estimate | undefined {
  const arm = (from: number): readonly [number, number] => [
    counts[from + tally.completed] ?? 0,
    counts[from + tally.started] ?? 0,
  ]
  const [control, candidate] = [arm(0), arm(tally.candidate)]
  if (!(control[0] > 0) || candidate[1] === 0) return undefined
  const lost = shareDifference(shareInterval(...control), shareInterval(...candidate))
  const rate = control[0] / control[1]
  return { low: lost.low / rate, mid: lost.mid / rate, high: lost.high / rate }
}

function moreErrorsOf([ok = 0, error = 0, candidateOk = 0, candidateError = 0]: readonly number[]):
  | Estimate
  | undefined {
  if (ok + error === 0 || candidateOk + candidateError === 0) return undefined
  return shareDifference(shareInterval(candidateError, candidateOk + candidateError), shareInterval(error, ok + error))
}

function rowOf(rows: Rows, fresh: Row): Row {
  const key = `${fresh.at} ${fresh.share} ${fresh.subject} ${fresh.path}`
  const row = rows.get(key) ?? fresh
  rows.set(key, row)
  return row
}

function bump({ counts }: Row, column: number, count: number): void {
  if (Number.isSafeInteger(count) && count > 0) counts[column] = (counts[column] ?? 0) + count
}

/** One tally for each flow, path and share: only those who were drawn at one share can be compared. */
function perShare(rows: readonly Row[]): readonly (readonly number[])[] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const key = `${row.share} ${row.subject} ${row.path}`
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups.values()].map(sumOf)
}

function sumOf(rows: readonly Row[]): readonly number[] {
  const sums: number[] = []
  for (const { counts } of rows) {
    counts.forEach((value, column) => {
      sums[column] = (sums[column] ?? 0) + value
    })
  }
  return sums
}
