import type { ReleaseEventView, ReleaseView } from '@headgate/protocol/api'
import { gateLines } from './gate-lines.ts'
import { percentOfBasisPoints, span, timeOfDay } from './figures.ts'
import { glyphs, type Glyphs } from './glyphs.ts'
import { fit, paint, piece, wrap, type Line, type Style } from './line.ts'
import { stageTrack } from './stage-track.ts'

export interface ScreenOptions {
  readonly now: number
  readonly width: number
  readonly hasColour: boolean
  readonly hasUnicode: boolean
  /** Newest last; the newest few are shown. */
  readonly events?: readonly ReleaseEventView[]
  /** Why the view may be old: the link to the server is down. */
  readonly lost?: string | undefined
}

const shownEvents = 5

/** One release as a screen: where it is, what the gate says and how sure, who must act, what happened last. Pure. */
export function releaseScreen(view: ReleaseView, options: ScreenOptions): readonly string[] {
  const signs = glyphs(options.hasUnicode)
  const lines: readonly Line[] = [
    headLine(view, options.now, signs),
    ...(options.lost === undefined ? [] : [[piece(`link lost: ${options.lost}`, 'warning')]]),
    ...stageTrack(view, options.width, signs),
    [],
    ...gateLines(view, options.width, signs),
    ...actLines(view, options),
    ...eventLines(options.events ?? []),
  ]
  return lines.map((line) => paint(fit(line, options.width, signs.ellipsis), options.hasColour))
}

export const phaseStyles: Readonly<Record<ReleaseView['phase'], Style>> = {
  draft: 'dim',
  ready: 'accent',
  ramping: 'accent',
  held: 'warning',
  stopping: 'bad',
  stopped: 'bad',
  live: 'good',
  closed: 'dim',
}

function headLine(view: ReleaseView, now: number, signs: Glyphs): Line {
  const { gateways, of } = view.confirmed
  return [
    piece(view.id, 'bold'),
    piece('  '),
    piece(view.phase.toUpperCase(), phaseStyles[view.phase]),
    piece(` for ${span(now - view.since)}`, 'dim'),
    piece(`  ${exposureText(view)}`),
    piece(`  ${signs.bullet} ${gateways}/${of} gateways`, gateways === of ? 'dim' : 'warning'),
  ]
}

/** `25 % of visitors`, with the URL dial and the mode where they differ from the plain case. */
export function exposureText({ exposure }: ReleaseView): string {
  if (exposure.mode === 'none') return 'nobody exposed'
  const urls = exposure.urlBasisPoints === 0 ? '' : `, ${percentOfBasisPoints(exposure.urlBasisPoints)} of URLs`
  const mode = { open: '', hold: ' (no new entrants)', eject: ' (pinned journeys only)', evict: ' (nobody)' }
  return `${percentOfBasisPoints(exposure.visitorBasisPoints)} of visitors${urls}${mode[exposure.mode]}`
}

/** What stands in the way and who must act: the stop, the hold, the missing approvals. */
function actLines(view: ReleaseView, { now, width }: ScreenOptions): readonly Line[] {
  return [
    ...(view.stop === undefined ? [] : stopLines(view.stop, width)),
    ...(view.hold === undefined ? [] : holdLines(view.hold, now, width)),
    ...approvalLines(view),
  ]
}

function stopLines(stop: NonNullable<ReleaseView['stop']>, width: number): readonly Line[] {
  const effect =
    stop.inEffectAt === undefined
      ? 'not yet in effect everywhere'
      : `in effect ${span(stop.inEffectAt - stop.requestedAt)} later`
  return [
    [piece(`stop (${stop.mode}) by ${stop.by.id} at ${timeOfDay(stop.requestedAt)}, ${effect}`, 'bad')],
    ...indented(stop.reason, width),
  ]
}

function holdLines(hold: NonNullable<ReleaseView['hold']>, now: number, width: number): readonly Line[] {
  const left = hold.deadline - now
  const clock = left >= 0 ? `${span(left)} left` : `overdue by ${span(-left)}`
  const escalated = hold.escalations === 0 ? '' : `, escalated ${hold.escalations}x`
  return [
    [piece(`held (${hold.cause}): ${hold.owner} must act, ${clock}${escalated}`, left >= 0 ? 'warning' : 'bad')],
    ...indented(hold.reason, width),
  ]
}

function approvalLines(view: ReleaseView): readonly Line[] {
  if (view.approvals.length === 0) return []
  return [[piece(`approved by ${view.approvals.map((approval) => approval.by).join(', ')}`, 'accent')]]
}

function eventLines(events: readonly ReleaseEventView[]): readonly Line[] {
  if (events.length === 0) return []
  const newest = events.slice(-shownEvents)
  return [[], ...newest.map((event) => [piece(`${timeOfDay(event.at)}  `, 'dim'), piece(eventText(event))])]
}

export function eventText(event: ReleaseEventView): string {
  return `${event.kind} by ${event.actor.id}${event.reason === '' ? '' : `: ${event.reason}`}`
}

function indented(text: string, width: number): readonly Line[] {
  return wrap(text, Math.max(20, width - 2)).map((line) => [piece(`  ${line}`)])
}
