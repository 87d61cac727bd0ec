import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { evidenceContext, stageCriteria } from '../gate/context.ts'
import type { Criterion } from '../gate/criterion.ts'
import { simulatedModel, simulatedPlan, simulatedStage } from '../gate/simulation.test-support.ts'
import type { ReleasePlan } from '../model/release-plan.ts'
import { criterionOf, criterionOfKey, keyOf, watchesOf, type Watch } from './candidates.ts'
import { inheritLessons, lessonId, missingSubject, type Lesson } from './index.ts'

const model = simulatedModel()
const accepted = { by: 'checkout-lead@example.com', at: 1_000, reason: 'coupon orders were lost' }
const retired = { by: 'checkout-lead@example.com', at: 2_000, reason: 'the coupon service is gone' }

const watch: fc.Arbitrary<Watch> = fc.oneof(
  fc.record({ signal: fc.constant('completion' as const), flow: fc.constant('purchase') }),
  fc.record({
    signal: fc.constant('completion' as const),
    flow: fc.constant('purchase'),
    path: fc.constantFrom('coupon', 'guest', 'critical'),
  }),
  fc.record({ signal: fc.constant('revenue' as const), flow: fc.constant('purchase') }),
  fc.record({ signal: fc.constant('errors' as const), route: fc.constantFrom('product', 'checkout') }),
  fc.record({
    signal: fc.constant('latency' as const),
    route: fc.constantFrom('product', 'checkout'),
    tolerance: fc.constantFrom(0.1, 0.5),
  }),
)
const lessons: fc.Arbitrary<Lesson[]> = fc
  .array(fc.record({ watch, isRetired: fc.boolean() }), { maxLength: 4 })
  .map((all) =>
    all.map(({ watch: own, isRetired }, index) => ({
      incident: `release-0-${index}`,
      domain: 'checkout',
      criterion: { ...criterionOf(own, 0.3, lessonId(`release-0-${index}`)), owner: 'checkout' },
      accepted,
      ...(isRetired ? { retired } : {}),
    })),
  )

/** Files may try what they like: heavy criteria of their own, and some under the id of a lesson, in the shadow or with a wide margin. */
const ownCriterion: fc.Arbitrary<Criterion> = fc
  .record({
    watch,
    id: fc.constantFrom('orders', 'pages', 'lesson-release-0-0', 'lesson-release-0-1'),
    weight: fc.constantFrom(0.1, 1, 1_000),
    shadow: fc.boolean(),
  })
  .map(({ watch: own, id, weight, shadow }) => ({
    ...criterionOf(own, 0.9, `${id}${id.startsWith('lesson') ? '' : `-${own.signal}`}`),
    weight,
    shadow,
  }))
const plan: fc.Arbitrary<ReleasePlan> = fc
  .record({
    flows: fc.constantFrom([], ['purchase']),
    stages: fc.array(
      fc.record({
        visitors: fc.constantFrom(0, 500, 10_000),
        routes: fc.constantFrom([], ['product'], ['checkout']),
        criteria: fc.uniqueArray(ownCriterion, { selector: ({ id }) => id, maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ flows, stages }) =>
    simulatedPlan(
      stages.map(({ visitors, routes, criteria }, index) => ({
        ...simulatedStage(visitors, criteria),
        id: `stage-${index}`,
        routes,
      })),
      { flows },
    ),
  )

function meets(release: ReleasePlan, index: number, criterion: Criterion): boolean {
  const stage = release.stages[index]
  if (stage === undefined || stage.visitorBasisPoints === 0) return false
  if ('flow' in criterion) return release.flows.includes(criterion.flow)
  const routes = 'routes' in criterion ? criterion.routes : []
  return stage.routes.length === 0 || stage.routes.some((route) => routes.includes(route))
}

function lessonOn(own: Watch): Lesson {
  return {
    incident: 'a-1',
    domain: 'checkout',
    criterion: criterionOf(own, 0.3, 'lesson-a-1'),
    accepted,
  }
}

describe('what plans inherit from incidents', () => {
  test.prop([plan, lessons])(
    'I4: R7: no stage lacks a lesson in force whose flow or route class it exposes, and none has one that was retired',
    (release, all) => {
      const inherited = inheritLessons(release, all)
      inherited.stages.forEach((_, index) => {
        const taught = new Map(
          stageCriteria(inherited, index).flatMap((each) => (each.incident === undefined ? [] : [[each.id, each]])),
        )
        for (const lesson of all) {
          const { criterion } = lesson
          const isDue = lesson.retired === undefined && meets(release, index, criterion)
          const has = taught.get(criterion.id)
          if (!isDue) expect(has).toBeUndefined()
          else
            expect({ ...has, weight: undefined }).toEqual({
              ...criterion,
              incident: lesson.incident,
              weight: undefined,
            })
        }
      })
    },
  )

  test.prop([plan, lessons])(
    'I5: R7: a file can neither drop nor weaken a lesson: not by its id, its shadow, its margin nor by weights of its own',
    (release, all) => {
      const inherited = inheritLessons(release, all)
      const gates = inherited.stages.flatMap(({ entry, exit }) => [...(entry?.criteria ?? []), ...exit.criteria])
      const inForce = new Set(all.filter((each) => each.retired === undefined).map(({ criterion }) => criterion.id))
      const isAny = gates.some(({ incident }) => incident !== undefined)
      for (const criterion of gates) {
        if (isAny && inForce.has(criterion.id)) expect(criterion).toMatchObject({ incident: expect.any(String) })
        if (criterion.incident !== undefined) expect(criterion.shadow).toBeUndefined()
      }
      const taught = gates.filter(({ incident }) => incident !== undefined)
      const heaviest = Math.max(0, ...gates.map(({ weight }) => weight ?? 1))
      for (const criterion of taught) expect(criterion.weight ?? 1).toBeGreaterThanOrEqual(heaviest)
    },
  )

  test.prop([plan, lessons])('I4: inheriting twice, or in another order, changes nothing', (release, all) => {
    const once = inheritLessons(release, all)
    expect(inheritLessons(release, all.toReversed())).toEqual(once)
    expect(inheritLessons(once, all)).toEqual(once)
  })

  test('I4: a release keeps one false-stop budget, split over what it has and what it inherits', () => {
    const own = simulatedPlan([
      simulatedStage(5_000, [{ id: 'errors', signal: 'errors', routes: ['product'], margin: 0.02, minUnits: 5 }]),
    ])
    const onCoupon = lessonOn({ signal: 'completion', flow: 'purchase', path: 'coupon' })
    const { criteria } = evidenceContext(inheritLessons(own, [onCoupon]), model)
    expect(Object.values(criteria).reduce((total, { falseStopShare }) => total + falseStopShare, 0)).toBeCloseTo(1, 12)
  })

  test('a lesson says what the model no longer has of its subject', () => {
    expect(missingSubject(model, lessonOn({ signal: 'completion', flow: 'purchase', path: 'coupon' }))).toBeUndefined()
    expect(missingSubject(model, lessonOn({ signal: 'completion', flow: 'purchase', path: 'gift' }))).toBe(
      'path gift of flow purchase',
    )
    expect(missingSubject(model, lessonOn({ signal: 'completion', flow: 'returns' }))).toBe('flow returns')
    expect(missingSubject(model, lessonOn({ signal: 'errors', route: 'nowhere' }))).toBe('route class nowhere')
  })
})

describe('the key of a candidate', () => {
  const release = simulatedPlan([simulatedStage(5_000, [])])

  test.each(
    watchesOf(model, release).flatMap((own) =>
      [0.005, 0.3].map((margin) => [keyOf(own, margin), own, margin] as const),
    ),
  )('%s names the whole criterion', (key, own, margin) => {
    expect(criterionOfKey(model, key, 'x')).toEqual(criterionOf(own, margin, 'x'))
  })

  test.each([
    ['coupon', 'names no criterion'],
    ['split:purchase@10%', 'names no criterion'],
    ['errors:product/x@10%', 'names no criterion'],
    ['completion:purchase@0%', 'names no criterion'],
    ['completion:purchase@100%', 'must be below 100%'],
    ['completion:returns@10%', 'There is no flow "returns"; known: purchase'],
    ['completion:purchase/gift@10%', 'There is no path of flow purchase "gift"'],
    ['errors:constructor@2%', 'There is no route class "constructor"; known: product, checkout'],
  ])('%s is refused: %s', (key, message) => {
    expect(() => criterionOfKey(model, key, 'x')).toThrow(message)
  })
})
