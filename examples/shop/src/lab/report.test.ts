import { describe, expect, test } from 'vitest'
import { reportLines, reportOf } from './report.ts'
import { anIncident, aRecord, aStoppedView, faultAtTime, pageAt } from './testing/records.ts'

const span = (ms: number): string => `${ms} ms`

const record = aRecord(
  [
    faultAtTime(50_000, 'coupon-silent'),
    pageAt(79_000, 'candidate'),
    pageAt(80_020, 'candidate'),
    {
      kind: 'confirmed',
      at: 80_060,
      gateways: [
        { id: 'gateway-1', status: 'live', lastHeardAt: 80_030, snapshotVersion: 9, appliedAt: 80_031 },
        { id: 'gateway-2', status: 'live', lastHeardAt: 80_030, snapshotVersion: 9, appliedAt: 80_044 },
      ],
    },
  ],
  { view: aStoppedView(), incidents: [anIncident()] },
)

describe('the report of a run', () => {
  test('counts every time of the stop from what stands in its name', () => {
    expect(reportOf('checkout-edge', record, []).stop).toEqual({
      by: 'headgate',
      reason: 'coupon orders fail',
      requestedAfterFaultMs: 30_000,
      inEffectAfterRequestMs: 50,
      lastCandidatePageAfterRequestMs: 20,
      gatewaysAfterRequestMs: { 'gateway-1': 31, 'gateway-2': 44 },
    })
  })

  test('reads as stages, stop, cost and shop', () => {
    const text = reportLines(reportOf('checkout-edge', record, []), { span }).join('\n')
    expect(text).toContain('scenario checkout-edge: as described')
    expect(text).toMatch(/fifth {7}20 % {2}1000 ms to 40000 ms/)
    expect(text).toContain('requested   30000 ms after the fault')
    expect(text).toContain('in effect   50 ms after the request (gateway-1 31 ms, gateway-2 44 ms)')
    expect(text).toContain('orders lost   9.0 (95 %: 2.0 to 16.0)')
    expect(text).toContain('900 checkouts, 560 orders, 0.10 % error pages')
  })

  test('begins with what differs when something does', () => {
    const lines = reportLines(reportOf('checkout-edge', record, ['it stopped late']), { span })
    expect(lines.slice(0, 2)).toEqual(['scenario checkout-edge: NOT as described', '  ! it stopped late'])
  })
})
