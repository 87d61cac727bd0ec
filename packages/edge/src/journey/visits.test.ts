import { fc, test } from '@fast-check/vitest'
import { compileSnapshot, decide, routeOf, type Decision, type Exposure } from '@headgate/core/exposure'
import { latencyBucketOf } from '@headgate/core/stats'
import { buildExposure, buildSnapshot, issuedAt } from '@headgate/testkit/snapshot'
import { describe, expect } from 'vitest'
import { createOnce, formatSeen, parseSeen, trackVisit, type Seen, type Visit, type VisitResponse } from './index.ts'

const releases = new Set(['r1'])
const response: VisitResponse = { status: 200, isMasked: false, micros: 12_345 }
const nothing: Seen = new Map()

function decisionOn(path: string, exposure: Partial<Exposure> = {}, seen: Seen = nothing): Decision {
  const exposures = [buildExposure({ visitorBasisPoints: 10_000, ...exposure })]
  const compiled = compileSnapshot(buildSnapshot({ exposures }), issuedAt)
  const visitor = { visitorId: 'visitor-1', path, seen, pins: [] }
  return decide(routeOf(compiled, 'GET', path, ''), visitor, issuedAt)
}

function visit(overrides: Partial<Visit> = {}): Visit {
  return {
    decision: decisionOn('/p/shoe'),
    method: 'GET',
    visitorId: 'visitor-1',
    seen: nothing,
    isReturning: true,
    isSpeculative: false,
    ...overrides,
  }
}

describe('the hgs cookie', () => {
  test.prop([
    fc.uniqueArray(fc.tuple(fc.stringMatching(/^[A-Za-z0-9_-]{1,30}$/), fc.nat({ max: 2 ** 52 })), {
      maxLength: 8,
      selector: ([id]) => id,
    }),
  ])('reads back what was written', (entries) => {
    const seen = new Map(entries)
    expect(parseSeen(formatSeen(seen))).toEqual(seen)
  })

  test.prop([fc.string({ unit: 'binary', maxLength: 1_000 })])('ignores garbage', (text) => {
    for (const mask of parseSeen(text).values()) expect(Number.isSafeInteger(mask)).toBe(true)
  })

  test('keeps what is legible, and stays short', () => {
    expect(parseSeen('r1.a~<script>~r2.~.3~r3.zzzzzzzzzzzz~r4.b')).toEqual(
      new Map([
        ['r1', 10],
        ['r4', 11],
      ]),
    )
    expect(parseSeen('x'.repeat(513)).size).toBe(0)
    const many = new Map(Array.from({ length: 20 }, (_, index) => [`${'long-name-'.repeat(9)}${index}`, 1]))
    expect(formatSeen(many).length).toBeLessThanOrEqual(512)
    expect(formatSeen(many)).toContain('19.1')
  })
})

describe('visits and pages', () => {
  test('a first request counts the visitor and the page, and is remembered', () => {
    const { cells, seen } = trackVisit(visit(), response, createOnce(), releases)
    const unit = { release: 'r1', arm: 'candidate', share: 10_000 }
    expect(cells).toEqual([
      { kind: 'visit', ...unit },
      { kind: 'page', ...unit, route: 'product', outcome: 'ok', bucket: latencyBucketOf(12_345) },
    ])
    expect(seen).toEqual(new Map([['r1', 2]]))
  })

  test('E20: the same page again counts nothing, another route class counts once', () => {
    const once = createOnce()
    const seen = new Map([['r1', 2]])
    expect(trackVisit(visit({ seen }), response, once, releases)).toEqual({ cells: [], seen: undefined })
    const other = visit({ seen, decision: decisionOn('/checkout', {}, seen) })
    expect(trackVisit(other, response, once, releases)).toMatchObject({
      cells: [{ kind: 'page', route: 'checkout' }],
      seen: new Map([['r1', 6]]),
    })
  })

  test('E20: parallel requests with the cookies of before count once', () => {
    const once = createOnce()
    const first = trackVisit(visit(), response, once, releases)
    const second = trackVisit(visit(), response, once, releases)
    expect([first.cells.length, second.cells.length]).toEqual([2, 0])
    expect(second.seen).toEqual(first.seen)
  })

  test.each([
    ['a visitor who did not bring the cookie back', { isReturning: false }],
    ['a prefetched page', { isSpeculative: true }],
    ['a HEAD request', { method: 'HEAD' }],
    ['a cookieless request', { visitorId: undefined }],
    ['a route without exposure', { decision: decisionOn('/') }],
    ['E20: a visitor whom a hold did not admit', { decision: decisionOn('/p/shoe', { mode: 'hold' }) }],
  ])('%s is not counted', (_, overrides) => {
    expect(trackVisit(visit(overrides), response, createOnce(), releases)).toEqual({ cells: [], seen: undefined })
  })

  test('a request whose shopper left before the answer is not counted, so that the next one is', () => {
    expect(trackVisit(visit(), { ...response, status: 0 }, createOnce(), releases).cells).toEqual([])
  })

  test.each([
    ['E9: a failure that control hid', { isMasked: true }, 'error'],
    ['a server error', { status: 502 }, 'error'],
    ['a missing page', { status: 404 }, 'ok'],
  ])('%s makes the page an %s', (_, overrides, outcome) => {
    const { cells } = trackVisit(visit(), { ...response, ...overrides }, createOnce(), releases)
    expect(cells.at(-1)).toMatchObject({ outcome, arm: 'candidate' })
  })

  test('releases that are over are forgotten with the next count', () => {
    const seen = new Map([
      ['r0', 7],
      ['r1', 4],
    ])
    expect(trackVisit(visit({ seen }), response, createOnce(), releases).seen).toEqual(new Map([['r1', 6]]))
  })
})

test('once remembers two generations and then forgets', () => {
  const once = createOnce(2)
  expect([once.isFirst('a', 1), once.isFirst('a', 1), once.isFirst('a', 2)]).toEqual([true, false, true])
  expect([once.isFirst('b', 1), once.isFirst('a', 1)]).toEqual([true, false])
  expect([once.isFirst('c', 1), once.isFirst('d', 1), once.isFirst('a', 1)]).toEqual([true, true, true])
})
