import { fc, test } from '@fast-check/vitest'
import type { Exposure } from '@headgate/core/exposure'
import { snapshotSchema } from '@headgate/protocol/snapshot'
import { shopModel } from '@headgate/testkit/operating-model'
import { buildExposure } from '@headgate/testkit/snapshot'
import { describe, expect } from 'vitest'
import { buildSnapshot, leaseTimes } from './build-snapshot.ts'

const stamp = { version: 3, issuedAt: 1_000_000, journeyKey: Buffer.alloc(32, 1).toString('base64url') }

describe('buildSnapshot', () => {
  test('is a valid snapshot of the model, with routes in file order', () => {
    const snapshot = buildSnapshot({ model: shopModel(), exposures: [buildExposure()] }, stamp)
    expect(snapshotSchema.parse(snapshot)).toEqual(snapshot)
    expect(snapshot.routes.map(({ id, servedBy }) => [id, servedBy])).toEqual([
      ['product', 'storefront-legacy'],
      ['checkout', 'storefront-legacy'],
    ])
    expect(snapshot.flows[0]?.horizonMs).toBe(1_800_000)
    expect(Object.keys(snapshot.components)).toEqual(['storefront-legacy', 'storefront-next'])
  })

  test('dates each lease from the moment of issue, whatever the grant said', () => {
    const lease: Exposure['lease'] = { durationMs: 15_000, onExpiry: 'control', expiresAt: 1 }
    const snapshot = buildSnapshot({ model: shopModel(), exposures: [buildExposure({ lease })] }, stamp)
    expect(snapshot.exposures[0]?.lease.expiresAt).toBe(stamp.issuedAt + 15_000)
  })
})

describe('leaseTimes', () => {
  const exposureWith = fc.record({
    durationMs: fc.integer({ min: 1, max: 1_000_000 }),
    onExpiry: fc.constantFrom('control' as const, 'stay' as const),
    mode: fc.constantFrom('open' as const, 'hold' as const, 'eject' as const, 'evict' as const),
  })

  test.prop([fc.array(exposureWith, { maxLength: 5 })])(
    'a renewal is due after a third of the shortest lease, and nothing outlives the last',
    (grants) => {
      const exposures = grants.map(({ mode, ...lease }) => buildExposure({ mode, lease: { ...lease, expiresAt: 0 } }))
      const times = leaseTimes(buildSnapshot({ model: shopModel(), exposures }, stamp))
      const alive = grants.filter(({ mode }) => mode !== 'evict')
      const durations = alive.map(({ durationMs }) => durationMs)
      const stays = alive.some(({ onExpiry }) => onExpiry === 'stay')
      const expected = {
        until: stays ? 'never' : stamp.issuedAt + Math.max(...durations),
        renewAt: stamp.issuedAt + Math.floor(Math.min(...durations) / 3),
      }
      expect(times).toEqual(alive.length === 0 ? {} : expected)
    },
  )
})
