import { describe, expect, test } from 'vitest'
import type { EvidenceFrame } from '../gate/evidence.ts'
import { labPaths, labSimulation, simulate } from '../gate/simulation.test-support.ts'
import { valueBucketOf } from '../stats/index.ts'
import { trafficCounter } from './recorded-traffic.ts'

const horizonMs = 20_000

function framesOf(seconds: number, changes: Partial<typeof labSimulation> = {}): EvidenceFrame[] {
  const frames: EvidenceFrame[] = []
  for (const frame of simulate({ ...labSimulation, ...changes })) {
    if (frame.seq > seconds) return frames
    frames.push(frame)
  }
  return frames
}

function halfFail(): { share: number; isLoud: boolean } {
  return { share: 0.5, isLoud: true }
}

describe('recorded traffic', () => {
  test('is that of the shop: volume of both arms, endings of the control, delays, errors', () => {
    const counter = trafficCounter({ purchase: { horizonMs } })
    const pages = { perMinute: 1_200, errorShare: 0.02, candidateErrorShare: 0.5, slowDown: 3 }
    for (const frame of framesOf(600, { pages, lossAt: halfFail })) counter.add('next', frame)
    const traffic = counter.read()
    expect(traffic).toMatchObject({ origin: 'recorded', recordedMs: 599_000 })
    const flow = traffic?.flows['purchase']
    expect((flow?.perMinute ?? 0) / 600).toBeCloseTo(1, 1)
    expect((flow?.medianDelayMs ?? 0) / 4_000).toBeGreaterThan(0.9)
    expect((flow?.medianDelayMs ?? 0) / 4_000).toBeLessThan(1.4)
    for (const { id, share, completion } of labPaths) {
      expect(Math.abs((flow?.paths[id]?.share ?? 0) - share)).toBeLessThan(0.02)
      expect(Math.abs((flow?.paths[id]?.completion ?? 0) - completion)).toBeLessThan(0.1)
    }
    expect((traffic?.routes['product']?.perMinute ?? 0) / 840).toBeCloseTo(1, 1)
    expect(Math.abs((traffic?.routes['product']?.errorShare ?? 0) - 0.02)).toBeLessThan(0.01)
    expect((traffic?.visitorsPerMinute ?? 0) / 1_200).toBeCloseTo(1, 1)
  })

  test('holds what the control’s orders are worth and how many of its journeys get items', () => {
    const kinds = { 'price-mismatch': { withinMs: horizonMs } }
    const counter = trafficCounter({ purchase: { horizonMs, items: kinds } })
    const changes = { orders: { worth: (value: number) => value / 2 }, items: { control: 0.03, candidate: 0.6 } }
    for (const frame of framesOf(600, changes)) counter.add('next', frame)
    const flow = counter.read()?.flows['purchase']
    const orders = Object.entries(flow?.values?.['EUR'] ?? {})
    const all = orders.reduce((sum, [, count]) => sum + count, 0)
    const below = orders.reduce(
      (sum, [bucket, count]) => sum + (Number(bucket) < valueBucketOf(36.6, 'EUR') ? count : 0),
      0,
    )
    expect(all / (3_000 * 0.7)).toBeCloseTo(1, 1)
    expect(below / all).toBeCloseTo(0.5, 1)
    expect(Math.abs((flow?.items?.['price-mismatch']?.share ?? 0) - 0.03)).toBeLessThan(0.01)
    expect(flow?.items?.['price-mismatch']?.p95DelayMs).toBeLessThanOrEqual(2_100)
  })

  test('is none before half a minute, and what came in a gap is not taken for a rush', () => {
    const counter = trafficCounter({ purchase: { horizonMs } })
    const frames = framesOf(60)
    for (const frame of frames.slice(0, 20)) counter.add('next', frame)
    expect(counter.read()).toBeUndefined()
    for (const frame of frames.slice(20)) counter.add('next', { ...frame, at: frame.at + 3_600_000 })
    expect(counter.read()?.recordedMs).toBe(58_000)
    expect((counter.read()?.flows['purchase']?.perMinute ?? 0) / 600).toBeCloseTo(1, 0)
  })

  test('of two releases is the average over their time, and says nothing of what nobody watched', () => {
    const counter = trafficCounter({ purchase: { horizonMs } })
    for (const frame of framesOf(60)) counter.add('one', frame)
    for (const frame of framesOf(60, { startsPerMinute: 1_200 }))
      counter.add('two', { ...frame, at: frame.at - 90_000 })
    expect((counter.read()?.flows['purchase']?.perMinute ?? 0) / 900).toBeCloseTo(1, 0)
    const other = trafficCounter({ renewal: { horizonMs } })
    for (const frame of framesOf(60)) other.add('one', frame)
    expect(other.read()).toEqual({ origin: 'recorded', recordedMs: 59_000, flows: {}, routes: {} })
  })
})
