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
  /** Lines that there is room for; without a limit where absent. */
  readonly height?: number | undefined
  /** Newest last; the newest few are shown. */
  readonly events?: readonly ReleaseEventView[]
  /** Why the view may be old: the link to the server is down. */
  readonly lost?: string | undefined
}

const shownEvents = 5

/** One release as a screen: where it is, what the gate says and how sure, who must act, what happened last. Pure. */
export function releaseScreen(view: ReleaseView, options: ScreenOptions): readonly string[] {
  const { height = Number.POSITIVE_INFINITY, width, hasColour } = options
  const signs = glyphs(options.hasUnicode)
  const full = screenLines(view, options, { signs, isBrief: false })
  const lines = full.length <= height ? full : screenLines(view, options, { signs, isBrief: true })
  return lines.slice(0, height).map((line) => paint(fit(line, width, signs.ellipsis), hasColour))
}

interface Layout {
  readonly signs: Glyphs
  readonly isBrief: boolean
}

/** The most important first: what does not fit is cut at the end. */
function screenLines(view: ReleaseView, options: ScreenOptions, { signs, isBrief }: Layout): readonly Line[] {
  const { now, width, lost, events = [] } = options
  return [
    headLine(view, now, signs),
    ...(lost === undefined ? [] : [[piece(`link lost: ${lost}`, 'warning')]]),
    ...stageTrack(view, width, signs),
    [],
    ...gateLines(view, { width, signs, isBrief }),
    ...actLines(view, options),
    ...eventLines(events),
  ]
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
    piece(`  exposes ${exposureText(view)}`),
    piece(`  ${signs.bullet} ${gateways}/${of} gateways`, gateways === of ? 'dim' : 'warning'),
  ]
}

/** Whom the candidate may serve: `25 % of visitors, 10 % of URLs`, or what a stop leaves. */
export function exposureText({ exposure }: ReleaseView): string {
  const visitors = `${percentOfBasisPoints(exposure.visitorBasisPoints)} of visitors`
  const urls = exposure.urlBasisPoints === 0 ? '' : `, ${percentOfBasisPoints(exposure.urlBasisPoints)} of URLs`
  const texts: Readonly<Record<ReleaseView['exposure']['mode'], string>> = {
    none: 'nobody',
    open: `${visitors}${urls}`,
    hold: `no new entrants to ${visitors}`,
    eject: 'pinned journeys only',
    evict: 'nobody',
  }
  return texts[exposure.mode]
}

/** What stands in the way and who must act: the stop, the hold, the missing approvals. */
function actLines(view: ReleaseView, { now, width }: ScreenOptions): readonly Line[] {
  return [
    ...(view.stop === undefined ? [] : [stopLine(view.stop), ...because(view, view.stop.reason, width)]),
    ...(view.hold === undefined ? [] : [holdLine(view.hold, now), ...because(view, view.hold.reason, width)]),
    ...approvalLines(view),
  ]
}

/** Nothing when a criterion above says it in the same words. */
function because({ verdict }: ReleaseView, reason: string, width: number): readonly Line[] {
  if (verdict?.criteria.some((criterion) => reason.includes(criterion.reason)) === true) return []
  return wrap(reason, Math.max(20, width - 2)).map((line) => [piece(`  ${line}`)])
}

function stopLine(stop: NonNullable<ReleaseView['stop']>): Line {
  const effect =
    stop.inEffectAt === undefined
      ? 'not yet in effect everywhere'
      : `in effect ${span(stop.inEffectAt - stop.requestedAt)} later`
  return [piece(`stop (${stop.mode}) by ${stop.by.id} at ${timeOfDay(stop.requestedAt)}, ${effect}`, 'bad')]
}

function holdLine(hold: NonNullable<ReleaseView['hold']>, now: number): Line {
  const left = hold.deadline - now
  const clock = left >= 0 ? `${span(left)} left` : `overdue by ${span(-left)}`
  const escalated = hold.escalations === 0 ? '' : `, escalated ${hold.escalations}x`
  return [piece(`held (${hold.cause}): ${hold.owner} must act, ${clock}${escalated}`, left >= 0 ? 'warning' : 'bad')]
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
