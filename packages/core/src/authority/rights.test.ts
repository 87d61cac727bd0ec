import { fc, test } from '@fast-check/vitest'
import { anyOf, shopModel, shopPlan } from '@headgate/testkit/operating-model'
import { describe, expect } from 'vitest'
import { rightNames, type Domain, type OperatingModel, type RightRule } from '../model/operating-model.ts'
import { domainsTouched } from './domains.ts'
import { teamsOf } from './people.ts'
import { automationMayRaise, decideRight, decideStop } from './rights.ts'

const model = shopModel()
const plan = shopPlan()

const rule: fc.Arbitrary<RightRule> = fc.record({
  quorum: fc.integer({ min: 1, max: 5 }),
  teams: fc.subarray(['storefront', 'checkout', 'commerce', 'sre'], { minLength: 1 }),
  expiresMs: fc.integer({ min: 1, max: 10_000 }),
  reasonRequired: fc.boolean(),
})
const rights = fc.array(fc.tuple(fc.constantFrom(...rightNames), rule)).map((each) => Object.fromEntries(each))
const domain: fc.Arbitrary<Domain> = fc.record({
  owner: fc.constant('sre'),
  rights,
  escalation: fc.constant([]),
})
const anyModel: fc.Arbitrary<OperatingModel> = fc
  .record({ storefront: domain, checkout: domain, pricing: domain })
  .map((domains) => shopModel({ domains }))
const person = fc.constantFrom(
  ...['storefront', 'checkout', 'commerce', 'sre'].map((team) => `${team}-lead@example.com`),
  'nobody@example.com',
)
const freezes = fc.constantFrom([], [{ from: 0, until: Number.MAX_SAFE_INTEGER, reason: 'Black Friday' }])

describe('decideStop', () => {
  test.prop([anyModel, person, freezes])(
    'A1: no quorum, freeze or missing right ever blocks a stop by a holder',
    (shop, principal, frozen) => {
      const touched = domainsTouched(shop, plan)
      const own = teamsOf(shop, principal)
      const isHolder = touched.some((id) => shop.domains[id]?.rights.stop?.teams.some((team) => own.includes(team)))
      const { isAllowed } = decideStop(shop, shopPlan({ freezes: frozen }), principal)
      if (isHolder) expect(isAllowed).toBe(true)
      else if (touched.some((id) => shop.domains[id]?.rights.stop !== undefined)) expect(isAllowed).toBe(false)
    },
  )

  test('A1: the right in one of several touched domains is enough', () => {
    expect(decideStop(model, plan, 'checkout-lead@example.com').isAllowed).toBe(true)
    expect(decideStop(model, plan, 'storefront-dev@example.com').isAllowed).toBe(true)
    expect(decideStop(model, plan, 'commerce-lead@example.com').isAllowed).toBe(false)
  })

  test('A9: a release whose domains are gone is stopped by any stop holder of the shop, and by nobody else', () => {
    const orphan = shopPlan({ components: ['gone'], flows: [] })
    expect(decideStop(model, orphan, 'sre-oncall@example.com').isAllowed).toBe(true)
    expect(decideStop(model, orphan, 'commerce-lead@example.com').isAllowed).toBe(false)
  })
})

describe('decideRight', () => {
  const question = { model, right: 'raise', mode: 'all', domains: ['storefront', 'checkout'] } as const

  test('names the teams through which a person holds the right', () => {
    const both = shopModel({
      teams: { ...model.teams, checkout: { lead: 'storefront-lead@example.com', members: [] } },
    })
    expect(decideRight({ ...question, model: both, principal: 'storefront-lead@example.com' })).toEqual({
      isAllowed: true,
      via: [
        { domain: 'storefront', team: 'storefront' },
        { domain: 'checkout', team: 'checkout' },
      ],
    })
  })

  test('says who could act where it refuses', () => {
    expect(decideRight({ ...question, principal: 'storefront-lead@example.com' })).toEqual({
      isAllowed: false,
      reason: 'storefront-lead@example.com does not hold "raise" in checkout (held by checkout: checkout, commerce)',
    })
  })

  test.prop([anyModel, person, fc.constantFrom('any' as const, 'all' as const)])(
    'A9: no domain named, nobody allowed',
    (shop, principal, mode) => {
      expect(decideRight({ model: shop, right: 'raise', domains: [], principal, mode }).isAllowed).toBe(false)
    },
  )

  test.prop([anyModel, fc.constantFrom('', ' ', 'constructor', '__proto__')])(
    'an empty or made-up name holds nothing',
    (shop, principal) => {
      const decision = decideRight({ model: shop, right: 'stop', domains: ['storefront'], principal, mode: 'any' })
      expect(decision.isAllowed).toBe(false)
    },
  )

  test('A5: rights do not depend on how an address is spelled', () => {
    for (const principal of ['SRE-Lead@Example.COM', ' sre-lead@example.com\n', 'ｓre-lead@example.com']) {
      expect(decideStop(model, plan, principal).isAllowed).toBe(true)
    }
  })
})

describe('automationMayRaise', () => {
  const grants = fc.tuple(
    fc.option(fc.integer({ min: 0, max: 10_000 })),
    fc.option(fc.integer({ min: 0, max: 10_000 })),
  )

  test.prop([grants, fc.integer({ min: 0, max: 10_000 })])(
    'A6: automation raises only where every touched domain grants it, up to the smallest grant',
    (granted, to) => {
      const [storefront, checkout] = granted.map((limit): Domain => {
        const raise = { ...anyOf('sre'), ...(limit === null ? {} : { automation: { maxBasisPoints: limit } }) }
        return { owner: 'sre', rights: { raise }, escalation: [] }
      })
      if (storefront === undefined || checkout === undefined) throw new Error('two grants make two domains')
      const shop = shopModel({ domains: { storefront, checkout } })
      expect(automationMayRaise(shop, plan, to)).toBe(granted.every((limit) => limit !== null && limit >= to))
    },
  )

  test('A9: a release that touches no domain is never raised by automation', () => {
    expect(automationMayRaise(model, shopPlan({ components: ['gone'], flows: [] }), 0)).toBe(false)
  })
})

describe('domainsTouched', () => {
  test('a release touches the domains of its components, of what they replace and of its flows', () => {
    const shop = shopModel({
      components: {
        ...model.components,
        'storefront-next': {
          domain: 'content',
          owner: 'sre',
          replaces: 'storefront-legacy',
          provides: [],
          consumes: [],
        },
      },
      domains: { ...model.domains, content: { owner: 'sre', rights: {}, escalation: [] } },
    })
    expect(domainsTouched(shop, plan)).toEqual(['checkout', 'content', 'storefront'])
  })
})
