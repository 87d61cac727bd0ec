import { fc, test } from '@fast-check/vitest'
import { buildExposure, buildFlow, buildSnapshot, issuedAt } from '@headgate/testkit/snapshot'
import { describe, expect } from 'vitest'
import {
  compileSnapshot,
  decide,
  drawArm,
  nextLeaseExpiry,
  routeOf,
  withdraw,
  type Decision,
  type Exposure,
  type Pin,
  type Snapshot,
  type Visitor,
} from './index.ts'

const now = issuedAt + 1_000
const nobodySeen: ReadonlySet<string> = new Set()

/** A request to `path` of the small shop; asks for the arm of one visitor. */
function ask(exposure: Partial<Exposure>, visitor: Partial<Visitor> = {}, at = now): Decision {
  return askAll([buildExposure(exposure)], visitor, at)
}

function askAll(exposures: readonly Exposure[], visitor: Partial<Visitor> = {}, at = now): Decision {
  const compiled = compileSnapshot(buildSnapshot({ exposures }), issuedAt)
  const path = visitor.path ?? '/p/shoe'
  return decide(routeOf(compiled, 'GET', path, ''), visitorAt(path, visitor), at)
}

function visitorAt(path: string, visitor: Partial<Visitor>): Visitor {
  return { visitorId: undefined, seen: nobodySeen, pins: [], ...visitor, path }
}

function decideIn(snapshot: Snapshot, who: Visitor): Decision {
  const compiled = compileSnapshot(snapshot, issuedAt)
  return decide(routeOf(compiled, 'GET', who.path, ''), who, now)
}

function lease(durationMs: number, onExpiry: 'control' | 'stay'): Exposure['lease'] {
  return { expiresAt: issuedAt + 60_000, durationMs, onExpiry }
}

function pin(overrides: Partial<Pin> = {}): Pin {
  return { release: 'r1', flow: 'purchase', arm: 'candidate', share: 100, pinnedAt: now - 1, ...overrides }
}

const visitorId = fc.stringMatching(/^[A-Za-z0-9_-]{22}$/)
const salt = fc.integer({ min: 0, max: 0xffff_ffff })
const basisPoints = fc.integer({ min: 0, max: 10_000 })
const slug = fc.stringMatching(/^[a-z0-9-]{1,20}$/).map((text) => `/p/${text}`)
const mode = fc.constantFrom<Exposure['mode']>('open', 'hold', 'eject', 'evict')
const exposure = fc.record({ salt, visitorBasisPoints: basisPoints, urlBasisPoints: basisPoints, mode })
const visitor = fc.record({
  visitorId: fc.option(visitorId, { nil: undefined }),
  path: fc.oneof(slug, fc.constantFrom('/', '/checkout/pay', '/api/x', '/unknown')),
  seen: fc.constantFrom<ReadonlySet<string>>(new Set(), new Set(['r1']), new Set(['r2'])),
  pins: fc.array(
    fc.record({
      release: fc.constantFrom('r1', 'r2'),
      flow: fc.constantFrom('purchase', 'other'),
      arm: fc.constantFrom<Pin['arm']>('control', 'candidate'),
      share: basisPoints,
      pinnedAt: fc.integer({ min: issuedAt - 4_000_000, max: issuedAt + 4_000_000 }),
    }),
    { maxLength: 2 },
  ),
})

describe('who is exposed', () => {
  test.prop([exposure, visitor])(
    'E1: the same request of the same visitor is always decided the same',
    (given, who) => {
      expect(ask(given, who)).toEqual(ask(given, who))
    },
  )

  test.prop([salt, visitorId, basisPoints, basisPoints])(
    'E2: raising the share of visitors only adds: nobody goes back',
    (seed, id, one, other) => {
      const [low, high] = [Math.min(one, other), Math.max(one, other)]
      const before = ask({ salt: seed, visitorBasisPoints: low }, { visitorId: id })
      if (before.arm === 'candidate')
        expect(ask({ salt: seed, visitorBasisPoints: high }, { visitorId: id }).arm).toBe('candidate')
    },
  )

  test.prop([salt, slug, basisPoints, basisPoints])(
    'E2: raising the share of URLs only adds',
    (seed, path, one, other) => {
      const [low, high] = [Math.min(one, other), Math.max(one, other)]
      if (ask({ salt: seed, urlBasisPoints: low }, { path }).arm === 'candidate')
        expect(ask({ salt: seed, urlBasisPoints: high }, { path }).arm).toBe('candidate')
    },
  )

  test.prop([salt, visitorId, basisPoints, slug])(
    'E3: a visitor has one arm on every route of the release, and the same one after a pause',
    (seed, id, share, path) => {
      const given = { salt: seed, visitorBasisPoints: share }
      const { arm } = ask(given, { visitorId: id, path })
      expect(ask(given, { visitorId: id, path: '/checkout/pay' }).arm).toBe(arm)
      expect(ask({ ...given, mode: 'hold' }, { visitorId: id, path, seen: new Set(['r1']) }).arm).toBe(arm)
      expect(ask({ ...given, stage: 'later' }, { visitorId: id, path }).arm).toBe(arm)
    },
  )

  test.prop([exposure, slug, fc.array(visitorId), visitor])(
    'E4: without a visitor id the URL alone decides, whatever else is known',
    (given, path, seen, who) => {
      const plain = ask(given, { path })
      expect(ask(given, { path, seen: new Set([...seen, 'r2']) })).toEqual(plain)
      expect(ask(given, { ...who, pins: [], visitorId: undefined, path, seen: nobodySeen })).toEqual(plain)
    },
  )

  test.prop([salt, visitorId, slug, basisPoints])(
    'E5: 0 % exposes nobody and 100 % everybody with an id, whatever the URL dial says',
    (seed, id, path, urlBasisPoints) => {
      const at = (visitorBasisPoints: number): Decision =>
        ask({ salt: seed, visitorBasisPoints, urlBasisPoints }, { visitorId: id, path })
      expect(at(0)).toMatchObject({ arm: 'control', reason: 'bucket', share: 0 })
      expect(at(10_000)).toMatchObject({ arm: 'candidate', reason: 'bucket', share: 10_000 })
    },
  )

  test.prop([salt, slug, basisPoints])(
    'E5: 0 % of URLs exposes no cookieless request and 100 % all of them on crawlable routes',
    (seed, path, visitorBasisPoints) => {
      const at = (urlBasisPoints: number): Decision => ask({ salt: seed, visitorBasisPoints, urlBasisPoints }, { path })
      expect(at(0)).toMatchObject({ arm: 'control', reason: 'url' })
      expect(at(10_000)).toMatchObject({ arm: 'candidate', reason: 'url' })
      expect(ask({ salt: seed, urlBasisPoints: 10_000 }, { path: '/checkout/pay' })).toMatchObject({
        arm: 'control',
        reason: 'no-visitor',
      })
    },
  )

  test('a tenth of the visitors is a tenth of the visitors', () => {
    const exposed = Array.from({ length: 20_000 }, (_, index) =>
      ask({ visitorBasisPoints: 1_000 }, { visitorId: `visitor-${index}` }),
    ).filter(({ arm }) => arm === 'candidate').length
    expect(exposed).toBeGreaterThan(1_900)
    expect(exposed).toBeLessThan(2_100)
  })
})

describe('leases', () => {
  test.prop([
    visitor,
    fc.integer({ min: -30_000, max: 60_000 }),
    fc.integer({ min: 1, max: 60_000 }),
    fc.integer({ min: 0, max: 90_000 }),
  ])(
    'E6: from the earlier end of its lease on, an exposure is absent, pins included',
    (who, untilExpiry, durationMs, later) => {
      const given = { expiresAt: issuedAt + untilExpiry, durationMs, onExpiry: 'control' as const }
      const end = issuedAt + Math.min(untilExpiry, durationMs)
      const decision = ask({ lease: given, visitorBasisPoints: 10_000, urlBasisPoints: 10_000 }, who, end + later)
      expect(decision).toMatchObject({ arm: 'control', release: undefined })
      expect(['lease-expired', 'not-exposed', 'unmatched']).toContain(decision.reason)
    },
  )

  test('the last millisecond of a lease still exposes', () => {
    const full = { lease: lease(15_000, 'control'), visitorBasisPoints: 10_000 }
    expect(ask(full, { visitorId: 'x' }, issuedAt + 14_999).arm).toBe('candidate')
    expect(ask(full, { visitorId: 'x' }, issuedAt + 15_000).arm).toBe('control')
  })

  test('E6: a lease that says stay does not end', () => {
    expect(ask({ lease: lease(1, 'stay'), visitorBasisPoints: 10_000 }, { visitorId: 'x' }, issuedAt + 1e12).arm).toBe(
      'candidate',
    )
  })

  test('the next expiry is that of the first lease in force to end', () => {
    const exposures = [
      buildExposure({ release: 'a', lease: lease(5_000, 'control') }),
      buildExposure({ release: 'b', lease: lease(1, 'stay') }),
      buildExposure({ release: 'c', lease: lease(90_000, 'control') }),
    ]
    const compiled = compileSnapshot(buildSnapshot({ exposures }), issuedAt)
    expect(nextLeaseExpiry(compiled, issuedAt)).toBe(issuedAt + 5_000)
    expect(nextLeaseExpiry(compiled, issuedAt + 5_000)).toBe(issuedAt + 60_000)
    expect(nextLeaseExpiry(compiled, issuedAt + 60_000)).toBeUndefined()
  })
})

describe('pins', () => {
  const lastingPin = fc.record({
    arm: fc.constantFrom<Pin['arm']>('control', 'candidate'),
    share: basisPoints,
    pinnedAt: fc.integer({ min: now - 1_799_999, max: now + 1_799_999 }),
  })

  test.prop([exposure, visitorId, lastingPin])(
    'E8: a pin keeps its arm and share through raises, reductions, hold and eject, but not through evict',
    (given, id, frozen) => {
      const decision = ask(given, { visitorId: id, pins: [pin(frozen)] })
      if (given.mode === 'evict')
        expect(decision).toMatchObject({ arm: 'control', reason: 'evicted', release: undefined })
      else expect(decision).toMatchObject({ arm: frozen.arm, share: frozen.share, reason: 'pinned', release: 'r1' })
    },
  )

  test.prop([exposure, visitorId])(
    'E8: a pin of another release or flow, or one that has run out, is no pin',
    (given, id) => {
      const without = ask(given, { visitorId: id })
      for (const other of [
        pin({ release: 'r0' }),
        pin({ flow: 'returns' }),
        pin({ pinnedAt: now - 1_800_000 }),
        pin({ pinnedAt: now + 1_800_000 }),
      ])
        expect(ask(given, { visitorId: id, pins: [other] })).toEqual(without)
    },
  )

  test.prop([exposure, visitor])('E11: the arm frozen for a journey is the one that the routes show', (given, who) => {
    const compiled = compileSnapshot(buildSnapshot({ exposures: [buildExposure(given)] }), issuedAt)
    const [first] = compiled.exposures
    if (first === undefined || who.visitorId === undefined || given.mode === 'evict') return
    const decision = decide(routeOf(compiled, 'GET', '/p/shoe', ''), { ...who, path: '/p/shoe' }, now)
    const { arm, share, reason } = drawArm(first, who, now)
    expect(decision).toMatchObject({ arm, share, reason })
  })
})

describe('what a stop leaves', () => {
  test.prop([salt, visitorId, basisPoints])(
    'E16: a hold admits nobody new, and keeps those already in',
    (seed, id, share) => {
      const given = { salt: seed, visitorBasisPoints: share }
      const held = { ...given, mode: 'hold' as const }
      expect(ask(held, { visitorId: id })).toMatchObject({ arm: 'control', reason: 'not-admitted', share: 0 })
      expect(ask(held, { path: '/p/shoe' }).arm).toBe('control')
      const { arm } = ask(given, { visitorId: id })
      expect(ask(held, { visitorId: id, seen: new Set(['r1']) })).toMatchObject({ arm, reason: 'bucket' })
    },
  )

  test.prop([exposure, visitor])('E16: eject leaves the candidate to pinned journeys alone', (given, who) => {
    const decision = ask({ ...given, mode: 'eject' }, who)
    if (decision.arm === 'candidate') expect(decision.reason).toBe('pinned')
  })

  test.prop([exposure, visitor, mode])('E10: no local stop ever exposes somebody', (given, who, stop) => {
    if (stop === 'open') return
    const snapshot = buildSnapshot({ exposures: [buildExposure(given)] })
    const before = decideIn(snapshot, who)
    const after = decideIn(withdraw(snapshot, new Map([['r1', stop]])), who)
    if (before.arm === 'control') expect(after.arm).toBe('control')
    if (stop === 'evict') expect(after.arm).toBe('control')
  })
})

describe('what is exposed', () => {
  test.prop([exposure, visitor])(
    'E12: a route outside the exposure, and a path outside all routes, is control',
    (given, who) => {
      for (const path of ['/', '/api/x', '/nowhere']) {
        const decision = ask(given, { ...who, path })
        expect(decision).toMatchObject({ arm: 'control', release: undefined, fallback: 'none' })
        expect(decision.upstream).toBe(decision.controlUpstream)
      }
    },
  )

  test('E13: the candidate takes the place of what serves the route, and of nothing else', () => {
    const routes = ['product', 'api']
    const full = { visitorBasisPoints: 10_000, routes }
    expect(ask(full, { visitorId: 'x' })).toMatchObject({
      component: 'next',
      upstream: 'http://127.0.0.1:4502',
      controlUpstream: 'http://127.0.0.1:4501',
      fallback: 'control',
    })
    expect(ask(full, { visitorId: 'x', path: '/api/stock' })).toMatchObject({
      arm: 'candidate',
      component: 'api',
      upstream: 'http://127.0.0.1:4503',
      controlUpstream: 'http://127.0.0.1:4503',
    })
  })

  test('control has nothing to fall back to', () => {
    expect(ask({ visitorBasisPoints: 0 }, { visitorId: 'x' })).toMatchObject({ arm: 'control', fallback: 'none' })
  })

  test('of several exposures of a route the first in force decides', () => {
    const first = buildExposure({ release: 'a', visitorBasisPoints: 0 })
    const second = buildExposure({ release: 'b', visitorBasisPoints: 10_000 })
    const who = { visitorId: 'x' }
    expect(askAll([first, second], who)).toMatchObject({ release: 'a', arm: 'control' })
    expect(askAll([{ ...first, mode: 'evict' }, second], who)).toMatchObject({ release: 'b', arm: 'candidate' })
    const ended = { ...first, lease: { ...first.lease, durationMs: 1 } }
    expect(askAll([ended, second], who)).toMatchObject({ release: 'b', arm: 'candidate' })
  })

  test('an exposure with a broken reference exposes nobody and is reported; the others work', () => {
    const broken = [
      buildExposure({ release: 'a', routes: ['nowhere'] }),
      buildExposure({ release: 'b', flows: ['nothing'] }),
      buildExposure({ release: 'c', replaces: { legacy: 'missing' } }),
      buildExposure({ release: 'd', replaces: { legacy: 'constructor' } }),
    ]
    const compiled = compileSnapshot(
      buildSnapshot({ exposures: [...broken, buildExposure({ release: 'e' })], flows: [buildFlow()] }),
      issuedAt,
    )
    expect(compiled.problems).toHaveLength(4)
    expect(compiled.exposures.map(({ release }) => release)).toEqual(['e'])
  })

  test('a snapshot in which nothing serves a route is refused', () => {
    expect(() => compileSnapshot(buildSnapshot({ components: {} }), issuedAt)).toThrowError(
      expect.objectContaining({ code: 'SNAPSHOT_REFUSED' }),
    )
  })
})
