import { randomUUID } from 'node:crypto'
import { createTestDatabase, fakeClock, type TestDatabase } from '@headgate/testkit'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Principal } from '../http/index.ts'
import { createSignals, type SignalsService } from './signals.ts'
import { signalsMetrics } from './signals-metrics.ts'

const machine: Principal = { name: 'machine', tokenId: 't', scopes: ['gateway', 'signals'] }
const registry = new Registry()
let database: TestDatabase
let signals: SignalsService
let clock = fakeClock()

beforeEach(async () => {
  clock = fakeClock()
  registry.clear()
  database = await createTestDatabase()
  signals = createSignals({
    db: database.db,
    now: clock.now,
    journeyKey: Buffer.alloc(32).toString('base64url'),
    gatewaySilentAfterMs: 10_000,
    metrics: signalsMetrics(registry, database.db),
    flows: () => Promise.resolve(new Map()),
  })
})
afterEach(() => database.drop())

async function hear(gateway: string, requests = 0): Promise<void> {
  const traffic = [
    { route: 'product', arm: 'control' as const, requests, errors: 0, masked: 0, latencyMicros: 2_000_000 },
  ]
  const batch = { gateway, source: randomUUID(), seq: 1, at: clock.now(), snapshotVersion: 1, cells: [], traffic }
  await signals.deltas(batch, machine)
}

test('what was never heard is told as never', async () => {
  expect(await signals.lastHeard(database.db)).toEqual({ gateways: 0, outcomes: 0 })
})

test('empty batches are signs of life, of gateways and of the shop', async () => {
  await hear('gw-1')
  await signals.outcomes({ source: 'commerce-api', events: [] }, machine)
  const at = clock.now()
  const everything = { gateways: at, outcomes: at, 'gateways/gw-1': at, 'outcomes/commerce-api': at }
  expect(await signals.lastHeard(database.db)).toEqual(everything)
})

test('evidence is as old as the live gateway that was silent longest; one that is gone does not count', async () => {
  await hear('gw-1')
  const first = clock.now()
  clock.advance(5_000)
  await hear('gw-2')
  expect(await signals.lastHeard(database.db)).toMatchObject({ gateways: first })
  clock.advance(6_000)
  expect(await signals.lastHeard(database.db)).toMatchObject({ gateways: first + 5_000 })
  clock.advance(60_000)
  expect(await signals.lastHeard(database.db)).toMatchObject({ gateways: first })
})

test('traffic of all gateways is exported as counters that never fall', async () => {
  await hear('gw-1', 10)
  await hear('gw-2', 5)
  expect(await registry.metrics()).toContain('headgate_requests_total{route="product",arm="control"} 15')
  await hear('gw-2', 1)
  expect(await registry.metrics()).toContain('headgate_requests_total{route="product",arm="control"} 16')
  expect(await registry.metrics()).toContain('headgate_first_byte_seconds_total{route="product",arm="control"} 6')
})

test('what nobody can use any more is pruned', async () => {
  await hear('gw-1')
  clock.advance(8 * 86_400_000)
  await hear('gw-2')
  expect(await signals.prune()).toBe(1)
  expect(await signals.prune()).toBe(0)
})
