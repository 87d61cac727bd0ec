import type { ProposalView, ProposedCriterionView } from '@headgate/protocol/api'
import { counted, dateAndTime, percent, span, timeOfDay } from './figures.ts'
import { printable, wrap } from './line.ts'
import { table } from './table.ts'

const nameWidth = 15

/** What an incident teaches, for somebody who was up all night: what broke, which criterion, how much earlier, what it would have saved. */
export function proposalLines(proposal: ProposalView, width: number): readonly string[] {
  return [
    `${proposal.incident === undefined ? `release ${proposal.release}` : `incident ${proposal.incident}`}: what would have stopped it first`,
    '',
    ...section('what happened', happened(proposal), width),
    '',
    ...section('proposal', proposed(proposal), width),
    '',
    ...section('weighed', weighed(proposal), width),
    ...others(proposal),
    '',
    ...next(proposal),
  ]
}

function section(name: string, texts: readonly string[], width: number): readonly string[] {
  const lines = texts.flatMap((text) => wrap(printable(text), width - nameWidth))
  return lines.map((line, index) => `${(index === 0 ? name : '').padEnd(nameWidth)}${line}`)
}

function happened({ harm, stoppedBy, release }: ProposalView): readonly string[] {
  const { beganAt, stoppedAt, isBeginningUnknown, ordersLost, journeys, path } = harm
  const lag = span(stoppedAt - beganAt)
  const began = isBeginningUnknown
    ? `nobody knows since when; its last stage had been in effect for ${lag}`
    : `${lag} after harm began to show at ${timeOfDay(beganAt)}`
  const end = stoppedBy === undefined ? `harm in ${release} until` : `${stoppedBy} stopped ${release} at`
  const place = path === undefined ? '' : ` on path ${path}`
  const lost =
    ordersLost === undefined
      ? 'orders lost: not known, one arm had no journeys'
      : `orders lost in that time${place}: ${orders(ordersLost)}; ${counted(journeys, 'candidate journey')} started`
  return [`${end} ${dateAndTime(stoppedAt)}, ${began}`, lost]
}

/** `9.3 (95 %: 4.2 to 14.4)` */
function orders({ low, mid, high }: NonNullable<ProposedCriterionView['savedOrders']>): string {
  return `${mid.toFixed(1)} (95 %: ${low.toFixed(1)} to ${high.toFixed(1)})`
}

function proposed({ best, tried, good, harm, stoppedBy }: ProposalView): readonly string[] {
  if (best === undefined) {
    return stoppedBy === undefined
      ? [`none: of ${tried} criteria tried none would have stopped this without firing on good evidence`]
      : [`none: the gate that stopped was already the best of ${tried} tried; nothing to be trusted was earlier`]
  }
  const { key, watches, firedAt, stage, savedMs, sign, falseStopShare, threshold } = best
  const where = best.where === undefined || watches.includes(best.where) ? '' : ` (${best.where})`
  return [
    key,
    watches,
    `would have stopped at ${timeOfDay(firedAt)} in stage ${stage}, ${span(savedMs)} earlier: ${sign}${where}`,
    `would have saved ${savedText(best, harm.ordersLost?.mid)}`,
    `stops at odds of ${Math.round(threshold)} : 1, for ${percent(falseStopShare)} of the release's false-stop budget`,
    goodText(good),
  ]
}

function savedText({ savedOrders }: ProposedCriterionView, lost: number | undefined): string {
  if (savedOrders === undefined) return 'time, but no orders: no journey started in it at both arms'
  const whole = lost === undefined ? '' : `, of ${lost.toFixed(1)} lost`
  if (savedOrders.mid <= 0) return `no orders: ${orders(savedOrders)}`
  return `${savedOrders.low > 0 ? '' : 'not surely any orders: '}${orders(savedOrders)} orders${whole}`
}

function goodText({ stages, releases, journeys, passed, held }: ProposalView['good']): string {
  if (stages.length + releases.length === 0)
    return 'no good evidence is on record, so nobody knows how often it would stop for nothing'
  const quiet = `never fired in ${counted(stages.length, 'good stage')} and ${counted(releases.length, 'harmless release')} (${counted(journeys, 'candidate journey')})`
  if (stages.length === 0) return quiet
  const waited = held === 0 ? '' : `; ${held} would have waited longer for it to pass`
  return `${quiet}; ${passed} of ${counted(stages.length, 'good stage')} would have passed it in time${waited}`
}

function weighed({ tried }: ProposalView): readonly string[] {
  return [
    `${counted(tried, 'criterion').replace('criterions', 'criteria')}, each at the level it would have had. A search over many on one incident fits that incident: of those about as early, the simplest is proposed. Its false stops come out of the release's own budget.`,
  ]
}

function others({ others: list }: ProposalView): readonly string[] {
  if (list.length === 0) return []
  const rows = list.map(({ key, firedAt, savedMs, savedOrders, falseStopShare, firedOnGood, doubt }) => [
    key,
    timeOfDay(firedAt),
    savedMs > 0 ? span(savedMs) : `${span(-savedMs)} late`,
    savedOrders === undefined ? '' : savedOrders.mid.toFixed(1),
    percent(falseStopShare),
    doubt ?? (firedOnGood.length === 0 ? 'quiet' : `fired: ${firedOnGood.join('; ')}`),
  ])
  const head = ['others', 'stops', 'earlier', 'orders saved', 'budget', 'on good evidence']
  return ['', ...table(head, rows, new Set(['earlier', 'orders saved', 'budget']))]
}

function next({ incident, best, lesson, release, harm }: ProposalView): readonly string[] {
  if (lesson?.kind === 'waived') return [printable(`Waived by ${lesson.by}: ${lesson.reason}`)]
  if (lesson?.kind === 'accepted') {
    const end = lesson.retired === undefined ? '' : `; retired by ${lesson.retired.by}: ${lesson.retired.reason}`
    return [printable(`Accepted by ${lesson.by} as ${lesson.criterion} (${lesson.key}): ${lesson.reason}${end}`)]
  }
  if (incident === undefined) {
    const window = `--from ${instant(harm.beganAt)} --until ${instant(harm.stoppedAt)}`
    return [`To decide on it: headgate incident report ${release} ${window} --reason "what was seen"`]
  }
  return [
    'The owner of the domain decides:',
    ...(best === undefined
      ? []
      : [`  headgate incident accept ${incident} --criterion ${best.key} --reason "why this one"`]),
    `  headgate incident waive ${incident} --reason "why none"`,
  ]
}

function instant(at: number): string {
  return new Date(at).toISOString()
}
