import type { IncidentView } from '@headgate/protocol/api'
import { dateAndTime, percent, span } from './figures.ts'
import { printable } from './line.ts'

/** An incident as a short report: what, where, since when, how fast it was stopped, what it cost. */
export function incidentLines(incident: IncidentView): readonly string[] {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['what', incident.reason],
    ['where', whereOf(incident)],
    ['stage', `${incident.release}, ${incident.stage}`],
    ['harm began', incident.harmBeganAt === undefined ? undefined : dateAndTime(incident.harmBeganAt)],
    ['reported by', incident.reportedBy],
    [incident.reportedBy === undefined ? 'stop requested' : 'harm ended', stopText(incident)],
    ['in effect', incident.reportedBy === undefined ? effectText(incident) : undefined],
    ['shoppers exposed', String(incident.shoppersExposed)],
    ['orders lost', lostText(incident)],
    ['rates', ratesText(incident)],
    ['lesson', lessonText(incident)],
  ]
  return [
    `incident ${incident.id}  ${incident.status}  opened ${dateAndTime(incident.openedAt)}`,
    ...rows
      .filter(([, text]) => text !== undefined)
      .map(([name, text]) => `  ${name.padEnd(16)}  ${printable(text ?? '')}`),
  ]
}

function whereOf({ criterion, where }: IncidentView): string | undefined {
  if (criterion === undefined) return where
  return where === undefined ? criterion : `${where} (criterion ${criterion})`
}

function stopText({ harmBeganAt, stopRequestedAt }: IncidentView): string {
  const lag = harmBeganAt === undefined ? '' : `, ${span(stopRequestedAt - harmBeganAt)} after harm began to show`
  return `${dateAndTime(stopRequestedAt)}${lag}`
}

function effectText({ stopInEffectAt, stopRequestedAt }: IncidentView): string {
  return stopInEffectAt === undefined
    ? 'not yet everywhere'
    : `${span(stopInEffectAt - stopRequestedAt)} after the request`
}

function lostText({ ordersLost }: IncidentView): string | undefined {
  if (ordersLost === undefined) return undefined
  const { low, mid, high } = ordersLost
  return `${mid.toFixed(1)} (95 %: ${low.toFixed(1)} to ${high.toFixed(1)}) against the concurrent control`
}

function lessonText({ id, lesson }: IncidentView): string {
  if (lesson === undefined) return `none yet: headgate incident propose ${id}`
  if (lesson.kind === 'waived') return `waived by ${lesson.by}: ${lesson.reason}`
  const { criterion, key, by, retired } = lesson
  const end = retired === undefined ? '' : `, retired by ${retired.by}: ${retired.reason}`
  return `${criterion} (${key}), accepted by ${by}${end}`
}

function ratesText({ verdict, criterion }: IncidentView): string | undefined {
  const rates = verdict?.criteria.find((candidate) => candidate.criterion === criterion)?.rates
  return rates === undefined ? undefined : `candidate ${percent(rates.candidate)}, control ${percent(rates.control)}`
}
