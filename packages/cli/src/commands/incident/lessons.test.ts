import { describe, expect, test } from 'vitest'
import { runWith, problemAnswer } from '../../testing/fake-surroundings.ts'
import { aCriterion, anIncident, aProposal, aRelease, aVerdict } from '../../testing/views.ts'

const proposalPath = 'GET /api/v1/incidents/storefront-next-1/proposal'
const propose = (changes: Parameters<typeof aProposal>[0] = {}) =>
  runWith(['incident', 'propose', 'storefront-next-1'], { [proposalPath]: aProposal(changes) })

describe('headgate incident propose', () => {
  test('says what broke, which criterion, how much earlier, what it would have saved, and what to type next', async () => {
    const { code, out } = await propose()
    expect(code).toBe(0)
    expect(out).toEqual([
      'incident storefront-next-1: what would have stopped it first',
      '',
      'what happened  purchase-completion on coupon stopped storefront-next at 1970-01-01 00:17:00Z, 16 s',
      '               after harm began to show at 00:16:44Z',
      '               orders lost in that time on path coupon: 9.0 (95 %: 4.2 to 14.4); 410 candidate',
      '               journeys started',
      '',
      'proposal       completion:purchase/coupon@50%',
      '               completions on path coupon of flow purchase',
      '               would have stopped at 00:16:52Z in stage half, 8.0 s earlier: about 97 % of the',
      '               orders are lost without an error',
      '               would have saved 4.0 (95 %: 1.5 to 6.5) orders, of 9.0 lost',
      "               stops at odds of 450 : 1, for 44.4 % of the release's false-stop budget",
      '               never fired in 1 good stage and 0 harmless releases (1200 candidate journeys); 1 of 1',
      '               good stage would have passed it in time',
      '',
      'weighed        42 criteria, each at the level it would have had. A search over many on one incident',
      '               fits that incident: of those about as early, the simplest is proposed. Its false',
      "               stops come out of the release's own budget.",
      '',
      'OTHERS          STOPS         EARLIER  ORDERS SAVED  BUDGET  ON GOOD EVIDENCE',
      'errors:cart@2%  00:16:52Z  3.0 s late           4.0  44.4 %  fired: storefront-next, canary',
      '',
      'The owner of the domain decides:',
      '  headgate incident accept storefront-next-1 --criterion completion:purchase/coupon@50% --reason "why this one"',
      '  headgate incident waive storefront-next-1 --reason "why none"',
    ])
  })

  test('says plainly that the gate was the best, and ends with 3', async () => {
    const { best: _, ...none } = aProposal()
    const { code, out } = await runWith(['incident', 'propose', 'storefront-next-1'], { [proposalPath]: none })
    expect(code).toBe(3)
    expect(out.join(' ').replaceAll(/ +/g, ' ')).toContain('the gate that stopped was already the best of 42 tried')
    expect(out.join('\n')).not.toContain('incident accept')
  })

  test('does not dress up savings that are none', async () => {
    const { best } = aProposal()
    if (best === undefined) throw new Error('no proposal')
    const unsure = await propose({ best: { ...best, savedOrders: { low: -1, mid: 2, high: 5 } } })
    expect(unsure.out.join('\n')).toContain('would have saved not surely any orders: 2.0 (95 %: -1.0 to 5.0) orders')
    const negative = await propose({ best: { ...best, savedOrders: { low: -3, mid: -1, high: 1 } } })
    expect(negative.out.join('\n')).toContain('would have saved no orders: -1.0 (95 %: -3.0 to 1.0)')
  })

  test('answers with JSON, and shows what was decided', async () => {
    const act = { by: 'checkout-lead@example.com', at: 1_030_000, reason: 'coupons' }
    const lesson = {
      kind: 'accepted',
      criterion: 'lesson-storefront-next-1',
      key: 'completion:purchase@30%',
      ...act,
    } as const
    const text = (await propose({ lesson })).out.join('\n')
    expect(text).toContain(
      'Accepted by checkout-lead@example.com as lesson-storefront-next-1 (completion:purchase@30%): coupons',
    )
    const { out } = await runWith(['incident', 'propose', 'storefront-next-1', '--json'], {
      [proposalPath]: aProposal(),
    })
    expect(JSON.parse(out[0] ?? '')).toEqual(aProposal())
  })

  test('takes a window of a release instead, with zones in its times', async () => {
    const window = ['--release', 'next', '--from', '2026-05-04T14:00:00Z', '--until', '2026-05-04T16:25:00+02:00']
    const { incident: _, ...proposal } = aProposal()
    const path = 'GET /api/v1/releases/next/proposal?from=1777903200000&until=1777904700000'
    const { code, out } = await runWith(['incident', 'propose', ...window], { [path]: proposal })
    expect(code).toBe(0)
    expect(out.at(-1)).toContain('headgate incident report storefront-next --from 1970-01-01T00:16:44.000Z')
    const zoneless = await runWith([
      'incident',
      'propose',
      '--release',
      'next',
      '--from',
      '2026-05-04T14:00:00',
      '--until',
      'now',
    ])
    expect(zoneless).toMatchObject({ code: 2, err: [expect.stringContaining('must be an instant such as')] })
    expect(await runWith(['incident', 'propose'])).toMatchObject({ code: 2 })
  })
})

describe('deciding on an incident', () => {
  test('accepts a criterion with a reason', async () => {
    const act = { by: 'checkout-lead@example.com', at: 1_030_000, reason: 'coupons' }
    const lesson = {
      kind: 'accepted',
      criterion: 'lesson-storefront-next-1',
      key: 'completion:purchase@30%',
      ...act,
    } as const
    const { code, out, sent } = await runWith(
      ['incident', 'accept', 'storefront-next-1', '--criterion', 'completion:purchase@30%', '-r', 'coupons'],
      { 'POST /api/v1/incidents/storefront-next-1/accept': anIncident({ lesson }) },
    )
    expect(code).toBe(0)
    expect(sent).toEqual([
      ['POST /api/v1/incidents/storefront-next-1/accept', { criterion: 'completion:purchase@30%', reason: 'coupons' }],
    ])
    expect(out.join('\n')).toContain('headgate criterion retire lesson-storefront-next-1')
  })

  test('ends with 4 for somebody without the right, and with 2 without a reason', async () => {
    const answers = {
      'POST /api/v1/incidents/storefront-next-1/waive': problemAnswer(403, 'FORBIDDEN', 'not the owner'),
    }
    expect(await runWith(['incident', 'waive', 'storefront-next-1', '-r', 'a drill'], answers)).toMatchObject({
      code: 4,
    })
    expect(await runWith(['incident', 'waive', 'storefront-next-1'], answers)).toMatchObject({ code: 2 })
  })

  test('closing an incident that taught nothing says so, on the side', async () => {
    const answers = { 'POST /api/v1/incidents/storefront-next-1/close': anIncident({ status: 'closed' }) }
    const { code, out, err } = await runWith(['incident', 'close', 'storefront-next-1', '-r', 'fixed'], answers)
    expect([code, out]).toEqual([0, ['storefront-next-1 is closed.']])
    expect(err.join(' ')).toContain('headgate incident propose storefront-next-1')
  })

  test('lists and retires what incidents taught', async () => {
    const act = { by: 'checkout-lead@example.com', at: 1_030_000, reason: 'coupons' }
    const lesson = {
      id: 'lesson-storefront-next-1',
      incident: 'storefront-next-1',
      key: 'errors:cart@2%',
      watches: 'visitors with an error on route class cart',
      domain: 'checkout',
      owner: 'checkout',
      accepted: act,
      releases: ['storefront-third'],
    }
    const { out } = await runWith(['criterion', 'list'], { 'GET /api/v1/criteria': { criteria: [lesson] } })
    expect(out[1]).toMatch(
      /^lesson-storefront-next-1 +errors:cart@2% +checkout +checkout-lead@example.com, .* storefront-third$/,
    )
    const answers = { 'POST /api/v1/criteria/lesson-storefront-next-1/retire': { ...lesson, retired: act } }
    const retired = await runWith(['criterion', 'retire', 'lesson-storefront-next-1', '-r', 'gone'], answers)
    expect(retired.out).toEqual([
      'lesson-storefront-next-1 (errors:cart@2%) is retired: no stage inherits it any more.',
    ])
  })
})

test('release show marks the criteria that a release inherited', async () => {
  const verdict = aVerdict({ criteria: [aCriterion({ incident: 'storefront-next-1' })] })
  const { out } = await runWith(
    ['release', 'show', 'storefront-third'],
    {
      'GET /api/v1/releases/storefront-third': aRelease({ verdict }),
      'GET /api/v1/releases/storefront-third/events': { events: [] },
    },
    {
      terminal: {
        isLive: false,
        width: () => 160,
        height: () => undefined,
        hasColour: false,
        hasUnicode: false,
        draw: () => undefined,
        keep: () => undefined,
      },
    },
  )
  expect(out.join('\n')).toContain('(inherited from incident storefront-next-1)')
})
