import { fc, test } from '@fast-check/vitest'
import { buildExposure, buildSnapshot, createSnapshotSigner, issuedAt } from '@headgate/testkit/snapshot'
import { decide, routeOf, type Snapshot } from '@headgate/core/exposure'
import { describe, expect } from 'vitest'
import { createEdgeClock, createKeyRing, createSnapshotCache, type SnapshotCache } from './index.ts'

const signer = createSnapshotSigner()
const stranger = createSnapshotSigner()

/** A cache with clocks to turn; the candidate of its snapshots is exposed to all. */
class Rig {
  wall = issuedAt
  steady = 0
  readonly cache: SnapshotCache
  readonly #clock = createEdgeClock(
    () => this.wall,
    () => this.steady,
  )

  constructor(options: { shop?: string; newestVersion?: number } = {}) {
    const keys = createKeyRing()
    keys.trust({ [signer.keyId]: signer.publicKey })
    this.cache = createSnapshotCache({ signatures: keys, clock: this.#clock, ...options })
  }

  /** The arm that any visitor gets now. */
  arm(): string {
    const live = this.cache.current()
    if (live === undefined) return 'none'
    const visitor = { visitorId: 'x', path: '/p/shoe', seen: new Set<string>(), pins: [] }
    return decide(routeOf(live.compiled, 'GET', '/p/shoe', ''), visitor, this.#clock.now()).arm
  }
}

function version(number: number, overrides: Partial<Snapshot> = {}): Snapshot {
  const exposures = [buildExposure({ visitorBasisPoints: 10_000 })]
  return buildSnapshot({ version: number, exposures, ...overrides })
}

describe('what is accepted', () => {
  test('a newer snapshot by a trusted key takes effect at once', () => {
    const state = new Rig()
    const { cache } = state
    expect(cache.version()).toBe(0)
    expect(cache.offer(signer.sign(version(3)))).toMatchObject({ kind: 'accepted', kept: { receivedAt: issuedAt } })
    expect([cache.version(), state.arm()]).toEqual([3, 'candidate'])
    cache.offer(signer.sign(version(4, { exposures: [] })))
    expect([cache.version(), state.arm()]).toEqual([4, 'control'])
  })

  test.each([
    ['malformed', 'garbage'],
    ['malformed', undefined],
    ['malformed', { keyId: 'k1', payload: 7, signature: '' }],
    ['malformed', { ...signer.sign(version(9)), payload: 'x'.repeat(4_000_001) }],
    ['malformed', signer.signText('{')],
    ['malformed', signer.signText('{"version":9}')],
    ['malformed', signer.signText(JSON.stringify({ ...version(9), extra: true }))],
    ['unknown-key', { ...signer.sign(version(9)), keyId: 'k2' }],
    ['bad-signature', stranger.sign(version(9))],
    ['bad-signature', { ...signer.sign(version(9)), signature: '' }],
    ['bad-signature', { ...signer.sign(version(9)), payload: JSON.stringify(version(10)) }],
    ['wrong-shop', signer.sign(version(9, { shop: 'other' }))],
    ['not-newer', signer.sign(version(3))],
    ['not-newer', signer.sign(version(2))],
    ['unservable', signer.sign(version(9, { components: {} }))],
  ])('E7: a snapshot that is %s is refused and changes nothing', (reason, offered) => {
    const state = new Rig()
    const { cache } = state
    cache.offer(signer.sign(version(3)))
    const before = cache.current()
    expect(cache.offer(offered)).toMatchObject({ kind: 'refused', reason })
    expect(cache.current()).toBe(before)
    expect(state.arm()).toBe('candidate')
    // What was refused does not bar the way of what is right.
    expect(cache.offer(signer.sign(version(4))).kind).toBe('accepted')
  })

  test('E7: a gateway that has not seen any snapshot refuses those of another shop than its own', () => {
    expect(new Rig({ shop: 'other' }).cache.offer(signer.sign(version(1)))).toMatchObject({ reason: 'wrong-shop' })
  })

  test.prop([fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 40 })])(
    'E7: whatever order snapshots come in, the version in effect never falls',
    (versions) => {
      const { cache } = new Rig()
      let newest = 0
      for (const number of versions) {
        const isNewer = number > newest
        expect(cache.offer(signer.sign(version(number))).kind).toBe(isNewer ? 'accepted' : 'refused')
        newest = Math.max(newest, number)
        expect(cache.version()).toBe(newest)
      }
    },
  )

  test('E7: no single changed byte of payload or signature passes', () => {
    const signed = signer.sign(version(1))
    for (const field of ['payload', 'signature'] as const) {
      for (let at = 0; at < signed[field].length; at += 7) {
        const text = signed[field]
        const flipped = String.fromCharCode(text.charCodeAt(at) ^ 1)
        const forged = { ...signed, [field]: text.slice(0, at) + flipped + text.slice(at + 1) }
        // Characters outside the alphabet are skipped by base64url, and two of the last one's bits mean nothing.
        if (
          Buffer.from(forged.signature, 'base64url').equals(Buffer.from(signed.signature, 'base64url')) &&
          field === 'signature'
        )
          continue
        expect(new Rig().cache.offer(forged).kind).toBe('refused')
      }
    }
  })
})

describe('after a restart', () => {
  const kept = { signed: signer.sign(version(5)), receivedAt: issuedAt }

  test('E6: the leases of a kept snapshot go on from when it was received', () => {
    const state = new Rig({ newestVersion: 5 })
    state.wall = issuedAt + 14_000
    state.cache.offer({})
    expect(state.cache.restore(kept).kind).toBe('accepted')
    expect(state.arm()).toBe('candidate')
    state.wall += 1_000
    expect(state.arm()).toBe('control')
  })

  test('E6: a kept snapshot from the future, the clock having been set back, exposes nobody', () => {
    const state = new Rig()
    state.wall = issuedAt
    expect(state.cache.restore({ ...kept, receivedAt: issuedAt + 60_000 }).kind).toBe('accepted')
    expect([state.cache.version(), state.arm()]).toEqual([5, 'control'])
  })

  test('E7: an older snapshot than the newest ever accepted is refused, from disk and from the wire', () => {
    const { cache } = new Rig({ newestVersion: 6 })
    expect(cache.restore(kept)).toMatchObject({ kind: 'refused', reason: 'not-newer' })
    expect(cache.offer(signer.sign(version(5)))).toMatchObject({ kind: 'refused', reason: 'not-newer' })
  })

  test('the newest version itself is welcome when its file was lost', () => {
    expect(new Rig({ newestVersion: 5 }).cache.offer(signer.sign(version(5))).kind).toBe('accepted')
  })

  test('E7: a tampered file is refused', () => {
    const { cache } = new Rig()
    const payload = kept.signed.payload.replace('"visitorBasisPoints":10000', '"visitorBasisPoints":9999')
    expect(cache.restore({ ...kept, signed: { ...kept.signed, payload } })).toMatchObject({ reason: 'bad-signature' })
  })
})

describe('clocks', () => {
  test('E6: a clock set back does not stretch a lease', () => {
    const state = new Rig()
    state.cache.offer(signer.sign(version(1)))
    state.wall -= 3_600_000
    state.steady += 14_999
    expect(state.arm()).toBe('candidate')
    state.steady += 1
    expect(state.arm()).toBe('control')
  })

  test('E6: a machine that slept finds its leases ended', () => {
    const state = new Rig()
    state.cache.offer(signer.sign(version(1)))
    state.wall += 15_000
    expect(state.arm()).toBe('control')
    state.wall -= 15_000
    expect(state.arm()).toBe('control')
  })

  test('the next snapshot believes the wall clock again', () => {
    const state = new Rig()
    state.cache.offer(signer.sign(version(1)))
    state.wall += 100_000_000
    expect(state.arm()).toBe('control')
    state.wall -= 100_000_000
    state.cache.offer(signer.sign(version(2)))
    expect(state.arm()).toBe('candidate')
  })
})

describe('local stops', () => {
  test('E10: lower the snapshot in effect and every later one, and give way when cleared', () => {
    const state = new Rig()
    const { cache } = state
    cache.offer(signer.sign(version(1)))
    cache.setStops(new Map([['r1', 'evict']]))
    expect(state.arm()).toBe('control')
    cache.offer(signer.sign(version(2)))
    expect([cache.version(), state.arm()]).toEqual([2, 'control'])
    cache.setStops(new Map())
    expect(state.arm()).toBe('candidate')
  })

  test('do not renew leases', () => {
    const state = new Rig()
    state.cache.offer(signer.sign(version(1)))
    state.wall += 14_000
    state.cache.setStops(new Map([['r2', 'evict']]))
    state.wall += 1_000
    expect(state.arm()).toBe('control')
  })
})

test('a key that is not an Ed25519 public key is refused with what to do', () => {
  expect(() => createKeyRing().trust({ k1: 'AAAA' })).toThrowError(/snapshot key k1 .* SPKI/)
})
