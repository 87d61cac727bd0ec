import {
  everything,
  worstHarm,
  type CriterionSight,
  type HarmSight,
  type PlaceSight,
  type SightReport,
  type SightStatus,
  type StageSight,
} from '@headgate/core/sight'
import { moneyText, percentOfBasisPoints, roundPercent, shortSpan, span } from './figures.ts'
import { sightTable, type Cell } from './sight-table.ts'
import { fullHarms } from './sight-harms.ts'
import { paint, piece, fit, wrap, type Line, type Style } from './line.ts'

export interface SightOptions {
  readonly width: number
  readonly hasColour: boolean
  /** Every harm with its 95th percentile, money and both ways to show. */
  readonly isFull: boolean
  readonly ellipsis: string
}

/** The report as a person reads it: figures first, then a screen per stage, what is missing at the end. Pure. */
export function sightLines(report: SightReport, options: SightOptions): readonly string[] {
  const lines = [
    [piece(report.release, 'bold'), piece(': what its gates can see before anybody is exposed')],
    [],
    ...headLines(report, options.width),
    ...report.stages.flatMap((stage) => stageLines(stage, options)),
    [],
    ...verdictLines(report),
  ]
  return lines.map((line) => paint(fit(line, options.width, options.ellipsis), options.hasColour).trimEnd())
}

function headLines(report: SightReport, width: number): Line[] {
  const flows = report.traffic.flows.map(({ flow, perMinute, medianDelayMs = 0, averageOrder }) => {
    if (perMinute === undefined) return `${flow} unknown`
    const worth = averageOrder === undefined ? '' : `, worth ${moneyText(averageOrder.amount, averageOrder.currency)}`
    return `${flow} starts ${rate(perMinute)} times a minute, an order comes after ${span(medianDelayMs)}${worth}`
  })
  const shares = report.shares.map(({ criterion, share }) => `${criterion} ${roundPercent(share)}`).join(', ')
  const { orders, revenue } = report.lossBudget
  const losses = [
    ...(orders === undefined ? [] : [`${orders} orders`]),
    ...(revenue === undefined ? [] : [moneyText(revenue.amount, revenue.currency)]),
  ]
  return [
    ...factLines('traffic', `${originText(report)}: ${flows.join('; ')}`, width),
    ...factLines(
      'false stops',
      `at most ${roundPercent(report.falseStopBudget)} of healthy releases, split: ${shares}`,
      width,
    ),
    ...factLines('loss budget', losses.length === 0 ? 'none' : `stops at ${losses.join(' or ')}`, width),
    ...factLines(
      'harm',
      'begins with the stage; (n) orders, or the worth of n, are lost until it is stopped; - not within the window, * only if the stage lasts that long',
      width,
    ),
  ]
}

function originText({ traffic }: SightReport): string {
  const { origin, recordedMs } = traffic
  return recordedMs === undefined ? origin : `${origin} over ${shortSpan(recordedMs)}`
}

function factLines(name: string, text: string, width: number): Line[] {
  return wrap(text, Math.max(30, width - 15)).map((line, index) => [
    piece(`  ${(index === 0 ? name : '').padEnd(13)}`, 'dim'),
    piece(line),
  ])
}

const statusStyles: Readonly<Record<SightStatus, Style>> = {
  sees: 'good',
  unknown: 'warning',
  underpowered: 'warning',
  blind: 'bad',
}

function stageLines(stage: StageSight, options: SightOptions): Line[] {
  const { pass } = stage
  const healthy =
    pass === undefined
      ? piece('a healthy candidate does not pass in time', 'warning')
      : piece(`a healthy candidate passes after ${shortSpan(pass.meanMs)}, 95 of 100 by ${shortSpan(pass.p95Ms)}`)
  const share = percentOfBasisPoints(stage.visitorBasisPoints)
  return [
    [],
    [
      piece(`STAGE ${stage.stage}`, 'bold'),
      piece(`  ${share} of visitors, ${shortSpan(stage.minMs)} to ${shortSpan(stage.maxMs)}`),
    ],
    [piece('  '), healthy],
    ...stage.criteria.flatMap((criterion) => criterionLines(criterion, stage, options)),
  ]
}

function criterionLines(criterion: CriterionSight, stage: StageSight, options: SightOptions): Line[] {
  const { status, note, places, signedOff, shadow } = criterion
  const words = (text: string): Line[] =>
    wrap(text, Math.max(30, options.width - 4)).map((line): Line => [piece(`    ${line}`, 'dim')])
  return [
    [
      piece(`  ${criterion.criterion}  `, 'bold'),
      piece(statusWords[status], statusStyles[status]),
      piece(shadow ? '  (shadow)' : ''),
    ],
    ...(signedOff === undefined ? [] : words(`signed off by ${signedOff.by}: ${signedOff.reason}`)),
    ...(note === undefined ? [] : words(note)),
    ...(places.length === 0
      ? []
      : sightTable(
          headOf(criterion),
          places.map((place) => rowOf(criterion, place, stage.maxMs)),
        )),
    ...(options.isFull && places.length > 0 ? fullHarms(criterion) : []),
    ...cureLines(criterion, options.width),
  ]
}

const statusWords: Readonly<Record<SightStatus, string>> = {
  sees: 'sees',
  unknown: 'UNKNOWN',
  underpowered: 'UNDERPOWERED',
  blind: 'BLIND',
}

function headOf({ signal, places }: CriterionSight): readonly string[] {
  const harms = columnsOf(places[0]).map(({ size, kind }) => harmTitle(signal, size, kind))
  return ['', '/min', 'sees from', ...harms, 'passes']
}

/** Each size in the way that is hardest to see, and a total break also where it is reported as failures. */
function columnsOf(place: PlaceSight | undefined): readonly HarmSight[] {
  const harms = place?.harms ?? []
  const first = harms[0]?.kind
  const total = harms.at(-1)
  const plain = harms.filter(({ kind }) => kind === first)
  return total === undefined || total.kind === first ? plain : [...plain, total]
}

function harmTitle(signal: CriterionSight['signal'], size: number, kind: HarmSight['kind']): string {
  if (signal === 'errors') return size >= 1 ? 'all fail' : `+${roundPercent(size)}`
  if (signal === 'count') return size >= 1 ? 'all get it' : `+${roundPercent(size)}`
  if (signal === 'latency') return size >= 1 ? `${1 + size}x` : `+${roundPercent(size)}`
  if (size >= 1) return kind === 'loud' ? 'all fail' : 'all lost'
  return `-${roundPercent(size)}`
}

function rowOf({ signal }: CriterionSight, place: PlaceSight, maxMs: number): readonly Cell[] {
  const name = place.place === '' ? everything(signal) : place.place
  const sign = signal === 'errors' || signal === 'latency' || signal === 'count' ? '+' : '-'
  const from = place.smallestHarm === undefined ? 'nothing' : `${sign}${roundPercent(place.smallestHarm)}`
  return [
    { text: name, style: place.isGuarded ? 'plain' : 'dim' },
    { text: rate(place.candidatePerMinute), style: 'dim' },
    { text: from, style: place.smallestHarm === undefined ? 'warning' : 'plain' },
    ...columnsOf(place).map((harm) => harmCell(harm, maxMs)),
    passCell(place),
  ]
}

/** `*` marks what would be stopped within the window, were the stage not left before. */
function harmCell({ stop, isSeen, lost }: HarmSight, maxMs: number): Cell {
  if (stop === undefined || stop.p95Ms > maxMs) return { text: '-', style: 'dim' }
  const orders = lost === undefined ? '' : ` (${Math.max(1, Math.round(lost.orders.mean))})`
  return { text: `${shortSpan(stop.meanMs)}${orders}${isSeen ? '' : '*'}`, style: isSeen ? 'plain' : 'dim' }
}

function passCell({ pass }: PlaceSight): Cell {
  if (pass === undefined) return { text: '', style: 'dim' }
  if (pass.time === undefined) return { text: 'never', style: 'warning' }
  return { text: shortSpan(pass.time.meanMs), style: pass.isInWindow ? 'good' : 'warning' }
}

/** What is missing and the cheapest cures; places for which nothing waits are told together. */
function cureLines({ places, signal }: CriterionSight, width: number): Line[] {
  const blind = places.filter(({ status }) => status !== 'sees' && signal !== 'split')
  const own = blind
    .filter(({ isGuarded }) => isGuarded)
    .map((place) => remark(guardedWords(signal, place), statusStyles[place.status], width))
  const others = blind.filter(({ isGuarded }) => !isGuarded)
  return [...own, ...(others.length === 0 ? [] : [remark(unguardedWords(others), 'dim', width)])].flat()
}

function guardedWords(signal: CriterionSight['signal'], { place, status, cures }: PlaceSight): string {
  const where = place === '' ? everything(signal) : place
  const what = status === 'blind' ? `${worstHarm(signal)} goes unseen` : 'a healthy candidate does not pass in time'
  return `${where}: ${what}. It takes ${cures.map(({ words }) => words).join('; or ')}.`
}

function unguardedWords(places: readonly PlaceSight[]): string {
  const names = places.map(({ place }) => place).join(', ')
  const dearest = places
    .map(({ cures }) => cures.find(({ kind }) => kind === 'stay') ?? cures[0])
    .toSorted((a, b) => (b?.value ?? Infinity) - (a?.value ?? Infinity))[0]
  const margins = places.flatMap(({ place, cures }) => {
    const margin = cures.find(({ kind }) => kind === 'margin')?.value
    return margin === undefined ? [] : [`${place} ${roundPercent(margin)}`]
  })
  const wait = margins.length === 0 ? '' : `; or margins, for which the stage then waits: ${margins.join(', ')}`
  return `${names}: without a margin the stage does not wait for them, and may be left before a total break shows. It takes ${dearest?.words ?? ''}${wait}.`
}

function remark(text: string, style: Style, width: number): Line[] {
  return wrap(text, Math.max(30, width - 6)).map((line, index) => [
    piece(index === 0 ? '    ! ' : '      ', style === 'dim' ? 'warning' : style),
    piece(line, style === 'dim' ? 'dim' : 'plain'),
  ])
}

function verdictLines({ stages, seesEnough }: SightReport): Line[] {
  if (seesEnough) return [[piece('The gates see enough.', 'good')]]
  const blind = stages.flatMap(({ stage, criteria }) =>
    criteria
      .filter(({ shadow, status, signedOff }) => !shadow && status !== 'sees' && signedOff === undefined)
      .map(({ criterion, status }) => `${criterion} is ${status} in stage ${stage}`),
  )
  return [
    [piece(`Not enough: ${blind.join(', ')}.`, 'warning')],
    [piece('Take a cure, or have somebody accept it: signedOff: { by, reason } at the criterion.')],
  ]
}

/** `12`, `3.4`, `0.06` */
function rate(perMinute: number): string {
  if (perMinute >= 10) return Math.round(perMinute).toString()
  return perMinute.toPrecision(perMinute >= 1 ? 2 : 1)
}
