import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { verdictKinds, type CriterionVerdict, type GateVerdict } from '../gate/verdict.ts'
import { draftIncident, type StopFacts } from './index.ts'

const stop: StopFacts = {
  release: 'next-storefront',
  stage: 'canary',
  by: { kind: 'automation', id: 'gate' },
  reason: 'coupon orders fell by 97 %',
  requestedAt: 10_000,
  shoppersExposed: 312,
}

function verdictOf(criteria: readonly Partial<CriterionVerdict>[]): GateVerdict {
  return {
    kind: 'fail',
    gate: 'canary',
    stage: 'canary',
    at: 10_000,
    frame: 7,
    reason: 'orders are lost',
    criteria: criteria.map((criterion, index) => ({
      criterion: `criterion-${index}`,
      signal: 'completion',
      kind: 'fail',
      shadow: false,
      owner: 'checkout',
      reason: 'as measured',
      units: { control: 900, candidate: 100 },
      ...criterion,
    })),
  }
}

const criteria = fc.array(
  fc.record({
    kind: fc.constantFrom(...verdictKinds),
    shadow: fc.boolean(),
    stop: fc.record({ evidence: fc.double({ min: 1e-300, max: 1e9, noNaN: true }), threshold: fc.constant(100) }),
  }),
  { maxLength: 8 },
)

describe('incident draft', () => {
  it('I1: what nobody measured is absent', () => {
    expect(draftIncident(stop)).toEqual({
      release: 'next-storefront',
      stage: 'canary',
      reason: 'coupon orders fell by 97 %',
      stopRequestedAt: 10_000,
      shoppersExposed: 312,
    })
  })

  it('names the person and their reason', () => {
    const by = { kind: 'person', id: 'sre@example.com' } as const
    expect(draftIncident({ ...stop, by, reason: 'prices look odd' }).reason).toBe(
      'stopped by sre@example.com: prices look odd',
    )
  })

  it('carries verdict, harm and its interval, in order', () => {
    const verdict = verdictOf([{ where: 'coupon' }])
    const harm = { beganAt: 4_000, ordersLost: { low: 9, mid: 12, high: 3 } }
    expect(draftIncident({ ...stop, verdict, harm })).toMatchObject({
      criterion: 'criterion-0',
      where: 'coupon',
      harmBeganAt: 4_000,
      ordersLost: { low: 3, mid: 12, high: 12 },
      verdict,
    })
  })

  test.prop([fc.integer(), fc.integer()])('I2: harm began no later than its stop', (beganAt, requestedAt) => {
    const draft = draftIncident({ ...stop, requestedAt, harm: { beganAt } })
    expect(draft.harmBeganAt).toBe(Math.min(beganAt, requestedAt))
  })

  test.prop([criteria])('I3: the criterion named failed, acts, and carries the most evidence', (all) => {
    const verdict = verdictOf(all)
    const acting = verdict.criteria.filter(({ kind, shadow }) => kind === 'fail' && !shadow)
    const named = verdict.criteria.find(({ criterion }) => criterion === draftIncident({ ...stop, verdict }).criterion)
    const most = Math.max(...acting.map((criterion) => criterion.stop?.evidence ?? 0))
    expect(named?.stop?.evidence).toBe(acting.length === 0 ? undefined : most)
  })
})
