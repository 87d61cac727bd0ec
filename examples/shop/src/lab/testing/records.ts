import type { IncidentView, ReleaseView } from '@headgate/protocol/api'
import type { Entry, LabRecord, Outcome } from '../record.ts'

type Verdict = NonNullable<ReleaseView['verdict']>
type CriterionView = Verdict['criteria'][number]

const stages = [
  { id: 'fifth', visitorBasisPoints: 2_000 },
  { id: 'half', visitorBasisPoints: 5_000 },
  { id: 'all', visitorBasisPoints: 10_000 },
]

/** A release of three stages, in the second; times are milliseconds since the start of the record. */
export function aView(changes: Partial<ReleaseView> = {}): ReleaseView {
  return {
    id: 'next-storefront',
    revision: 3,
    phase: 'ramping',
    owner: 'storefront',
    planHash: 'plan',
    stages: stages.map((stage, index) => ({
      ...stage,
      urlBasisPoints: 0,
      routes: [],
      minWindowMs: 1,
      maxWindowMs: 2,
      ...(index === 0 ? { enteredAt: 1_000, leftAt: 40_000 } : index === 1 ? { enteredAt: 40_000 } : {}),
    })),
    stage: 1,
    exposure: { visitorBasisPoints: 5_000, urlBasisPoints: 0, mode: 'open' },
    confirmed: { gateways: 2, of: 2 },
    reason: 'passed',
    since: 40_000,
    approvals: [],
    raise: [],
    incidents: [],
    ...changes,
  }
}

export function aStoppedView(
  changes: Partial<NonNullable<ReleaseView['stop']>> = {},
  criterion: Partial<CriterionView> = {},
): ReleaseView {
  return aView({
    phase: 'stopped',
    exposure: { visitorBasisPoints: 0, urlBasisPoints: 0, mode: 'eject' },
    stop: {
      mode: 'eject',
      by: { kind: 'automation', id: 'headgate' },
      reason: 'coupon orders fail',
      requestedAt: 80_000,
      inEffectAt: 80_050,
      ...changes,
    },
    verdict: {
      kind: 'fail',
      gate: 'every-path',
      stage: 'half',
      at: 80_000,
      frame: 60,
      reason: 'coupon orders fail',
      criteria: [aFail(criterion)],
    },
  })
}

function aFail(changes: Partial<CriterionView>): CriterionView {
  return {
    criterion: 'completion-purchase',
    signal: 'completion',
    kind: 'fail',
    shadow: false,
    owner: 'checkout',
    reason: '0 of 31 completed',
    where: 'coupon',
    units: { control: 30, candidate: 31 },
    ...changes,
  }
}

export function anIncident(changes: Partial<IncidentView> = {}): IncidentView {
  return {
    id: 'i-1',
    release: 'next-storefront',
    stage: 'half',
    status: 'draft',
    openedAt: 80_000,
    reason: 'coupon orders fail',
    criterion: 'completion-purchase',
    where: 'coupon',
    stopRequestedAt: 80_000,
    stopInEffectAt: 80_050,
    shoppersExposed: 400,
    ordersLost: { low: 2, mid: 9, high: 16 },
    ...changes,
  }
}

export function aRecord(entries: readonly Entry[], outcome: Partial<Outcome> = {}): LabRecord {
  return {
    startedAt: 0,
    endedAt: 90_000,
    entries,
    outcome: {
      view: aView(),
      events: [],
      verdicts: [],
      incidents: [],
      verification: { release: 'next-storefront', ok: true, events: 9, frames: 60, verdicts: 60, head: 'h' },
      traffic: {
        seconds: 90,
        visitors: 1_500,
        shed: 0,
        pages: 9_000,
        errorPages: 9,
        journeys: { started: 900, thanked: 560, failed: 1 },
      },
      ...outcome,
    },
  }
}

export function viewAt(at: number, view: ReleaseView): Entry {
  return { kind: 'view', at, view }
}

export function pageAt(at: number, servedBy: 'control' | 'candidate' | 'nobody', status = 200): Entry {
  return { kind: 'page', at, page: { gateway: 'gateway-1', servedBy, status } }
}

export function faultAtTime(at: number, ...faults: readonly string[]): Entry {
  return { kind: 'fault', at, faults }
}
