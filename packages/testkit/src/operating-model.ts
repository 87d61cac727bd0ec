import type { Gate, OperatingModel, ReleasePlan, RightRule, Stage } from '@headgate/core/model'

/** One person of any of these teams. */
export function anyOf(...teams: readonly string[]): RightRule {
  return { quorum: 1, teams, expiresMs: 3_600_000, reasonRequired: false }
}

/** A small shop without a single finding; tests replace the part they are about. */
export function shopModel(changes: Partial<OperatingModel> = {}): OperatingModel {
  return { ...shop(), ...people(), ...traffic(), ...operations(), ...changes }
}

function shop(): Pick<OperatingModel, 'shop' | 'components'> {
  const base = { domain: 'storefront', owner: 'storefront', provides: [], consumes: [] }
  return {
    shop: { name: 'demo', currencies: ['EUR'], markets: ['de'], servedBy: 'storefront-legacy' },
    components: {
      'storefront-legacy': { ...base, upstream: 'http://127.0.0.1:4501' },
      'storefront-next': {
        ...base,
        replaces: 'storefront-legacy',
        consumes: ['commerce-api@2'],
        upstream: 'http://127.0.0.1:4502',
      },
      'commerce-api': { domain: 'checkout', owner: 'checkout', provides: ['commerce-api@2'], consumes: [] },
      erp: { domain: 'checkout', owner: 'commerce', provides: ['price-changed@1'], consumes: [] },
    },
  }
}

function people(): Pick<OperatingModel, 'teams' | 'domains'> {
  return {
    teams: {
      storefront: { lead: 'storefront-lead@example.com', members: ['storefront-dev@example.com'] },
      checkout: { lead: 'checkout-lead@example.com', members: [], oncall: 'pagerduty:checkout' },
      commerce: { lead: 'commerce-lead@example.com', members: [] },
      sre: { lead: 'sre-lead@example.com', members: ['sre-oncall@example.com'], oncall: 'pagerduty:sre' },
    },
    domains: {
      storefront: {
        owner: 'storefront',
        rights: {
          stop: anyOf('storefront', 'sre'),
          raise: { ...anyOf('storefront'), automation: { maxBasisPoints: 10_000 } },
        },
        escalation: [{ afterMs: 600_000, to: 'sre' }],
      },
      checkout: {
        owner: 'checkout',
        rights: {
          stop: anyOf('checkout', 'sre'),
          raise: { ...anyOf('checkout', 'commerce'), quorum: 2, automation: { maxBasisPoints: 5_000 } },
        },
        escalation: [
          { afterMs: 300_000, to: 'sre' },
          { afterMs: 900_000, to: 'commerce' },
        ],
      },
    },
  }
}

function traffic(): Pick<OperatingModel, 'routes' | 'flows'> {
  const route = { crawlable: false, timeoutMs: 10_000 }
  return {
    routes: {
      product: { ...route, crawlable: true, match: [{ path: '/p/:slug' }] },
      checkout: { ...route, match: [{ path: '/checkout/*' }] },
    },
    flows: {
      purchase: {
        domain: 'checkout',
        steps: [
          { id: 'add-to-cart', match: [{ method: 'POST', path: '/cart/lines' }], failsOn: [] },
          { id: 'start-checkout', match: [{ method: 'GET', path: '/checkout/start' }], failsOn: [5] },
          { id: 'order-placed', match: [], event: 'order-placed', failsOn: [] },
        ],
        pinnedFrom: 'add-to-cart',
        startsAt: 'start-checkout',
        completesAt: 'order-placed',
        pinMs: 7_200_000,
        horizonMs: 1_800_000,
        paths: {
          critical: { critical: true, share: 0.9, match: [] },
          coupon: { critical: false, match: [{ path: '/checkout/start', query: { coupon: '1' } }] },
        },
        defaultPath: 'critical',
      },
    },
  }
}

function operations(): Pick<OperatingModel, 'entities' | 'integrations' | 'runbooks' | 'metricSources' | 'notifiers'> {
  return {
    entities: {
      price: { record: 'erp', copies: ['commerce-api'], key: ['sku'], tolerance: 0, freshnessMs: 60_000 },
    },
    integrations: {
      'erp-prices': {
        from: 'erp',
        to: 'commerce-api',
        contract: 'price-changed@1',
        retry: { attempts: 8, withinMs: 900_000 },
        onExhausted: 'exception',
        owner: 'commerce',
        respondWithinMs: 1_800_000,
      },
    },
    runbooks: { forward: { owner: 'checkout', steps: ['Replay the queue'], rehearsedAt: 1_772_323_200_000 } },
    metricSources: { prometheus: { kind: 'prometheus', options: { url: 'http://127.0.0.1:9090' } } },
    notifiers: {},
  }
}

export function shopGate(changes: Partial<Gate> = {}): Gate {
  return {
    id: 'watch',
    owner: 'checkout',
    onFail: 'evict',
    respondWithinMs: 900_000,
    criteria: [
      {
        id: 'orders',
        signal: 'completion',
        flow: 'purchase',
        margin: 0.03,
        pathMargins: { coupon: 0.1 },
        minUnits: 50,
      },
      { id: 'errors', signal: 'errors', routes: ['product'], margin: 0.01, minUnits: 100 },
    ],
    ...changes,
  }
}

export function shopStage(changes: Partial<Stage> = {}): Stage {
  return {
    id: 'canary',
    visitorBasisPoints: 500,
    urlBasisPoints: 0,
    routes: [],
    window: { minMs: 600_000, maxMs: 14_400_000 },
    exit: shopGate(),
    fallback: 'control',
    reversible: true,
    ...changes,
  }
}

/** A release of {@link shopModel}'s headless storefront in two stages, without a finding. */
export function shopPlan(changes: Partial<ReleasePlan> = {}): ReleasePlan {
  return {
    id: 'next-1',
    components: ['storefront-next'],
    owner: 'storefront',
    flows: ['purchase'],
    salt: 7,
    falseStopBudget: 0.01,
    falsePassBudget: 0.01,
    stages: [shopStage(), shopStage({ id: 'all', visitorBasisPoints: 10_000, urlBasisPoints: 10_000 })],
    freezes: [],
    tickMs: 5_000,
    lease: { durationMs: 15_000, onExpiry: 'control' },
    ...changes,
  }
}
