import { fc, test } from '@fast-check/vitest'
import type { JourneyToken } from '@headgate/protocol/signals'
import { expect } from 'vitest'
import { createJourneyCodec, journeyCookieName } from './index.ts'

const codec = createJourneyCodec(Buffer.alloc(32, 1).toString('base64url'))
const stranger = createJourneyCodec(Buffer.alloc(32, 2).toString('base64url'))

const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/)
const token: fc.Arbitrary<JourneyToken> = fc.record({
  release: id,
  arm: fc.constantFrom('control', 'candidate'),
  share: fc.integer({ min: 0, max: 10_000 }),
  flow: id,
  path: fc.constantFrom('', 'critical'),
  id,
  pinnedAt: fc.nat({ max: 2 ** 45 }),
  startedAt: fc.nat({ max: 2 ** 45 }),
  state: fc.constantFrom('pinned', 'started', 'settled'),
})

test.prop([token])('a token reads back as written, and needs no quoting in a cookie', (given) => {
  const text = codec.write(given)
  expect(codec.read(text)).toEqual(given)
  expect(text).toMatch(/^[A-Za-z0-9._-]+$/)
})

test.prop([token, fc.nat(), fc.constantFrom('x', '.', '0', '-')])(
  'a changed token is no token',
  (given, at, character) => {
    const text = codec.write(given)
    const place = at % text.length
    const forged = text.slice(0, place) + character + text.slice(place + 1)
    if (forged !== text) expect(codec.read(forged)).toBeUndefined()
    expect(codec.read(text.slice(0, place))).toBeUndefined()
  },
)

test.prop([token])("another shop's token is no token", (given) => {
  expect(codec.read(stranger.write(given))).toBeUndefined()
})

test.prop([fc.string({ unit: 'binary' })])('garbage is no token', (text) => {
  expect(codec.read(text)).toBeUndefined()
})

test('each flow has a cookie of its own', () => {
  expect(journeyCookieName('purchase')).toBe('hgj_purchase')
})
