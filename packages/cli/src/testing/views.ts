import type { GateVerdictView, IncidentView, ProposalView, ReleaseEventView, ReleaseView } from '@headgate/protocol/api'

/** A release in its second stage of three, judged and undecided; tests change what they are about. */
export function aRelease(changes: Partial<ReleaseView> = {}): ReleaseView {
  return {
    id: 'storefront-next',
    revision: 7,
    phase: 'ramping',
    owner: 'storefront',
    planHash: 'plan',
    stages: ['canary', 'half', 'full'].map((id, index) => ({
      id,
      visitorBasisPoints: [500, 5_000, 10_000][index] ?? 0,
      urlBasisPoints: 0,
      routes: ['product', 'checkout'],
      minWindowMs: 20_000,
      maxWindowMs: 600_000,
    })),
    stage: 1,
    exposure: { visitorBasisPoints: 5_000, urlBasisPoints: 0, mode: 'open' },
    confirmed: { gateways: 2, of: 2 },
    reason: 'the gate of canary passed',
    since: 1_000_000,
    verdict: aVerdict(),
    approvals: [],
    raise: [],
    incidents: [],
    ...changes,
  }
}

export function aVerdict(changes: Partial<GateVerdictView> = {}): GateVerdictView {
  return {
    kind: 'inconclusive',
    gate: 'checkout',
    stage: 'half',
    at: 1_010_000,
    frame: 12,
    reason: 'one criterion is undecided',
    criteria: [aCriterion()],
    ...changes,
  }
}

type CriterionView = GateVerdictView['criteria'][number]

export function aCriterion(changes: Partial<CriterionView> = {}): CriterionView {
  return {
    criterion: 'purchase-completion',
    signal: 'completion',
    kind: 'inconclusive',
    shadow: false,
    owner: 'checkout',
    reason: 'coupon orders complete less often, not surely yet',
    needs: 'about 40 more journeys',
    where: 'coupon',
    stop: { evidence: 10, threshold: 100 },
    pass: { evidence: 1, threshold: 20 },
    units: { control: 210, candidate: 205 },
    rates: { control: 0.62, candidate: 0.55 },
    ...changes,
  }
}

export function aStop(changes: Partial<NonNullable<ReleaseView['stop']>> = {}): NonNullable<ReleaseView['stop']> {
  return {
    mode: 'evict',
    by: { kind: 'automation', id: 'headgate' },
    reason: 'coupon: orders fail at the candidate',
    requestedAt: 1_020_000,
    ...changes,
  }
}

export function anEvent(seq: number, changes: Partial<ReleaseEventView> = {}): ReleaseEventView {
  return {
    seq,
    at: 1_000_000 + seq,
    actor: { kind: 'person', id: 'checkout-lead@example.com' },
    kind: 'approved',
    reason: `because ${seq}`,
    payload: {},
    hash: 'h',
    ...changes,
  }
}

export function anIncident(changes: Partial<IncidentView> = {}): IncidentView {
  return {
    id: 'storefront-next-1',
    release: 'storefront-next',
    stage: 'half',
    status: 'draft',
    openedAt: 1_020_000,
    reason: 'coupon orders fail',
    criterion: 'purchase-completion',
    where: 'coupon',
    harmBeganAt: 1_004_000,
    stopRequestedAt: 1_020_000,
    stopInEffectAt: 1_020_042,
    shoppersExposed: 410,
    ordersLost: { low: 4.2, mid: 9, high: 14.4 },
    verdict: aVerdict({ kind: 'fail' }),
    ...changes,
  }
}

export function aProposal(changes: Partial<ProposalView> = {}): ProposalView {
  const best = {
    key: 'completion:purchase/coupon@50%',
    watches: 'completions on path coupon of flow purchase',
    falseStopShare: 0.444,
    threshold: 450,
    sign: 'about 97 % of the orders are lost without an error',
    where: 'coupon',
    firedAt: 1_012_000,
    hadGrown: false,
    stage: 'half',
    savedMs: 8_000,
    savedOrders: { low: 1.5, mid: 4, high: 6.5 },
    firedOnGood: [],
  }
  return {
    release: 'storefront-next',
    incident: 'storefront-next-1',
    stoppedBy: 'purchase-completion on coupon',
    harm: {
      beganAt: 1_004_000,
      isBeginningUnknown: false,
      stoppedAt: 1_020_000,
      ordersLost: { low: 4.2, mid: 9, high: 14.4 },
      journeys: 410,
      path: 'coupon',
    },
    tried: 42,
    good: { stages: ['canary'], releases: [], journeys: 1_200, passed: 1, held: 0 },
    best,
    others: [{ ...best, key: 'errors:cart@2%', savedMs: -3_000, firedOnGood: ['storefront-next, canary'] }],
    ...changes,
  }
}
