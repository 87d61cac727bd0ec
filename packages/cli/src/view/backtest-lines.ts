import type { BacktestReport, CriterionTimeline, GateVerdict, StopMoment, VerdictChange } from '@headgate/core/gate'
import type { Io } from '../io.ts'
import { dateAndTime, digits, span, timeOfDay } from './figures.ts'
import { explanation, shadowMark, verdictStyles } from './gate-lines.ts'
import { pad, paint, piece, textWidth, wrap, type Line } from './line.ts'
import { table } from './table.ts'

export interface BacktestView {
  readonly name: string
  readonly report: BacktestReport
  readonly changes: readonly VerdictChange[]
}

/** The timeline of one gate, then each of its criteria, then what it comes to. */
export function backtestLines(
  { release, ...view }: BacktestView & { readonly release: string },
  width: number,
): readonly Line[] {
  const { report, changes } = view
  const hidden = report.changes - changes.length
  return [
    [piece('gate '), piece(view.name, 'bold'), piece(` over ${release}, ${spanText(report)}`)],
    [],
    ...changes.flatMap((change) => changeLines(change, width)),
    ...(hidden > 0 ? [[piece(`... and ${hidden} more changes; --every shows each tick`, 'dim')]] : []),
    ...(changes.length > 0 ? [[]] : []),
    ...criteriaLines(report),
    [],
    ...summaryLines(report).flatMap((text) => wrap(text, width).map((line): Line => [piece(line)])),
  ]
}

/** Several gates side by side. */
export function comparisonLines(views: readonly BacktestView[], release: string): readonly Line[] {
  const [first] = views
  const rows = views.map(({ name, report }) => [
    name,
    report.stop === undefined ? '' : timeOfDay(report.stop.at),
    stoppedBy(report.stop),
    evidenceText(report.stop),
    lostText(report.stop),
    passesText(report.passes),
    report.last?.kind ?? '',
  ])
  const head = ['gate', 'stops at', 'by', 'evidence', 'orders lost until then', 'passes at', 'ends']
  return [
    ...(first === undefined ? [] : [[piece(`${release}, ${spanText(first.report)}`)], []]),
    ...table(head, rows).map((line): Line => [piece(line)]),
    [],
    ...views.map(({ name, report }): Line => [piece(`${name}: ${summaryLines(report)[0] ?? ''}`)]),
  ]
}

/** One tick of `--every`. */
export function tickLine(
  name: string,
  verdict: GateVerdict,
  { json, terminal }: Pick<Io, 'json' | 'terminal'>,
): string {
  if (json) return JSON.stringify({ gate: name, verdict })
  const { at, stage, kind, reason } = verdict
  return paint(
    [piece(`${timeOfDay(at)}  ${name}  ${stage}  `, 'dim'), piece(kind, verdictStyles[kind]), piece(`  ${reason}`)],
    terminal.hasColour,
  )
}

function spanText({ from = 0, until = 0, ticks, judged }: BacktestReport): string {
  return `${dateAndTime(from)} to ${timeOfDay(until)} (${span(until - from)}): ${ticks} ticks, judged on ${judged}`
}

/** One change of a verdict: when, in which stage, and what says something new. */
export function changeLines({ verdict, criteria }: VerdictChange, width: number): readonly Line[] {
  const nameWidth = Math.min(28, Math.max(0, ...criteria.map((each) => textWidth(each.criterion))))
  const { at, stage, kind } = verdict
  return [
    [piece(`${timeOfDay(at)}  ${stage}  `, 'dim'), piece(kind.toUpperCase(), verdictStyles[kind])],
    ...criteria.flatMap((criterion): readonly Line[] => [
      [
        piece(`  ${pad(criterion.criterion, nameWidth)}  `),
        piece(criterion.kind, verdictStyles[criterion.kind]),
        ...shadowMark(criterion),
      ],
      ...wrap(explanation(criterion), Math.max(20, width - 4)).map((line): Line => [piece(`    ${line}`, 'dim')]),
    ]),
  ]
}

function criteriaLines({ criteria }: BacktestReport): readonly Line[] {
  const rows = criteria.map(({ criterion, shadow, stop, passes, last }) => [
    shadow ? `${criterion} (shadow)` : criterion,
    stop === undefined ? '' : `${timeOfDay(stop.at)} ${stop.stage}`,
    evidenceText(stop ?? { verdict: last }),
    stop?.verdict.where ?? '',
    lostText(stop),
    passesText(passes),
    last.kind,
  ])
  const head = ['criterion', 'stops at', 'evidence', 'where', 'orders lost until then', 'passes at', 'ends']
  return table(head, rows).map((line): Line => [piece(line)])
}

function stoppedBy(stop: StopMoment | undefined): string {
  if (stop === undefined) return ''
  const { criterion, where, shadow } = stop.verdict
  return `${criterion}${where === undefined ? '' : ` on ${where}`}${shadow ? ' (shadow)' : ''}`
}

/** `260 of 143`: wealth of the stop test and the level at which it stops, to three digits. */
function evidenceText(moment: Pick<StopMoment, 'verdict'> | undefined): string {
  const stop = moment?.verdict.stop
  return stop === undefined ? '' : `${digits(stop.evidence)} of ${digits(stop.threshold)}`
}

function lostText(stop: StopMoment | undefined): string {
  const lost = stop?.ordersLost
  return lost === undefined ? '' : `${lost.mid.toFixed(1)} (${lost.low.toFixed(1)} to ${lost.high.toFixed(1)})`
}

function passesText(passes: readonly { readonly at: number; readonly stage: string }[]): string {
  return passes.map(({ at, stage }) => `${timeOfDay(at)} ${stage}`).join(', ')
}

/** The first line says it all; the rest is for those who want more. */
function summaryLines(report: BacktestReport): readonly string[] {
  const { stop, last } = report
  if (stop !== undefined) return [stopSummary(stop), ...shadowSummary(report, stop), ...totalLoss(report)]
  const whole = [...shadowSummary(report, undefined), ...totalLoss(report)]
  if (last === undefined) return ['It was never judged.', ...whole]
  if (last.kind === 'pass')
    return [`It would not have stopped the release, and passes at the end: ${last.reason}.`, ...whole]
  return [`It would not have stopped the release, and is ${last.kind} at the end: ${last.reason}.`, ...whole]
}

function stopSummary(stop: StopMoment): string {
  const { at, stage, harmBeganAt, ordersLost } = stop
  const since = harmBeganAt === undefined || harmBeganAt > at ? '' : `, ${span(at - harmBeganAt)} after the first signs`
  const lost =
    ordersLost === undefined ? '' : `; orders lost until then: ${lostText(stop)} against the concurrent control`
  return `It would have stopped the release at ${timeOfDay(at)} in stage ${stage}${since}: ${stoppedBy(stop)}${lost}.`
}

/** Shadows that would have stopped the release, where they are not what the summary says already. */
function shadowSummary({ criteria }: BacktestReport, said: StopMoment | undefined): readonly string[] {
  return criteria
    .filter((each): each is CriterionTimeline & { readonly stop: StopMoment } => each.shadow && each.stop !== undefined)
    .filter(({ criterion }) => criterion !== said?.verdict.criterion)
    .map(({ criterion, stop }) => `The shadow ${criterion} would have stopped it at ${timeOfDay(stop.at)}.`)
}

function totalLoss({ ordersLost }: BacktestReport): readonly string[] {
  return Object.entries(ordersLost)
    .filter(([, { low }]) => low > 0)
    .map(
      ([flow, { low, mid, high }]) =>
        `Over the whole recording ${flow} lost ${mid.toFixed(1)} orders (${low.toFixed(1)} to ${high.toFixed(1)}).`,
    )
}
