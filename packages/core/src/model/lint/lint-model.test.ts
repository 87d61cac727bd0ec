import { anyOf, shopGate, shopModel, shopPlan, shopStage } from '@headgate/testkit/operating-model'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { SignOff } from '../../gate/criterion.ts'
import type { Component, Domain, Flow, Integration, OperatingModel, RouteClass } from '../operating-model.ts'
import type { ReleasePlan, Stage } from '../release-plan.ts'
import { type FindingCode, findingSeverities } from './finding.ts'
import { lintModel } from './lint-model.ts'

interface Case {
  readonly code: FindingCode
  readonly what: string
  readonly path: string
  readonly model?: OperatingModel
  readonly plans?: readonly ReleasePlan[]
}

const base = shopModel()
const revenue = { id: 'revenue', signal: 'revenue', flow: 'purchase', margin: 0.1, minUnits: 1 } as const
const mismatches = {
  id: 'mismatches',
  signal: 'count',
  flow: 'purchase',
  event: 'price-mismatch',
  margin: 0.1,
  minUnits: 1,
} as const
const release = '/releases/next-1'
const all = shopStage({ id: 'all', visitorBasisPoints: 10_000, urlBasisPoints: 10_000 })

function components(changed: Readonly<Record<string, Partial<Component>>>): OperatingModel {
  const filled = Object.entries(changed).map(([id, component]): [string, Component] => [
    id,
    { domain: 'storefront', owner: 'storefront', provides: [], consumes: [], ...component },
  ])
  return shopModel({ components: { ...base.components, ...Object.fromEntries(filled) } })
}

function checkout(changes: Partial<Domain>): OperatingModel {
  const domain: Domain = { owner: 'checkout', rights: {}, escalation: [], ...base.domains['checkout'], ...changes }
  return shopModel({ domains: { ...base.domains, checkout: domain } })
}

function purchase(changes: Partial<Flow>): OperatingModel {
  const [[id, flow] = ['', undefined]] = Object.entries(base.flows)
  return shopModel({ flows: flow === undefined ? {} : { [id]: { ...flow, ...changes } } })
}

function integration(changes: Partial<Integration>): OperatingModel {
  const bare = { from: 'erp', to: 'commerce-api', contract: 'price-changed@1', retry: { attempts: 8, withinMs: 1_000 } }
  return shopModel({ integrations: { 'erp-prices': { ...bare, ...changes } } })
}

function route(changes: Partial<RouteClass>): RouteClass {
  return { match: [{ path: '/x' }], crawlable: false, timeoutMs: 1_000, ...changes }
}

function canary(changes: Partial<Stage>): readonly ReleasePlan[] {
  return [shopPlan({ stages: [shopStage(changes), all] })]
}

const raise = anyOf('checkout')
const answered = { owner: 'commerce', respondWithinMs: 1_000 } as const
const errorsOn = { id: 'errors', signal: 'errors', margin: 0.01, minUnits: 1 } as const
const completionOf = { id: 'orders', signal: 'completion', margin: 0.01, pathMargins: {}, minUnits: 1 } as const

const mutualCandidates = components({
  a: { replaces: 'erp', provides: ['a@1'], consumes: ['b@1'] },
  b: { replaces: 'erp', provides: ['b@1'], consumes: ['a@1'] },
})

const quietPath = purchase({
  traffic: { perMinute: 500 },
  paths: {
    critical: { critical: true, share: 0.999, completion: 0.7, match: [] },
    coupon: { critical: false, share: 0.001, match: [{ path: '/coupon' }] },
  },
})

const cases: readonly Case[] = [
  {
    code: 'unknown-reference',
    what: 'a team that does not exist',
    path: '/domains/checkout/owner',
    model: checkout({ owner: 'chekout' }),
  },
  {
    code: 'unknown-reference',
    what: 'a word that every object answers to',
    path: '/domains/checkout/owner',
    model: checkout({ owner: 'constructor' }),
  },
  {
    code: 'unknown-reference',
    what: 'a step that the flow does not have',
    path: '/flows/purchase/startsAt',
    model: purchase({ startsAt: 'start-chekout' }),
  },
  {
    code: 'unknown-reference',
    what: 'a route class in a stage',
    path: `${release}/stages/0/routes/1`,
    plans: canary({ routes: ['product', 'prodct'] }),
  },
  {
    code: 'unknown-reference',
    what: 'a path in a criterion',
    path: `${release}/stages/0/exit/criteria/0/paths/cupon`,
    plans: canary({
      exit: shopGate({ criteria: [{ ...completionOf, flow: 'purchase', pathMargins: { cupon: 0.1 } }] }),
    }),
  },
  {
    code: 'component-without-owner',
    what: 'a component that nobody answers for',
    path: '/components/search',
    model: components({ search: { owner: '' } }),
  },
  {
    code: 'component-cycle',
    what: 'components that replace each other',
    path: '/components/a/replaces',
    model: components({ a: { replaces: 'b' }, b: { replaces: 'a' } }),
  },
  {
    code: 'component-without-upstream',
    what: 'a component that serves shoppers from nowhere',
    path: '/routes/x/servedBy',
    model: shopModel({ routes: { ...base.routes, x: route({ servedBy: 'erp' }) } }),
  },
  {
    code: 'contract-cycle',
    what: 'candidates that need each other and are released apart',
    path: '/components/a/consumes',
    model: mutualCandidates,
  },
  {
    code: 'contract-without-provider',
    what: 'a contract version that nobody provides',
    path: '/components/a/consumes/0',
    model: components({ a: { consumes: ['commerce-api@3'] } }),
  },
  {
    code: 'team-without-people',
    what: 'an empty team',
    path: '/teams/ghost',
    model: shopModel({ teams: { ...base.teams, ghost: { lead: ' ', members: [] } } }),
  },
  {
    code: 'domain-without-stop',
    what: 'a domain without the stop right',
    path: '/domains/checkout',
    model: checkout({ rights: { raise } }),
  },
  {
    code: 'domain-without-stop',
    what: 'a stop right of a team without people',
    path: '/domains/checkout/rights/stop',
    model: checkout({ rights: { raise, stop: anyOf('nobody') } }),
  },
  {
    code: 'stop-needs-quorum',
    what: 'a stop that two people must ask for',
    path: '/domains/checkout/rights/stop',
    model: checkout({ rights: { raise, stop: { ...anyOf('sre'), quorum: 2 } } }),
  },
  {
    code: 'domain-without-escalation',
    what: 'a domain where nobody is told',
    path: '/domains/checkout',
    model: checkout({ escalation: [] }),
  },
  {
    code: 'domain-without-raise',
    what: 'a release in a domain where nobody may raise',
    path: '/domains/checkout',
    model: checkout({ rights: { stop: anyOf('sre') } }),
    plans: [shopPlan()],
  },
  {
    code: 'quorum-out-of-reach',
    what: 'three of one person',
    path: '/domains/checkout/rights/raise',
    model: checkout({ rights: { stop: anyOf('sre'), raise: { ...raise, quorum: 3 } } }),
  },
  {
    code: 'shadowed-route',
    what: 'a class behind a wider one',
    path: '/routes/product',
    model: shopModel({
      routes: { any: route({ match: [{ path: '/*' }] }), product: route({ match: [{ path: '/p/:slug' }] }) },
    }),
  },
  {
    code: 'shadowed-route',
    what: 'a class without a rule',
    path: '/routes/x',
    model: shopModel({ routes: { ...base.routes, x: route({ match: [] }) } }),
  },
  {
    code: 'flow-out-of-order',
    what: 'a flow that completes where it starts',
    path: '/flows/purchase/completesAt',
    model: purchase({ completesAt: 'start-checkout' }),
  },
  {
    code: 'completion-by-page',
    what: 'a flow that a page completes',
    path: '/flows/purchase/completesAt',
    model: purchase({
      steps: [
        ...(base.flows['purchase']?.steps.slice(0, 2) ?? []),
        { id: 'order-placed', match: [{ path: '/thanks' }], failsOn: [] },
      ],
    }),
  },
  {
    code: 'flow-out-of-order',
    what: 'a pin after the start',
    path: '/flows/purchase/pinnedFrom',
    model: purchase({ pinnedFrom: 'order-placed' }),
  },
  {
    code: 'unreachable-step',
    what: 'a step that nobody reports',
    path: '/flows/purchase/steps/0',
    model: purchase({
      steps: [{ id: 'add-to-cart', match: [], failsOn: [] }, ...(base.flows['purchase']?.steps.slice(1) ?? [])],
    }),
  },
  {
    code: 'unbounded-retry',
    what: 'attempts without a window',
    path: '/integrations/erp-prices/retry',
    model: integration({ ...answered, onExhausted: 'exception', retry: { attempts: 3 } }),
  },
  {
    code: 'integration-without-owner',
    what: 'exceptions that nobody gets',
    path: '/integrations/erp-prices',
    model: integration({ onExhausted: 'exception', respondWithinMs: 1 }),
  },
  {
    code: 'integration-without-response',
    what: 'nothing after the last attempt',
    path: '/integrations/erp-prices',
    model: integration(answered),
  },
  {
    code: 'integration-without-response',
    what: 'exceptions without a target',
    path: '/integrations/erp-prices',
    model: integration({ owner: 'commerce', onExhausted: 'exception' }),
  },
  {
    code: 'integration-drops-messages',
    what: 'messages that are dropped',
    path: '/integrations/erp-prices/onExhausted',
    model: integration({ ...answered, onExhausted: 'drop' }),
  },
  { code: 'release-without-owner', what: 'a release of nobody', path: release, plans: [shopPlan({ owner: '' })] },
  {
    code: 'release-without-flows',
    what: 'a release that watches no journey',
    path: release,
    plans: [shopPlan({ flows: [], stages: [{ ...all, exit: shopGate({ criteria: [] }) }] })],
  },
  {
    code: 'release-stops-short',
    what: 'a plan that ends below 100 %',
    path: `${release}/stages/0/visitors`,
    plans: [shopPlan({ stages: [shopStage()] })],
  },
  {
    code: 'releases-overlap',
    what: 'two releases on one flow',
    path: '/releases/next-2',
    plans: [shopPlan(), shopPlan({ id: 'next-2' })],
  },
  {
    code: 'candidate-without-upstream',
    what: 'a candidate that cannot be reached',
    path: `${release}/components/0`,
    model: components({ 'storefront-next': { replaces: 'storefront-legacy' } }),
    plans: [shopPlan()],
  },
  {
    code: 'stage-without-fallback',
    what: 'a candidate without a control',
    path: `${release}/components/0`,
    model: components({ 'storefront-next': { upstream: 'http://127.0.0.1:1' } }),
    plans: [shopPlan()],
  },
  {
    code: 'component-without-upstream',
    what: 'a control that cannot be reached',
    path: `${release}/components/0`,
    model: components({ 'storefront-next': { upstream: 'http://127.0.0.1:1', replaces: 'erp' } }),
    plans: [shopPlan()],
  },
  {
    code: 'route-not-taken-over',
    what: 'a class that another component serves',
    path: `${release}/stages/0/routes/0`,
    model: shopModel({
      components: {
        ...base.components,
        blog: {
          ...base.components['storefront-legacy'],
          domain: 'storefront',
          owner: 'storefront',
          provides: [],
          consumes: [],
        },
      },
      routes: { ...base.routes, news: route({ servedBy: 'blog' }) },
    }),
    plans: canary({ routes: ['news', 'product'] }),
  },
  {
    code: 'unwatched-critical-flow',
    what: 'an exit that does not look at orders',
    path: `${release}/stages/0/exit`,
    plans: canary({ exit: shopGate({ id: 'errors-only', criteria: [{ ...errorsOn, routes: ['product'] }] }) }),
  },
  {
    code: 'unwatched-critical-flow',
    what: 'a criterion that is only a shadow',
    path: `${release}/stages/0/exit`,
    plans: canary({
      exit: shopGate({ id: 'shadow', criteria: [{ ...completionOf, flow: 'purchase', shadow: true }] }),
    }),
  },
  {
    code: 'gate-without-owner',
    what: 'a gate of nobody',
    path: `${release}/stages/0/exit`,
    plans: canary({ exit: shopGate({ id: 'other', owner: '' }) }),
  },
  {
    code: 'gate-without-response',
    what: 'a hold without a deadline',
    path: `${release}/stages/0/exit`,
    plans: canary({ exit: shopGate({ id: 'other', respondWithinMs: 0 }) }),
  },
  {
    code: 'criterion-without-evidence',
    what: 'a criterion on a class that the stage does not expose',
    path: `${release}/stages/0/exit/criteria/1`,
    plans: canary({ routes: ['checkout'] }),
  },
  {
    code: 'criterion-without-evidence',
    what: 'an entry gate before anything was exposed',
    path: `${release}/stages/0/entry/criteria/0`,
    plans: canary({ entry: shopGate({ id: 'before', criteria: [{ id: 'split', signal: 'split' }] }) }),
  },
  {
    code: 'criterion-without-evidence',
    what: 'a flow that the release does not count',
    path: `${release}/stages/0/exit/criteria/0`,
    plans: [shopPlan({ flows: [] })],
  },
  {
    code: 'criterion-without-evidence',
    what: 'order values without a currency to compare them in',
    path: `${release}/stages/0/exit/criteria/0`,
    model: shopModel({ shop: { ...base.shop, currencies: ['EUR', 'CHF'] } }),
    plans: canary({ exit: shopGate({ id: 'worth', criteria: [revenue] }) }),
  },
  {
    code: 'unknown-reference',
    what: 'a count of an item that the flow does not have',
    path: `${release}/stages/0/exit/criteria/0/event`,
    plans: canary({ exit: shopGate({ id: 'items', criteria: [mismatches] }) }),
  },
  {
    code: 'identity-matches-shoppers',
    what: 'a bot that is called as every browser is',
    path: '/identities/bots/userAgents/1',
    model: shopModel({ identities: { bots: { kind: 'bot', userAgents: ['Googlebot/', 'Mozilla/'] } } }),
  },
  {
    code: 'stage-without-fallback',
    what: 'a stage that could go back and does not',
    path: `${release}/stages/0/fallback`,
    plans: canary({ fallback: 'none' }),
  },
  {
    code: 'stage-without-runbook',
    what: 'a one-way stage without a way forward',
    path: `${release}/stages/0`,
    plans: canary({ reversible: false }),
  },
  {
    code: 'runbook-not-rehearsed',
    what: 'a one-way stage on paper only',
    path: `${release}/stages/0/rollForward`,
    model: shopModel({ runbooks: { forward: { owner: 'sre', steps: ['Replay'] } } }),
    plans: canary({ reversible: false, rollForward: 'forward' }),
  },
  {
    code: 'window-too-short',
    what: 'a window that ends before it begins',
    path: `${release}/stages/0/window`,
    plans: canary({ window: { minMs: 2_000, maxMs: 1_000 } }),
  },
  {
    code: 'window-below-horizon',
    what: 'a window that no abandon fits into',
    path: `${release}/stages/0/window`,
    plans: canary({ window: { minMs: 0, maxMs: 60_000 } }),
  },
  {
    code: 'crawlers-left-behind',
    what: 'a last stage without URLs',
    path: `${release}/stages/1`,
    plans: [shopPlan({ stages: [shopStage(), { ...all, urlBasisPoints: 0 }] })],
  },
  {
    code: 'lease-outlives-control-plane',
    what: 'a lease that nobody can end',
    path: `${release}/lease/onExpiry`,
    plans: [shopPlan({ lease: { durationMs: 15_000, onExpiry: 'stay' } })],
  },
  {
    code: 'blind-criterion',
    what: 'a criterion that sees no total break at the declared traffic',
    path: `${release}/stages/0/exit/criteria/0`,
    model: purchase({ traffic: { perMinute: 0.2 } }),
    plans: canary({}),
  },
  {
    code: 'unseen-path',
    what: 'a path that no stage waits for and that is too quiet to be seen broken',
    path: `${release}/stages/0/exit/criteria/0`,
    model: quietPath,
    plans: canary({ exit: shopGate({ criteria: [{ ...completionOf, flow: 'purchase', margin: 0.3 }] }) }),
  },
  {
    code: 'loss-budget-without-value',
    what: 'a loss budget in money for orders of unknown worth',
    path: `${release}/budgets/lostRevenue`,
    plans: [shopPlan({ lossBudgetRevenue: { amount: 1_000, currency: 'EUR' } })],
  },
]

describe('lintModel', () => {
  test('finds nothing in a complete model', () => {
    expect(lintModel(shopModel(), [shopPlan()])).toEqual([])
  })

  test.each(cases)('$code: $what', ({ code, path, model, plans }) => {
    const findings = lintModel(model ?? base, plans ?? [])
    expect(findings).toContainEqual(
      expect.objectContaining({ code, path, severity: findingSeverities[code], message: expect.stringMatching(/\w/) }),
    )
  })

  test('every code has a case above', () => {
    expect([...new Set(cases.map(({ code }) => code))].sort()).toEqual(Object.keys(findingSeverities).sort())
  })

  test('an unknown name comes with the nearest known one', () => {
    const [found] = lintModel(checkout({ owner: 'chekout' }), [])
    expect(found?.message).toBe('no team "chekout". Did you mean "checkout"? Correct the name or define it')
  })

  test('a gate that several stages name is reported once', () => {
    const exit = shopGate({ owner: '' })
    const findings = lintModel(base, [shopPlan({ stages: [shopStage({ exit }), { ...all, exit }] })])
    expect(findings.filter(({ code }) => code === 'gate-without-owner')).toHaveLength(1)
  })

  test('order values and items are judged at the declared traffic too', () => {
    const worth = { id: 'worth', signal: 'revenue', flow: 'purchase', margin: 0.1, minUnits: 50 } as const
    const returns = {
      id: 'returns',
      signal: 'count',
      flow: 'purchase',
      event: 'refund',
      margin: 0.02,
      minUnits: 50,
    } as const
    const exit = shopGate({ criteria: [worth, returns] })
    const messages = (perMinute: number, item: string): string[] => {
      const traffic = { perMinute, items: { [item]: { share: 0.01 } } }
      const averageOrder = { amount: 60, currency: 'EUR' }
      const model = purchase({ traffic, averageOrder, items: { refund: { withinMs: 600_000 } } })
      return lintModel(model, [shopPlan({ stages: [shopStage({ exit })] })])
        .filter(({ code }) => code === 'blind-criterion' || code === 'unknown-reference')
        .map(({ message }) => message)
    }
    expect(messages(0.2, 'refund')).toEqual([
      expect.stringMatching(/"worth" is blind .*the loss of half of the order value goes unseen/),
      expect.stringMatching(/"returns" is blind .*an item for every journey goes unseen/),
    ])
    expect(messages(20_000, 'refund')).toEqual([])
    expect(messages(20_000, 'refunds')).toEqual([expect.stringMatching(/no item "refunds". Did you mean "refund"/)])
  })

  test('a blind criterion is reported once per gate, with its stages and a cure, until it is signed off', () => {
    const model = purchase({ traffic: { perMinute: 0.2 } })
    const codes = (signedOff?: SignOff, at = 0): string[] => {
      const criteria = [{ ...completionOf, flow: 'purchase', ...(signedOff === undefined ? {} : { signedOff }) }]
      const exit = shopGate({ criteria })
      const stages = [shopStage({ exit }), shopStage({ id: 'half', visitorBasisPoints: 5_000, exit })]
      return lintModel(model, [shopPlan({ stages })], at)
        .filter(({ code }) => code === 'blind-criterion' || code === 'unknown-reference')
        .map(({ message }) => message)
    }
    expect(codes()).toEqual([
      expect.stringMatching(
        /is blind in stages "canary", "half" at the declared traffic: .*signedOff.* headgate plan next-1/,
      ),
    ])
    expect(codes({ by: 'checkout', reason: 'few shoppers' })).toEqual([])
    expect(codes({ by: 'nobody@example.com', reason: 'few shoppers', until: 5 }, 4)).toEqual([])
    expect(codes({ by: 'checkout', reason: 'few shoppers', until: 5 }, 5)).toHaveLength(1)
    expect(codes({ by: 'chekout', reason: 'few shoppers' })).toEqual([expect.stringMatching(/no team "chekout"/)])
  })

  test('a component without shopper traffic needs no upstream when it changes together with a storefront', () => {
    const findings = lintModel(base, [shopPlan({ components: ['storefront-next', 'commerce-api'] })])
    expect(findings).toEqual([])
  })

  test('components may consume each other when they are in service, or change in one release', () => {
    const inService = components({
      a: { provides: ['a@1'], consumes: ['b@1'] },
      b: { provides: ['b@1'], consumes: ['a@1'] },
    })
    expect(lintModel(inService, [])).toEqual([])
    const codes = lintModel(mutualCandidates, [shopPlan({ components: ['a', 'b'] })]).map(({ code }) => code)
    expect(codes).not.toContain('contract-cycle')
  })

  test('two releases on different routes and flows do not overlap', () => {
    const [one, two] = (['product', 'checkout'] as const).map((routes, index) =>
      shopPlan({
        id: `next-${index}`,
        flows: [],
        stages: [shopStage({ routes: [routes], exit: shopGate({ criteria: [{ ...errorsOn, routes: [routes] }] }) })],
      }),
    )
    const codes = lintModel(
      base,
      [one, two].filter((plan) => plan !== undefined),
    ).map(({ code }) => code)
    expect(codes).not.toContain('releases-overlap')
  })
})

describe('docs/reference/check-findings.md', () => {
  const page = readFileSync(new URL('../../../../../docs/reference/check-findings.md', import.meta.url), 'utf8')
  const documented = [...page.matchAll(/^### `([a-z-]+)` \((error|warning)\)$/gm)].map(([, code, severity]) => [
    code,
    severity,
  ])

  test('explains every code with its severity, and no code that does not exist', () => {
    expect(Object.fromEntries(documented)).toEqual(findingSeverities)
    expect(documented).toHaveLength(Object.keys(findingSeverities).length)
  })
})
