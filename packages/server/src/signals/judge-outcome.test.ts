import { fc, test } from '@fast-check/vitest'
import type { SnapshotFlow } from '@headgate/core/exposure'
import type { JourneyToken, OutcomeEvent } from '@headgate/protocol/signals'
import { describe, expect } from 'vitest'
import { judgeOutcome, type OutcomeFacts } from './judge-outcome.ts'

const at = Date.UTC(2026, 0, 1)
const flow: SnapshotFlow = {
  id: 'purchase',
  startsAt: 'start-checkout',
  completesAt: 'order-placed',
  pinnedFrom: 'add-to-cart',
  pinMs: 60_000,
  horizonMs: 30_000,
  defaultPath: 'critical',
  steps: [
    { id: 'add-to-cart', match: [], failsOn: [] },
    { id: 'start-checkout', match: [], failsOn: [] },
    { id: 'order-placed', match: [], event: 'order.created', failsOn: [] },
  ],
  paths: [{ id: 'critical', match: [] }],
}
const facts: OutcomeFacts = { at, releases: new Set(['r1']), flows: new Map([['purchase', flow]]) }
const journey: JourneyToken = {
  release: 'r1',
  arm: 'candidate',
  share: 500,
  flow: 'purchase',
  path: 'critical',
  id: 'j1',
  pinnedAt: at - 20_000,
  startedAt: at - 10_500,
  state: 'started',
}
const placed: OutcomeEvent = { id: 'e1', journey: 'token', step: 'order-placed', at }

describe('judgeOutcome', () => {
  test('an order placed completes a started journey in its start slot', () => {
    const judged = judgeOutcome(placed, journey, facts)
    expect(judged).toMatchObject({ kind: 'bound', bound: { outcome: 'completed', slot: at - 11_000 } })
  })

  test('the event name of a step means the same as its id', () => {
    const judged = judgeOutcome({ ...placed, step: 'order.created' }, journey, facts)
    expect(judged).toMatchObject({ kind: 'bound', bound: { outcome: 'completed', event: { step: 'order-placed' } } })
  })

  test.prop([
    fc.constantFrom('order-placed', 'order.created', 'failed', 'add-to-cart', 'start-checkout'),
    fc.constantFrom('pinned' as const, 'started' as const, 'settled' as const),
    fc.integer({ min: -60_000, max: 120_000 }),
  ])('S5: only a started journey that ends before its horizon is evidence', (step, state, lateMs) => {
    const event = { ...placed, step, at: Math.min(journey.startedAt + lateMs, at) }
    const judged = judgeOutcome(event, { ...journey, state }, facts)
    const outcome = judged.kind === 'bound' ? judged.bound.outcome : undefined
    const ends = step === 'failed' || step === 'order-placed' || step === 'order.created'
    expect(outcome !== undefined).toBe(ends && state === 'started' && event.at - journey.startedAt <= 30_000)
  })

  test.each([
    ['forged', undefined, placed],
    ['not exposed', { ...journey, release: 'r2' }, placed],
    ['no flow', { ...journey, flow: 'return' }, placed],
    ['no step', journey, { ...placed, step: 'refund' }],
    ['future', journey, { ...placed, at: at + 3_600_000 }],
    ['future', { ...journey, startedAt: Number.NaN }, placed],
  ])('refuses what is %s and says so', (reason, token, event) => {
    const judged = judgeOutcome(event, token, facts)
    expect(judged).toMatchObject({ kind: 'refused', reason: expect.stringContaining(reason) as unknown })
  })
})
