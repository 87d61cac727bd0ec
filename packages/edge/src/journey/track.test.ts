import { fc, test } from '@fast-check/vitest'
import { compileSnapshot, type Exposure, type SnapshotFlow } from '@headgate/core/exposure'
import type { JourneyToken } from '@headgate/protocol/signals'
import { buildExposure, buildFlow, buildSnapshot, issuedAt } from '@headgate/testkit/snapshot'
import { describe, expect } from 'vitest'
import {
  compileFlows,
  createOnce,
  trackRequest,
  trackResponse,
  type CompiledFlow,
  type CountedCell,
  type JourneyRequest,
  type JourneyResponse,
  type Once,
} from './index.ts'

const start = issuedAt + 1_234
const endless = { expiresAt: issuedAt + 1e10, durationMs: 1e10, onExpiry: 'control' } as const

interface ShopperOptions {
  readonly exposure?: Partial<Exposure>
  readonly flow?: Partial<SnapshotFlow>
  readonly visitorId?: string
}

function flowsOf(options: ShopperOptions = {}): readonly CompiledFlow[] {
  const exposures = [buildExposure({ visitorBasisPoints: 10_000, lease: endless, ...options.exposure })]
  return compileFlows(compileSnapshot(buildSnapshot({ exposures, flows: [buildFlow(options.flow)] }), issuedAt))
}

const answerOk: JourneyResponse = { status: 200, isMasked: false }

/** A shopper with a browser: keeps the tokens that responses set, and sends them along. */
class Shopper {
  flows: readonly CompiledFlow[]
  tokens: readonly JourneyToken[] = []
  cells: CountedCell[] = []
  now = start
  seen: ReadonlySet<string> = new Set()
  once: Once = createOnce()
  readonly visitorId: string

  constructor(options: ShopperOptions = {}) {
    this.flows = flowsOf(options)
    this.visitorId = options.visitorId ?? 'visitor-1'
  }

  ask(method: string, target: string, overrides: Partial<JourneyRequest> = {}): JourneyRequest {
    const [path = '', query = ''] = target.split('?')
    const visitor = { visitorId: this.visitorId, path, seen: this.seen, pins: this.tokens }
    return { method, visitor, query, isReturning: true, isSpeculative: false, ...overrides }
  }

  go(
    method: string,
    target: string,
    response: Partial<JourneyResponse> = {},
    overrides: Partial<JourneyRequest> = {},
  ): this {
    const tracked = trackRequest(this.flows, this.ask(method, target, overrides), this.now)
    const change = trackResponse(tracked, { ...answerOk, ...response }, this.once, this.now)
    this.keep(change.tokens)
    this.cells.push(...change.cells)
    return this
  }

  keep(tokens: readonly JourneyToken[]): void {
    const flows = new Set(tokens.map(({ flow }) => flow))
    this.tokens = [...this.tokens.filter(({ flow }) => !flows.has(flow)), ...tokens]
  }

  wait(ms: number): this {
    this.now += ms
    return this
  }

  toCheckout(): this {
    return this.go('GET', '/p/shoe').go('POST', '/cart').wait(1_000).go('GET', '/checkout')
  }

  get outcomes(): readonly string[] {
    return this.cells.map((cell) => ('outcome' in cell ? cell.outcome : cell.kind))
  }

  get token(): JourneyToken | undefined {
    return this.tokens[0]
  }
}

describe('a purchase', () => {
  test('is pinned from the cart, started at the checkout, completed at the order page', () => {
    const shopper = new Shopper()
    shopper.go('GET', '/p/shoe')
    expect(shopper.token).toBeUndefined()
    shopper.go('POST', '/cart')
    expect(shopper.token).toMatchObject({ state: 'pinned', arm: 'candidate', share: 10_000, pinnedAt: start, path: '' })
    shopper.wait(2_500).go('GET', '/checkout')
    expect(shopper.token).toMatchObject({
      state: 'started',
      startedAt: start + 2_500,
      path: 'critical',
      pinnedAt: start,
    })
    shopper.wait(5_000).go('POST', '/checkout/pay', { status: 303 }).go('GET', '/order/7')
    expect(shopper.token?.state).toBe('settled')
    const cell = {
      kind: 'journey',
      release: 'r1',
      flow: 'purchase',
      path: 'critical',
      arm: 'candidate',
      share: 10_000,
      startedAt: issuedAt + 3_000,
    }
    expect(shopper.cells).toEqual([
      { ...cell, outcome: 'started' },
      { ...cell, outcome: 'completed' },
    ])
  })

  test('counts on control as on the candidate, with the share that drew the arm', () => {
    const shopper = new Shopper({ exposure: { visitorBasisPoints: 0 } }).toCheckout()
    expect(shopper.cells).toMatchObject([{ arm: 'control', share: 0, outcome: 'started' }])
  })

  test('counts also where its steps lie on routes that are not exposed', () => {
    expect(new Shopper({ exposure: { routes: ['landing'] } }).toCheckout().outcomes).toEqual(['started'])
  })

  test.each([
    ['/checkout?coupon=yes', 'coupon'],
    ['/checkout/coupon', 'coupon'],
    ['/checkout?coupon=no', 'critical'],
  ])('that starts at %s takes the path %s', (target, path) => {
    expect(new Shopper().go('POST', '/cart').go('GET', target).token).toMatchObject({ path, state: 'started' })
  })

  test('takes the path that the shop names with the response that starts it, if the flow has it', () => {
    expect(new Shopper().go('GET', '/checkout', { path: 'coupon' }).cells).toMatchObject([{ path: 'coupon' }])
    expect(new Shopper().go('GET', '/checkout', { path: 'magic' }).cells).toMatchObject([{ path: 'critical' }])
    const later = new Shopper().toCheckout().go('POST', '/checkout/pay', { path: 'coupon', status: 303 })
    expect(later.token).toMatchObject({ path: 'critical' })
  })

  test('is told to upstreams from the request on that moves it', () => {
    const shopper = new Shopper()
    const first = trackRequest(shopper.flows, shopper.ask('GET', '/p/shoe'), start)
    expect(first.token).toBeUndefined()
    const pinned = trackRequest(shopper.flows, shopper.ask('POST', '/cart'), start)
    expect(pinned.token).toMatchObject({ state: 'pinned' })
    shopper.go('POST', '/cart')
    const started = trackRequest(shopper.flows, shopper.ask('GET', '/checkout'), start)
    expect(started.token).toMatchObject({ state: 'started' })
    expect(trackRequest(shopper.flows, shopper.ask('GET', '/help'), start).token).toMatchObject({ state: 'pinned' })
  })
})

describe('failures', () => {
  test.each([
    ['a status that fails the step', { status: 503 }],
    ['a single failing status', { status: 402 }],
    ['the word of the shop', { event: 'failed' }],
  ])('%s settles the journey as failed', (_, response) => {
    const shopper = new Shopper().toCheckout().go('POST', '/checkout/pay', response)
    expect(shopper.outcomes).toEqual(['started', 'failed'])
    expect(shopper.token?.state).toBe('settled')
  })

  test('E9: a failure that control hid from the shopper fails the journey', () => {
    expect(new Shopper().toCheckout().go('POST', '/checkout/pay', { isMasked: true }).outcomes).toEqual([
      'started',
      'failed',
    ])
    expect(new Shopper().go('POST', '/cart').go('GET', '/checkout', { isMasked: true }).outcomes).toEqual([
      'started',
      'failed',
    ])
  })

  test('a start whose response never came is a start', () => {
    expect(new Shopper().go('POST', '/cart').go('GET', '/checkout', { status: 0 }).outcomes).toEqual(['started'])
  })

  test.each([
    ['a page that is no step', 'GET', '/help', { status: 500 }],
    ['a status that the step forgives', 'POST', '/checkout/pay', { status: 422 }],
    ['a masked failure of a page that is no step', 'GET', '/help', { status: 200, isMasked: true }],
  ])('%s does not fail the journey', (_, method, target, response) => {
    expect(new Shopper().toCheckout().go(method, target, response).outcomes).toEqual(['started'])
  })

  test('a failure before the journey started is no outcome', () => {
    expect(new Shopper().go('POST', '/cart', { event: 'failed' }).outcomes).toEqual([])
  })

  test('an order page that answers with an error completes nothing', () => {
    expect(new Shopper().toCheckout().go('GET', '/order/7', { status: 404 }).outcomes).toEqual(['started'])
    expect(new Shopper().toCheckout().go('GET', '/order/7', { status: 500 }).outcomes).toEqual(['started', 'failed'])
  })
})

describe('steps that the shop reports', () => {
  const steps: SnapshotFlow['steps'] = [
    { id: 'add-to-cart', match: [], event: 'add-to-cart', failsOn: [] },
    { id: 'start-checkout', match: [], event: 'checkout', failsOn: [] },
    { id: 'order-placed', match: [], event: 'order-placed', failsOn: [] },
  ]
  const flow = { steps }

  test('pin, start and complete as those that the gateway recognises', () => {
    const shopper = new Shopper({ flow }).go('POST', '/api/cart', { event: 'add-to-cart' })
    expect(shopper.token).toMatchObject({ state: 'pinned' })
    shopper.go('POST', '/api/checkout', { event: 'start-checkout', path: 'coupon' })
    expect(shopper.cells).toMatchObject([{ outcome: 'started', path: 'coupon' }])
    expect(shopper.go('POST', '/api/pay', { event: 'order-placed' }).outcomes).toEqual(['started', 'completed'])
  })

  test('are ignored for steps that the gateway recognises itself, and when no flow has them', () => {
    expect(new Shopper().toCheckout().go('POST', '/x', { event: 'order-placed' }).outcomes).toEqual(['started'])
    expect(new Shopper({ flow }).go('POST', '/x', { event: 'dance' }).tokens).toEqual([])
  })
})

describe('one unit per visitor and release', () => {
  test('E19: a second journey is pinned, but it is no unit', () => {
    const shopper = new Shopper().toCheckout().go('GET', '/order/7')
    shopper.wait(1_800_000).go('POST', '/cart')
    expect(shopper.token).toMatchObject({ state: 'settled', pinnedAt: shopper.now })
    expect(shopper.go('GET', '/checkout').go('GET', '/order/8').outcomes).toEqual(['started', 'completed'])
  })

  test('E19: the journey after an abandoned one is no unit either', () => {
    const shopper = new Shopper().toCheckout().wait(3_600_000)
    expect(shopper.toCheckout().go('GET', '/order/7').outcomes).toEqual(['started'])
    expect(shopper.token?.state).toBe('settled')
  })

  test('E19: a visitor who did not bring the cookie back is no unit, whatever the steps', () => {
    const shopper = new Shopper()
    for (const [method, target] of [
      ['POST', '/cart'],
      ['GET', '/checkout'],
      ['GET', '/order/7'],
    ] as const)
      shopper.go(method, target, {}, { isReturning: false })
    expect(shopper.cells).toEqual([])
    expect(shopper.token?.state).toBe('pinned')
  })

  test('E19: parallel requests with the same cookies start and settle once', () => {
    const shopper = new Shopper().go('POST', '/cart')
    const before = shopper.tokens
    shopper.go('GET', '/checkout')
    shopper.tokens = before
    shopper.go('GET', '/checkout')
    const started = shopper.tokens
    shopper.go('GET', '/order/7')
    shopper.tokens = started
    shopper.go('GET', '/order/7')
    expect(shopper.outcomes).toEqual(['started', 'completed'])
  })

  test('a lost token does not make a second journey: its id is that of the visitor', () => {
    const shopper = new Shopper().toCheckout()
    const { id } = shopper.token ?? { id: '' }
    shopper.tokens = []
    expect(shopper.toCheckout().token?.id).toBe(id)
    expect(shopper.outcomes).toEqual(['started'])
    expect(new Shopper({ visitorId: 'visitor-2' }).toCheckout().token?.id).not.toBe(id)
  })

  const act = fc.constantFrom(
    ...(['/p/shoe', '/checkout', '/checkout?coupon=yes', '/order/7', '/help'] as const).map(
      (target) => ['GET', target] as const,
    ),
    ['POST', '/cart'] as const,
    ['POST', '/checkout/pay'] as const,
    ['HEAD', '/checkout'] as const,
  )
  const step = fc.record({
    act,
    status: fc.constantFrom(0, 200, 303, 404, 402, 500),
    isMasked: fc.boolean(),
    event: fc.constantFrom(undefined, 'failed', 'order-placed', 'garbage'),
    isReturning: fc.boolean(),
    isSpeculative: fc.boolean(),
    waitMs: fc.constantFrom(0, 1_000, 1_000_000, 1_800_000, -5_000),
    losesCookies: fc.integer({ min: 0, max: 9 }).map((roll) => roll === 0),
  })

  test.prop([fc.array(step, { maxLength: 30 })], { numRuns: 500 })(
    'E19: whatever a shopper does, there is at most one start and one outcome, in this order',
    (steps) => {
      const shopper = new Shopper()
      for (const {
        act: [method, target],
        waitMs,
        losesCookies,
        isReturning,
        isSpeculative,
        ...response
      } of steps) {
        if (losesCookies) shopper.tokens = []
        shopper.wait(waitMs).go(method, target, response, { isReturning, isSpeculative })
      }
      expect([[], ['started'], ['started', 'completed'], ['started', 'failed']]).toContainEqual(shopper.outcomes)
      const [first, second] = shopper.cells
      if (second !== undefined) expect({ ...second, outcome: 'started' }).toEqual(first)
    },
  )
})

describe('what moves no journey', () => {
  test.each([
    ['a prefetched page', { isSpeculative: true }, 'GET'],
    ['a HEAD request', {}, 'HEAD'],
    ['a preflight', {}, 'OPTIONS'],
  ])('%s', (_, overrides, method) => {
    expect(new Shopper().go('POST', '/cart').go(method, '/checkout', {}, overrides).outcomes).toEqual([])
  })

  test('a request without a visitor', () => {
    const shopper = new Shopper()
    const ask = shopper.ask('POST', '/cart')
    const tracked = trackRequest(shopper.flows, { ...ask, visitor: { ...ask.visitor, visitorId: undefined } }, start)
    expect(trackResponse(tracked, answerOk, shopper.once, start)).toEqual({ cells: [], tokens: [] })
  })

  test('an outcome after the horizon', () => {
    const shopper = new Shopper().toCheckout().wait(1_800_001).go('GET', '/order/7')
    expect(shopper.outcomes).toEqual(['started'])
    expect(shopper.token?.state).toBe('settled')
  })
})

describe('releases that come and go', () => {
  test('a new release begins anew: the token of the old one is ignored and replaced', () => {
    const shopper = new Shopper().toCheckout()
    shopper.flows = flowsOf({ exposure: { release: 'r2', salt: 5 } })
    expect(shopper.go('GET', '/order/7').outcomes).toEqual(['started'])
    expect(shopper.token).toMatchObject({ release: 'r1', state: 'started' })
    shopper.toCheckout()
    expect(shopper.tokens).toMatchObject([{ release: 'r2', state: 'started' }])
    expect(shopper.cells.at(-1)).toMatchObject({ release: 'r2', outcome: 'started' })
  })

  test('a token of another flow is ignored', () => {
    const shopper = new Shopper().toCheckout()
    const [token] = shopper.tokens
    if (token === undefined) throw new Error('no token')
    shopper.tokens = [{ ...token, flow: 'returns' }]
    expect(shopper.go('GET', '/order/7').outcomes).toEqual(['started'])
  })

  test('what was started before an eviction is still resolved, and nothing new starts', () => {
    const shopper = new Shopper().toCheckout()
    shopper.flows = flowsOf({ exposure: { mode: 'evict' } })
    expect(shopper.go('GET', '/order/7').outcomes).toEqual(['started', 'completed'])
    const newcomer = new Shopper({ exposure: { mode: 'evict' }, visitorId: 'visitor-2' })
    expect(newcomer.toCheckout().tokens).toEqual([])
  })

  test('an expired lease counts nothing', () => {
    const lease = { expiresAt: start, durationMs: 15_000, onExpiry: 'control' as const }
    expect(new Shopper({ exposure: { lease } }).toCheckout().tokens).toEqual([])
  })

  test('under a hold, newcomers are pinned to control with share 0, and stay there when it ends', () => {
    const shopper = new Shopper({ exposure: { mode: 'hold' } }).go('POST', '/cart')
    expect(shopper.token).toMatchObject({ arm: 'control', share: 0 })
    shopper.flows = flowsOf()
    expect(shopper.go('GET', '/checkout').cells).toMatchObject([{ arm: 'control', share: 0 }])
  })

  test('the pin of an unstarted journey that ran out is drawn anew; that of a started one is not', () => {
    const unstarted = new Shopper({ exposure: { visitorBasisPoints: 0 } }).go('POST', '/cart').wait(1_800_000)
    unstarted.flows = flowsOf({ exposure: { visitorBasisPoints: 10_000 } })
    expect(unstarted.go('GET', '/checkout').token).toMatchObject({ arm: 'candidate', state: 'started' })
    const started = new Shopper({ exposure: { visitorBasisPoints: 0 }, flow: { pinMs: 5_000 } })
      .toCheckout()
      .wait(6_000)
    started.flows = flowsOf({ exposure: { visitorBasisPoints: 10_000 }, flow: { pinMs: 5_000 } })
    expect(started.go('GET', '/order/7').cells.at(-1)).toMatchObject({ arm: 'control', outcome: 'completed' })
  })
})
