import type { GateVerdictView, ReleaseView } from '@headgate/protocol/api'
import { evidenceBar, evidenceShare } from './evidence-bar.ts'
import { count, percent, timeOfDay } from './figures.ts'
import type { Glyphs } from './glyphs.ts'
import { pad, piece, printable, textWidth, wrap, type Line, type Segment, type Style } from './line.ts'

type CriterionView = GateVerdictView['criteria'][number]
type VerdictKind = GateVerdictView['kind']

export const verdictStyles: Readonly<Record<VerdictKind, Style>> = {
  pass: 'good',
  inconclusive: 'accent',
  underpowered: 'warning',
  blind: 'warning',
  'provider-error': 'warning',
  fail: 'bad',
}

const barWidth = 8
/** Below it, units and rates stand with the reason. */
const wideEnough = 94
const longestVerdict = 'provider-error'.length

/** The gate's verdict and, per criterion, how far its evidence has come towards stopping and towards passing. */
export function gateLines(view: ReleaseView, { width, signs, isBrief }: GateLayout): readonly Line[] {
  const { verdict } = view
  if (verdict === undefined) return [[piece('no verdict yet', 'dim')], []]
  const nameWidth = Math.min(28, Math.max(0, ...verdict.criteria.map((criterion) => textWidth(criterion.criterion))))
  return [
    [
      piece('gate '),
      piece(verdict.gate, 'bold'),
      piece('  '),
      piece(verdict.kind.toUpperCase(), verdictStyles[verdict.kind]),
    ],
    ...verdict.criteria.flatMap((criterion) => criterionLines(criterion, { nameWidth, width, signs, isBrief })),
    [],
  ]
}

export interface GateLayout {
  readonly width: number
  readonly signs: Glyphs
  /** One line for each reason, where the screen is low; a fail always says all. */
  readonly isBrief: boolean
}

interface CriterionLayout extends GateLayout {
  readonly nameWidth: number
}

function criterionLines(criterion: CriterionView, layout: CriterionLayout): readonly Line[] {
  const isWide = layout.width >= wideEnough
  const first: Line = [
    piece(`  ${pad(criterion.criterion, layout.nameWidth)}  `),
    piece(pad(criterion.kind, longestVerdict), verdictStyles[criterion.kind]),
    ...bar('stop', criterion.stop, { style: 'bad', signs: layout.signs }),
    ...bar('pass', criterion.pass, { style: 'good', signs: layout.signs }),
    piece(isWide ? `  ${figures(criterion)}` : '', 'dim'),
    ...shadowMark(criterion),
    piece(criterion.incident === undefined ? '' : `  (inherited from incident ${criterion.incident})`, 'dim'),
  ]
  const text = [isWide ? '' : `${figures(criterion)};`, explanation(criterion)].join(' ')
  const isCut = layout.isBrief && criterion.kind !== 'fail'
  const reason = isCut ? [printable(text).trim()] : wrap(text, Math.max(20, layout.width - 4))
  return [first, ...reason.map((line): Line => [piece(`    ${line}`, 'dim')])]
}

/** A shadow never acts: what it would have done stands there, so that nobody takes its fail for a stop. */
export function shadowMark({ shadow, kind }: CriterionView): readonly Segment[] {
  if (!shadow) return []
  const would = kind === 'fail' ? ': would stop' : kind === 'pass' ? ': would pass' : ''
  return [piece(`  (shadow${would})`, 'dim')]
}

/** `coupon: 3 of 40 completed. Needs … (checkout, until 14:03:09Z)` */
export function explanation({ where, reason, needs, kind, owner, until }: CriterionView): string {
  const place = where === undefined || reason.includes(where) ? '' : `${where}: `
  const end = /[.!?]$/.test(reason) ? '' : '.'
  if (needs === undefined || kind === 'fail') return `${place}${reason}`
  const whose = until === undefined ? owner : `${owner}, until ${timeOfDay(until)}`
  return `${place}${reason}${end} Needs ${needs} (${whose})`
}

function bar(
  name: string,
  test: CriterionView['stop'],
  { style, signs }: { readonly style: Style; readonly signs: Glyphs },
): readonly Segment[] {
  if (test === undefined) return [piece(`  ${' '.repeat(name.length + 1 + barWidth)}`)]
  return [piece(`  ${name} `, 'dim'), piece(evidenceBar(evidenceShare(test), barWidth, signs), style)]
}

/** Units and rates, candidate first: that is the side under judgement. */
function figures({ units, rates }: CriterionView): string {
  const counted = `n ${count(units.candidate)}/${count(units.control)}`
  return rates === undefined ? counted : `${counted}  ${percent(rates.candidate)} : ${percent(rates.control)}`
}
