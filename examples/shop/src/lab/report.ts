import type { LabViews } from './lab-io.ts'
import { faultAt, lastCandidatePageAt, serverAt, stageVisits, type LabRecord } from './record.ts'

/** What one run came to, as data: the same figures for people and for `--json`. */
export interface Report {
  readonly scenario: string
  readonly isMet: boolean
  readonly differences: readonly string[]
  readonly phase: string
  readonly reason: string
  readonly stages: readonly {
    readonly id: string
    readonly percent: number
    readonly fromMs: number
    readonly untilMs?: number
  }[]
  readonly verdicts: readonly {
    readonly atMs: number
    readonly stage: string
    readonly kind: string
    readonly reason: string
  }[]
  readonly stop?: StopTimes
  readonly loss?: { readonly lastCandidatePageMs?: number; readonly awayMs: number }
  readonly incident?: string
  readonly ordersLost?: { readonly low: number; readonly mid: number; readonly high: number }
  readonly journeys: number
  readonly ordersThanked: number
  readonly errorPageShare: number
  readonly events: number
  readonly isVerified: boolean
}

/** Milliseconds, each counted from what stands in its name. */
export interface StopTimes {
  readonly by: string
  readonly reason: string
  readonly requestedAfterFaultMs?: number
  readonly inEffectAfterRequestMs?: number
  readonly lastCandidatePageAfterRequestMs?: number
  readonly gatewaysAfterRequestMs: Readonly<Record<string, number>>
}

export function reportOf(scenario: string, record: LabRecord, differences: readonly string[]): Report {
  const { outcome, startedAt } = record
  const { view, traffic } = outcome
  const [incident] = outcome.incidents
  return {
    scenario,
    isMet: differences.length === 0,
    differences,
    phase: view.phase,
    reason: view.reason,
    stages: stageVisits(view).map(({ id, percent, enteredAt, leftAt }) => ({
      id,
      percent,
      fromMs: enteredAt - startedAt,
      ...(leftAt === undefined ? {} : { untilMs: leftAt - startedAt }),
    })),
    verdicts: outcome.verdicts
      .toReversed()
      .map(({ at, stage, kind, reason }) => ({ atMs: at - startedAt, stage, kind, reason })),
    ...stopTimes(record),
    ...lossTimes(record),
    ...(incident === undefined ? {} : { incident: incident.id }),
    ...(incident?.ordersLost === undefined ? {} : { ordersLost: incident.ordersLost }),
    journeys: traffic.journeys.started,
    ordersThanked: traffic.journeys.thanked,
    errorPageShare: traffic.pages === 0 ? 0 : traffic.errorPages / traffic.pages,
    events: outcome.events.length,
    isVerified: outcome.verification.ok,
  }
}

function stopTimes({ entries, outcome, endedAt }: LabRecord): Pick<Report, 'stop'> {
  const { stop } = outcome.view
  if (stop === undefined) return {}
  const { requestedAt, inEffectAt } = stop
  const fault = faultAt(entries)
  const lastPage = lastCandidatePageAt(entries, { from: requestedAt, until: endedAt })
  const confirmed = entries.find((entry) => entry.kind === 'confirmed')
  const gateways = confirmed?.kind === 'confirmed' ? confirmed.gateways : []
  return {
    stop: {
      by: stop.by.id,
      reason: stop.reason,
      ...(fault === undefined ? {} : { requestedAfterFaultMs: requestedAt - fault }),
      ...(inEffectAt === undefined ? {} : { inEffectAfterRequestMs: inEffectAt - requestedAt }),
      lastCandidatePageAfterRequestMs: lastPage === undefined ? 0 : lastPage - requestedAt,
      gatewaysAfterRequestMs: Object.fromEntries(
        gateways.flatMap(({ id, appliedAt }) => (appliedAt === undefined ? [] : [[id, appliedAt - requestedAt]])),
      ),
    },
  }
}

function lossTimes({ entries }: LabRecord): Pick<Report, 'loss'> {
  const killed = serverAt(entries, 'killed')
  const back = serverAt(entries, 'back')
  if (killed === undefined || back === undefined) return {}
  const last = lastCandidatePageAt(entries, { from: killed, until: back })
  const awayMs = back - killed
  return { loss: last === undefined ? { awayMs } : { awayMs, lastCandidatePageMs: last - killed } }
}

export function reportLines(report: Report, { span }: Pick<LabViews, 'span'>): readonly string[] {
  const sections: readonly (readonly string[])[] = [
    [`scenario ${report.scenario}: ${report.isMet ? 'as described' : 'NOT as described'}`],
    report.differences.map((difference) => `  ! ${difference}`),
    ['stages', ...report.stages.map((stage) => stageLine(stage, span))],
    [
      'verdicts',
      ...report.verdicts.map(
        (verdict) => `  ${span(verdict.atMs)}  ${verdict.stage}  ${verdict.kind}: ${verdict.reason}`,
      ),
    ],
    report.stop === undefined ? [] : stopLines(report.stop, span),
    report.loss === undefined ? [] : [lossLine(report.loss, span)],
    report.ordersLost === undefined ? [] : [lostLine(report.ordersLost)],
    [
      `shop          ${report.journeys} checkouts, ${report.ordersThanked} orders, ${(report.errorPageShare * 100).toFixed(2)} % error pages`,
      `record        ${report.events} events, ${report.isVerified ? 'verified' : 'NOT verified'}`,
    ],
  ]
  return sections.flat()
}

type Span = LabViews['span']

function stageLine({ id, percent, fromMs, untilMs }: Report['stages'][number], span: Span): string {
  const until = untilMs === undefined ? 'the end' : span(untilMs)
  return `  ${id.padEnd(10)} ${String(percent).padStart(3)} %  ${span(fromMs)} to ${until}`
}

function stopLines(stop: StopTimes, span: Span): readonly string[] {
  const after = (ms: number | undefined): string => (ms === undefined ? 'not yet' : span(ms))
  const gateways = Object.entries(stop.gatewaysAfterRequestMs).map(([id, ms]) => `${id} ${span(ms)}`)
  return [
    `stop          by ${stop.by}: ${stop.reason}`,
    ...(stop.requestedAfterFaultMs === undefined
      ? []
      : [`  requested   ${span(stop.requestedAfterFaultMs)} after the fault`]),
    `  in effect   ${after(stop.inEffectAfterRequestMs)} after the request (${gateways.join(', ')})`,
    `  last page   by the candidate to a new visitor, asked for ${after(stop.lastCandidatePageAfterRequestMs)} after the request`,
  ]
}

function lossLine({ awayMs, lastCandidatePageMs }: NonNullable<Report['loss']>, span: Span): string {
  const last =
    lastCandidatePageMs === undefined ? 'no page' : `the last page ${span(lastCandidatePageMs)} after the kill`
  return `server        away for ${span(awayMs)}; the candidate served ${last}`
}

function lostLine({ low, mid, high }: NonNullable<Report['ordersLost']>): string {
  return `orders lost   ${mid.toFixed(1)} (95 %: ${low.toFixed(1)} to ${high.toFixed(1)}) against the concurrent control`
}
