import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import type { ReleasePlan } from '../model/release-plan.ts'
import type { Cure, PlaceSight, SightReport } from './report.ts'
import { isInTheWay, sightReport } from './sight-report.ts'
import { allSignals, criterionOf, orders, reportOf, sightModel, sightPlan, trafficOf } from './sight.test-support.ts'
import { declaredTraffic, overlayTraffic } from './traffic.ts'

const rates = fc.constantFrom(0.5, 5, 20, 200, 2_000)

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : []
}

function placesOf(report: SightReport): readonly PlaceSight[] {
  return report.stages.flatMap(({ criteria }) => criteria.flatMap(({ places }) => places))
}

describe('a sight report', { timeout: 180_000 }, () => {
  test.prop([rates], { numRuns: 5 })(
    'S2: more harm never takes longer, and loses no less for being seen later',
    (rate) => {
      for (const { harms } of placesOf(reportOf(sightPlan(), rate))) {
        for (const kind of ['silent', 'loud']) {
          const means = harms.filter((harm) => harm.kind === kind).map(({ stop }) => stop?.meanMs ?? Infinity)
          expect(means).toEqual(means.toSorted((a, b) => b - a))
        }
      }
    },
  )

  test.prop([rates], { numRuns: 4 })('S2: harms above the smallest one are seen, those below are not', (rate) => {
    for (const { harms, smallestHarm = Infinity } of placesOf(reportOf(sightPlan(), rate))) {
      for (const { size, kind, isSeen } of harms.filter((harm) => harm.kind === harms[0]?.kind)) {
        expect({ kind, isSeen: size > smallestHarm * 1.01 ? isSeen : !isSeen || size > smallestHarm * 0.99 }).toEqual({
          kind,
          isSeen: true,
        })
      }
    }
  })

  test.prop([fc.double({ min: 1e-6, max: 1e9, noNaN: true })], { numRuns: 5 })(
    'S4: at any traffic every number is finite, and the answer is the same to the bit',
    (rate) => {
      const report = reportOf(sightPlan(), rate)
      expect(numbersIn(report).every(Number.isFinite)).toBe(true)
      expect(JSON.stringify(reportOf(sightPlan(), rate))).toBe(JSON.stringify(report))
    },
  )

  test('S5: without figures a criterion is unknown, with next to none it is blind, with plenty it sees', () => {
    const nothing = sightReport(sightPlan(), sightModel, { traffic: declaredTraffic(sightModel), at: 0 })
    expect(criterionOf(nothing, 0, 'orders')).toMatchObject({ status: 'unknown', places: [] })
    expect(criterionOf(nothing, 0, 'errors').note).toMatch(/declare routes.product.traffic/)
    const { purchase } = trafficOf(100).flows
    const bare = { perMinute: purchase?.perMinute ?? 0, paths: {} }
    const traffic = { origin: 'stated', flows: { purchase: bare }, routes: {} } as const
    const starts = sightReport(sightPlan(), sightModel, { traffic, at: 0 })
    expect(criterionOf(starts, 0, 'orders').status).not.toBe('unknown')
    expect(criterionOf(starts, 0, 'worth')).toMatchObject({ status: 'unknown', note: /averageOrder/ })
    expect(criterionOf(starts, 0, 'mismatches')).toMatchObject({ status: 'unknown', note: /items.price-mismatch/ })
    expect(nothing.seesEnough).toBe(false)
    const little = reportOf(sightPlan(), 0.05)
    const watching = ['orders', 'errors', 'latency', 'worth', 'mismatches']
    expect(watching.map((id) => criterionOf(little, 0, id).status)).toEqual(watching.map(() => 'blind'))
    const plenty = reportOf(sightPlan(), 2_000)
    expect(plenty.stages.flatMap(({ criteria }) => criteria.map(({ status }) => status))).toEqual(
      Array.from({ length: 21 }, () => 'sees'),
    )
    expect(plenty.seesEnough).toBe(true)
  })

  test('S6: at full exposure a criterion passes on what an earlier stage proves, and is blind where none does', () => {
    expect(criterionOf(reportOf(sightPlan(), 2_000), 2, 'orders')).toMatchObject({
      status: 'sees',
      note: 'nothing is left to compare with; passes on the proof of stage at-50',
    })
    const late = { ...orders, id: 'late' }
    const plan = sightPlan()
    const stages = plan.stages.map((stage, index) =>
      index === 2 ? { ...stage, exit: { ...stage.exit, criteria: [late] } } : stage,
    )
    const report = reportOf({ ...plan, stages }, 2_000)
    expect(criterionOf(report, 2, 'late')).toMatchObject({ status: 'blind' })
    expect(report.seesEnough).toBe(false)
    const none = reportOf(sightPlan(allSignals, { visitorBasisPoints: 0 }), 2_000)
    expect(criterionOf(none, 0, 'orders')).toMatchObject({ status: 'blind', note: expect.stringMatching(/no visitor/) })
  })

  test('S7: a sign-off takes a criterion out of the way until it ends, a shadow is never in it', () => {
    const signed = { ...orders, signedOff: { by: 'checkout', reason: 'few shoppers', until: 1_000 } }
    const plan = sightPlan([signed])
    expect(criterionOf(reportOf(plan, 5, 999), 0, 'orders')).toMatchObject({
      status: 'underpowered',
      signedOff: { by: 'checkout' },
    })
    expect(reportOf(plan, 5, 999).seesEnough).toBe(true)
    expect(reportOf(plan, 5, 1_000).seesEnough).toBe(false)
    expect(reportOf(sightPlan([{ ...orders, shadow: true }]), 5).seesEnough).toBe(true)
  })

  test('S8: a path for which no pass waits is watched only until the others pass, and longer with a longer least time', () => {
    const report = reportOf(sightPlan([orders]), 2_000)
    const passMs = report.stages[0]?.pass?.meanMs ?? 0
    const split = criterionOf(report, 0, 'orders').places.find(({ place }) => place === 'split')
    expect(split?.watchMs).toBe(passMs)
    expect(criterionOf(report, 0, 'orders').places.find(({ place }) => place === 'critical')?.watchMs).toBe(28_800_000)
    const window = { minMs: 14_400_000, maxMs: 28_800_000 }
    const longer = criterionOf(reportOf(sightPlan([orders], { window }), 2_000), 0, 'orders')
    expect(longer.places.find(({ place }) => place === 'split')?.watchMs).toBe(14_400_000)
  })

  test('loses orders and money at the rate of the candidate’s share until the stop', () => {
    const place = criterionOf(reportOf(sightPlan([orders]), 200), 0, 'orders').places[0]
    const fifth = place?.harms.find(({ size, kind }) => size === 0.2 && kind === 'silent')
    const completions = 200 * 0.7 * 0.05
    const minutes = (fifth?.stop?.meanMs ?? 0) / 60_000
    expect((fifth?.lost?.orders.mean ?? 0) / (completions * 0.2 * minutes)).toBeCloseTo(1, 1)
    expect(fifth?.lost?.money).toMatchObject({ currency: 'EUR' })
    expect((fifth?.lost?.money?.mean ?? 0) / (fifth?.lost?.orders.mean ?? 1)).toBeCloseTo(60, 6)
  })

  test('order values are the recorded ones, else log-normal around the average, and what is lost is their worth', () => {
    const assumed = criterionOf(reportOf(sightPlan(), 200), 0, 'worth')
    expect(assumed.note).toMatch(/log-normal/)
    expect(assumed.places.map(({ place }) => place)).toEqual(['', 'larger half'])
    const traffic = trafficOf(200)
    const { purchase } = traffic.flows
    // All orders within a tenth of each other: any loss of value shows at once.
    const values = { EUR: { 300: 50, 301: 100, 302: 50 } }
    const flows = { purchase: { ...purchase, paths: purchase?.paths ?? {}, values } }
    const narrow = criterionOf(
      sightReport(sightPlan(), sightModel, { traffic: { ...traffic, flows }, at: 0 }),
      0,
      'worth',
    )
    expect(narrow.note).toBeUndefined()
    expect(narrow.places[0]?.smallestHarm ?? 1).toBeLessThan(assumed.places[0]?.smallestHarm ?? 0)
    const half = assumed.places[0]?.harms.at(-1)
    expect((half?.lost?.orders.mean ?? 0) / (half?.exposedUnits ?? 1)).toBeCloseTo(0.5, 6)
    expect((half?.lost?.money?.mean ?? 0) / (half?.lost?.orders.mean ?? 1)).toBeCloseTo(60, 6)
  })

  test('splits the false-stop budget as the judge does', () => {
    const { shares } = reportOf(sightPlan(), 200)
    expect(shares.map(({ criterion }) => criterion)).toEqual(['orders', 'errors', 'latency', 'worth', 'mismatches'])
    expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9)
  })
})

/** The plan with a cure taken in its first stage. */
function taking(plan: ReleasePlan, place: string, { kind, value = 0 }: Cure): ReleasePlan {
  const stages = plan.stages.map((stage, index) => {
    if (index > 0) return stage
    const { minMs, maxMs } = stage.window
    if (kind === 'window') return { ...stage, window: { minMs, maxMs: value } }
    if (kind === 'stay') return { ...stage, window: { minMs: value, maxMs: Math.max(maxMs, value) } }
    if (kind === 'slice') return { ...stage, visitorBasisPoints: value * 10_000 }
    if (kind !== 'margin') return stage
    const criteria = stage.exit.criteria.map((criterion) => {
      if (criterion.signal === 'errors') return { ...criterion, margin: value }
      if (criterion.signal === 'latency') return { ...criterion, tolerance: value }
      if (criterion.signal === 'revenue' || criterion.signal === 'count') return { ...criterion, margin: value }
      if (criterion.signal !== 'completion') return criterion
      return place === ''
        ? { ...criterion, margin: value }
        : { ...criterion, pathMargins: { ...criterion.pathMargins, [place]: value } }
    })
    return { ...stage, exit: { ...stage.exit, criteria } }
  })
  return { ...plan, stages }
}

describe('cures', { timeout: 180_000 }, () => {
  test.each([5, 20, 60, 200])(
    'S3: the first cure of every place that does not see makes it see, at %d starts a minute',
    (rate) => {
      const plan = sightPlan()
      const before = reportOf(plan, rate)
      const marked = before.stages[0]?.criteria.flatMap(({ criterion, signal, places }) =>
        signal === 'split'
          ? []
          : places.filter(({ status }) => status !== 'sees').map((place) => ({ criterion, place })),
      )
      for (const { criterion, place } of marked ?? []) {
        const [cure] = place.cures
        expect(cure).toBeDefined()
        if (cure === undefined || cure.kind === 'signal' || cure.kind === 'sign-off') continue
        const after = criterionOf(reportOf(taking(plan, place.place, cure), rate), 0, criterion)
        const cured = after.places.find((each) => each.place === place.place)
        expect({ criterion, place: place.place, cure: cure.words, status: cured?.status }).toMatchObject({
          status: 'sees',
        })
      }
      expect(before.seesEnough).toBe(before.stages.every(({ criteria }) => !criteria.some(isInTheWay)))
    },
  )
})

describe('traffic', () => {
  test('what is stated goes before what is declared, and shares come from one of them as a whole', () => {
    const declared = trafficOf(100)
    const merged = overlayTraffic(
      { origin: 'stated', flows: { purchase: { perMinute: 7, paths: { critical: { share: 1 } } } }, routes: {} },
      declared,
    )
    expect(merged.flows['purchase']).toMatchObject({ perMinute: 7, medianDelayMs: 150_000 })
    expect(merged.flows['purchase']?.paths['critical']).toEqual({ share: 1, completion: 0.72, failing: 0.006 })
    expect(merged.flows['purchase']?.paths['guest']).toEqual({ completion: 0.66, failing: 0.006 })
    expect(merged.routes).toEqual(declared.routes)
  })
})
