import { faultAt, lastCandidatePageAt, stageVisits, type LabRecord } from '../record.ts'
import { differencesOf, type Scenario } from '../scenario.ts'
import type { FaultSet } from '../../service/faults.ts'
import { isStopped, minuteMs, throughHealthyStage } from './steps.ts'

interface Harm {
  readonly name: string
  readonly summary: string
  readonly faults: FaultSet
  /** Signals whose criterion may be the one that sees it. */
  readonly signals: readonly string[]
  /** Path or route class where it must be seen; any where absent. */
  readonly where?: RegExp
}

/** Longest time from the fault to the stop that still counts as seeing it. */
const seenWithinMs = 3 * minuteMs
/** From the request to every gateway's confirmation; design: p99 under 250 ms, on a busy machine of two cores. */
const effectWithinMs = 1_000
/** Pages asked for before the stop took effect may still arrive. */
const graceMs = 250

/** A story in which something breaks in the second stage, and Headgate must see it, stop, and say what and where. */
function stoppedByHarm(harm: Harm): Scenario {
  return {
    name: harm.name,
    summary: harm.summary,
    limitMs: 7 * minuteMs,
    async play(play) {
      await throughHealthyStage(play)
      await play.setFaults(harm.faults)
      await play.until('the gate to see the harm and stop the release', isStopped)
      await play.pause(3_000, 'the last pages of the candidate are gone')
    },
    differences: (record) => [...stopDifferences(record), ...causeDifferences(record, harm)],
  }
}

export const checkoutEdge = stoppedByHarm({
  name: 'checkout-edge',
  summary: 'coupon orders fail silently at the candidate: status 200, no order',
  faults: { 'coupon-silent': true },
  signals: ['completion'],
  where: /coupon/,
})

export const apiErrors = stoppedByHarm({
  name: 'api-errors',
  summary: 'the commerce API behind the candidate fails every fourth call',
  faults: { 'api-errors': { rate: 0.25 } },
  signals: ['errors', 'completion'],
})

export const latency = stoppedByHarm({
  name: 'latency',
  summary: 'the candidate takes 250 ms longer for product and listing pages',
  faults: { latency: { ms: 250 } },
  signals: ['latency'],
  where: /product|listing/,
})

export const priceMismatch = stoppedByHarm({
  name: 'price-mismatch',
  summary: 'the candidate charges a stale price: checkout rejects it',
  faults: { 'price-mismatch': true },
  signals: ['completion', 'errors'],
})

function stopDifferences(record: LabRecord): readonly string[] {
  const { outcome, entries } = record
  const { view, verification } = outcome
  const fault = faultAt(entries)
  const stop = view.stop
  if (stop === undefined || fault === undefined)
    return [`the release should be stopped, but is ${view.phase}: ${view.reason}`]
  const tookMs = stop.requestedAt - fault
  const effectMs = (stop.inEffectAt ?? Number.POSITIVE_INFINITY) - stop.requestedAt
  const [first] = stageVisits(view)
  const late = lastCandidatePageAt(entries, {
    from: stop.requestedAt + effectWithinMs + graceMs,
    until: record.endedAt,
  })
  return differencesOf([
    [view.phase === 'stopped', `the release should be stopped, but is ${view.phase}`],
    [stop.by.kind === 'automation', `it should stop by itself, but ${stop.by.id} stopped it`],
    [first?.leftAt !== undefined && first.leftAt < fault, 'a healthy first stage should have passed before the fault'],
    [tookMs >= 0, 'it stopped before anything was broken'],
    [tookMs <= seenWithinMs, `the harm should be seen within ${seenWithinMs / 1_000} s, but took ${tookMs / 1_000} s`],
    [effectMs <= effectWithinMs, `the stop should be in effect within ${effectWithinMs} ms, but took ${effectMs} ms`],
    [late === undefined, 'no new visitor should get the candidate once the stop is in effect'],
    [verification.ok, `the record should verify, but: ${verification.broken?.reason}`],
  ])
}

function causeDifferences({ outcome }: LabRecord, harm: Harm): readonly string[] {
  const [incident] = outcome.incidents
  if (incident === undefined) return ['there should be an incident']
  const failed = outcome.view.verdict?.criteria.filter((criterion) => criterion.kind === 'fail') ?? []
  const blamed = failed.find((criterion) => criterion.criterion === incident.criterion) ?? failed[0]
  const where = incident.where ?? blamed?.where ?? ''
  return differencesOf([
    [incident.stopInEffectAt !== undefined, 'the incident should know when the stop was in effect'],
    [
      blamed !== undefined && harm.signals.includes(blamed.signal),
      `${harm.signals.join(' or ')} should have seen it, but it was ${blamed?.criterion ?? 'no criterion'}`,
    ],
    [harm.where?.test(where) ?? true, `the incident should name ${String(harm.where)}, but names "${where}"`],
    [incident.shoppersExposed > 0, 'the incident should count the shoppers exposed'],
  ])
}
