import { fc, test } from '@fast-check/vitest'
import { anyOf, shopModel } from '@headgate/testkit/operating-model'
import { describe, expect } from 'vitest'
import type { Domain, OperatingModel } from '../model/operating-model.ts'
import type { Approval } from '../release/release.ts'
import { approvalExpiry, countApprovals, raiseNeeds, type RaiseCase } from './approvals.ts'

const hour = 3_600_000
const at = 1_000 * hour
const people = ['ada', 'ben', 'cleo', 'dan', 'eva'].map((name) => `${name}@example.com`)

/** One domain per quorum; all five people hold the right in each. */
function modelWith(quorums: readonly number[]): OperatingModel {
  const domains = quorums.map((quorum, index): [string, Domain] => [
    `d${index}`,
    { owner: 'all', rights: { raise: { ...anyOf('all'), quorum } }, escalation: [] },
  ])
  return shopModel({ teams: { all: { lead: people[0] ?? '', members: people } }, domains: Object.fromEntries(domains) })
}

function approvalOf(by: string, changes: Partial<Approval> = {}): Approval {
  return { by, at, expiresAt: at + hour, planHash: 'plan', evidenceHash: 'evidence', toStage: 1, ...changes }
}

function raiseOf(model: OperatingModel, approvals: readonly Approval[], changes: Partial<RaiseCase> = {}): RaiseCase {
  const domains = Object.keys(model.domains)
  return { model, domains, approvals, planHash: 'plan', evidenceHash: 'evidence', toStage: 1, at, ...changes }
}

const quorums = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 })
const spelled = fc
  .tuple(fc.constantFrom(...people), fc.constantFrom('', ' ', '  '), fc.array(fc.boolean(), { maxLength: 20 }))
  .map(
    ([address, space, upper]) =>
      space +
      address.replaceAll(/./g, (letter, index: number) => (upper[index] === true ? letter.toUpperCase() : letter)) +
      space,
  )
const approvals = fc.array(
  spelled.map((by) => approvalOf(by)),
  { maxLength: 12 },
)

function distinct(given: readonly Approval[]): number {
  return new Set(given.map(({ by }) => by.trim().toLowerCase())).size
}

describe('countApprovals', () => {
  test.prop([quorums, approvals])(
    'A2: grants exactly when every domain has its quorum of distinct holders',
    (asked, given) => {
      const { isGranted, domains } = countApprovals(raiseOf(modelWith(asked), given))
      expect(isGranted).toBe(asked.every((quorum) => distinct(given) >= quorum))
      for (const [index, { missing }] of domains.entries()) {
        expect(missing).toBe(Math.max(0, (asked[index] ?? 0) - distinct(given)))
      }
    },
  )

  test.prop([approvals, fc.constantFrom('planHash', 'evidenceHash')])(
    'A3: an approval on other evidence or another plan never counts',
    (given, key) => {
      const others = given.map((approval) => ({ ...approval, [key]: `${approval[key]}'` }))
      expect(countApprovals(raiseOf(modelWith([1]), others)).isGranted).toBe(false)
    },
  )

  test.prop([approvals, fc.integer({ min: -1, max: 9 }).filter((stage) => stage !== 1)])(
    'A3: an approval for another stage never counts',
    (given, toStage) => {
      expect(countApprovals(raiseOf(modelWith([1]), given, { toStage })).isGranted).toBe(false)
    },
  )

  test.prop([fc.integer({ min: 0, max: 3 * hour }), fc.integer({ min: -hour, max: 9 * hour })])(
    'A4: an approval counts before its own expiry and the limit of the right, and never after',
    (laterMs, claimedMs) => {
      const given = [approvalOf('ada@example.com', { expiresAt: at + claimedMs })]
      const { isGranted } = countApprovals(raiseOf(modelWith([1]), given, { at: at + laterMs }))
      expect(isGranted).toBe(laterMs < claimedMs && laterMs < hour)
    },
  )

  test.prop([fc.array(spelled, { minLength: 1, maxLength: 6 })])(
    'A5: the same person under several spellings counts once',
    (spellings) => {
      const one = spellings.map((each) => approvalOf(each.replace(/^\s*\w+/, 'aDa')))
      const [domain] = countApprovals(raiseOf(modelWith([2]), one)).domains
      expect(domain).toMatchObject({ approvedBy: ['ada@example.com'], missing: 1 })
    },
  )

  test.prop([fc.array(fc.emailAddress(), { maxLength: 10 })])('A7: strangers never count', (strangers) => {
    const given = strangers.filter((address) => !people.includes(address.toLowerCase())).map((by) => approvalOf(by))
    expect(countApprovals(raiseOf(modelWith([1]), given)).domains[0]?.approvedBy).toEqual([])
  })

  test('A7: an approval stops counting when its giver leaves the team', () => {
    const given = [approvalOf('ada@example.com'), approvalOf('ben@example.com')]
    const model = modelWith([2])
    expect(countApprovals(raiseOf(model, given)).isGranted).toBe(true)
    const without = { ...model, teams: { all: { lead: 'ada@example.com', members: [] } } }
    expect(countApprovals(raiseOf(without, given)).isGranted).toBe(false)
  })

  test.prop([quorums, approvals, approvals])('A8: more approvals never take a grant away', (asked, given, more) => {
    const model = modelWith(asked)
    const before = countApprovals(raiseOf(model, given)).isGranted
    const after = countApprovals(raiseOf(model, [...more, ...given])).isGranted
    expect(before && !after).toBe(false)
  })

  test.prop([quorums, approvals])('A8: the order of approvals does not matter', (asked, given) => {
    const model = modelWith(asked)
    const [one, other] = [given, given.toReversed()].map((each) => countApprovals(raiseOf(model, each)))
    expect(other?.isGranted).toBe(one?.isGranted)
  })

  test('A9: no domain, a domain nobody knows and a domain without the right grant nothing', () => {
    const given = people.map((by) => approvalOf(by))
    const model = modelWith([1])
    expect(countApprovals(raiseOf(model, given, { domains: [] })).isGranted).toBe(false)
    expect(countApprovals(raiseOf(model, given, { domains: ['d0', 'constructor'] })).isGranted).toBe(false)
    const silent = { ...model, domains: { d0: { owner: 'all', rights: {}, escalation: [] } } }
    expect(countApprovals(raiseOf(silent, given)).isGranted).toBe(false)
  })

  test('a quorum below one, from a model that no file could hold, still needs somebody', () => {
    expect(countApprovals(raiseOf(modelWith([0]), [])).isGranted).toBe(false)
  })

  test('says who could still approve', () => {
    const [domain] = countApprovals(raiseOf(modelWith([2]), [approvalOf('Ben@Example.com')])).domains
    expect(domain).toEqual({
      domain: 'd0',
      quorum: 2,
      approvedBy: ['ben@example.com'],
      missing: 1,
      open: ['ada@example.com', 'cleo@example.com', 'dan@example.com', 'eva@example.com'],
    })
  })
})

test('an approval expires with the shortest limit of the domains', () => {
  const model = shopModel()
  const shorter = {
    ...model.domains,
    checkout: { owner: 'checkout', rights: { raise: { ...anyOf('checkout'), expiresMs: 60_000 } }, escalation: [] },
  }
  expect(approvalExpiry({ ...model, domains: shorter }, ['storefront', 'checkout'], at)).toBe(at + 60_000)
  expect(approvalExpiry(model, [], at)).toBeUndefined()
})

test('the needs of a raise name quorum, teams and what automation may do', () => {
  expect(raiseNeeds(shopModel(), ['checkout', 'nowhere'])).toEqual([
    { domain: 'checkout', quorum: 2, teams: ['checkout', 'commerce'], automationUpToBasisPoints: 5_000 },
    { domain: 'nowhere', quorum: 1, teams: [] },
  ])
})
