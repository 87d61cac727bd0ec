import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { classLaw, fading, shareError } from './class-law.ts'
import {
  addCompletionTerms,
  completionAlternatives,
  completionDesign,
  completionIncrements,
  harmKinds,
  lossSizes,
  type RevealedUnits,
} from './completion-bets.ts'
import { completionPassGrowth, logCompletionPass, passUnits, unitsToPass } from './completion-pass.ts'
import { droughtCertain, droughtSuspected, noDrought, stepDrought } from './drought.ts'
import { errorIncrements, errorPassGrowth, logErrorPass } from './error-bets.ts'
import { latencyBucketOf } from './latency-buckets.ts'
import {
  latencyClassCount,
  latencyClassOf,
  latencyIncrements,
  latencyModel,
  latencyPassIncrements,
  latencyUndone,
  type LatencyModel,
} from './latency-bets.ts'
import { bucketMiddle } from './value-buckets.ts'
import { shareDifference, shareInterval, sumEstimates } from './proportion.ts'
import { splitDesign, splitIncrements, splitRatios } from './split-bets.ts'

const share = fc.double({ min: 0.01, max: 0.99, noNaN: true })
const law = fc
  .tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 100 }))
  .map(([done, failing, others]) => classLaw([done, failing, others], [0, 0, 0]))

/** A unit of one class and arm. */
function unit(probability: number, outcome: number, isCandidate: boolean): RevealedUnits {
  const one = [0, 1, 2].map((index) => (index === outcome ? 1 : 0))
  const none = [0, 0, 0]
  return { share: probability, control: isCandidate ? none : one, candidate: isCandidate ? one : none }
}

describe('completion bets', () => {
  test.prop([share, law, fc.nat(2), fc.constantFrom(...harmKinds)])(
    'every term expects 1 for a unit of any class',
    (probability, known, outcome, kind) => {
      const terms = [false, true].map((isCandidate) => {
        const sums = lossSizes.map(() => 0)
        addCompletionTerms(sums, kind, unit(probability, outcome, isCandidate), known)
        return sums
      })
      for (let term = 0; term < lossSizes.length; term++) {
        const expectation =
          (1 - probability) * Math.exp(terms[0]?.[term] ?? Number.NaN) +
          probability * Math.exp(terms[1]?.[term] ?? Number.NaN)
        expect(expectation).toBeCloseTo(1, 10)
      }
    },
  )

  test.each([
    { kind: 'silent', part: 0.6 },
    { kind: 'loud', part: 0.2 },
  ] as const)('weights of $kind harm sum to 1: $part on all paths together, the rest evenly on single ones', (own) => {
    const alternatives = completionAlternatives(4)
    const weights = completionDesign(own.kind, [0, 0, 0, 0]).logWeights.map((weight) => Math.exp(weight))
    const whole = weights.filter((_, index) => alternatives[index]?.path === undefined)
    expect(weights).toHaveLength(alternatives.length)
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12)
    expect(whole.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(own.part, 12)
  })

  test('what all paths lose adds up, what one path loses is its own', () => {
    const alternatives = completionAlternatives(2)
    const first = lossSizes.map(() => 1)
    const increments = completionIncrements(alternatives, [first, first.map(() => 10)])
    const own = alternatives.map(({ path }) => (path === undefined ? 11 : path === 0 ? 1 : 10))
    expect(increments).toEqual(own)
  })
})

describe('completion pass test', () => {
  const margin = fc.double({ min: 0.02, max: 0.5, noNaN: true })

  test.prop([share, law, margin, fc.boolean()])(
    'expects 1 at the margin, whether the loss is silent or loud',
    (probability, [done = 0, failing = 0, others = 0], lost, isLoud) => {
      const moved = done * lost
      const candidate = [done - moved, failing + (isLoud ? moved : 0), others + (isLoud ? 0 : moved)]
      let expectation = 0
      ;[done, failing, others].forEach((control, outcome) => {
        const value = (isCandidate: boolean): number =>
          Math.exp(logCompletionPass(passUnits(unit(probability, outcome, isCandidate)), lost, done))
        expectation +=
          (1 - probability) * control * value(false) + probability * (candidate[outcome] ?? 0) * value(true)
      })
      expect(expectation).toBeCloseTo(1, 9)
    },
  )

  test('completions alone count while the completion rate is unknown', () => {
    const abandons = { share: 0.5, control: [0, 0, 9], candidate: [0, 0, 3] }
    const completions = { ...abandons, candidate: [9, 0, 3] }
    expect(logCompletionPass(passUnits(abandons), 0.2, undefined)).toBe(0)
    expect(logCompletionPass(passUnits(completions), 0.2, undefined)).toBeGreaterThan(0)
  })

  test('needs the units of the research at a small share, and twice the sessions when half of them are control', () => {
    const atFive = unitsToPass(0.01, completionPassGrowth(0.0001, 0.05, 0.62))
    expect(atFive).toBeGreaterThan(2_260 * 0.95)
    expect(atFive).toBeLessThan(2_260 * 1.05)
    expect(unitsToPass(0.01, completionPassGrowth(0.5, 0.05, 0.62)) / atFive).toBeCloseTo(2, 1)
    expect(unitsToPass(0.01, completionPassGrowth(0, 0.05, 0.62))).toBe(Number.MAX_SAFE_INTEGER)
  })
})

describe('error bets', () => {
  test.prop([share, fc.double({ min: 0.0005, max: 0.5, noNaN: true }), fc.boolean()])(
    'expect 1 for an ok visitor and for a failing one',
    (probability, errors, isError) => {
      const none = { control: 0, candidate: 0 }
      const increments = (candidate: number): number[] => {
        const one = { control: 1 - candidate, candidate }
        const units = isError ? { ok: none, error: one } : { ok: one, error: none }
        return errorIncrements(probability, units, errors)
      }
      const [control, candidate] = [increments(0), increments(1)]
      control.forEach((value, index) => {
        const expectation = (1 - probability) * Math.exp(value) + probability * Math.exp(candidate[index] ?? Number.NaN)
        expect(expectation).toBeCloseTo(1, 10)
      })
    },
  )

  test.prop([
    fc.double({ min: 0.001, max: 0.3, noNaN: true }),
    fc.double({ min: 0.0005, max: 0.3, noNaN: true }),
    fc.double({ min: 0, max: 0.5, noNaN: true }),
  ])('the pass test expects at most 1 wherever the error share is the limit or more', (limit, hoped, beyond) => {
    const errors = Math.min(1, limit + beyond)
    const expectation =
      (1 - errors) * Math.exp(logErrorPass({ ok: 1, error: 0 }, limit, hoped)) +
      errors * Math.exp(logErrorPass({ ok: 0, error: 1 }, limit, hoped))
    expect(expectation).toBeLessThanOrEqual(1 + 1e-12)
  })

  test('a clean candidate passes a margin of 2 % within about 240 visitors', () => {
    expect(unitsToPass(0.01, errorPassGrowth(0.02, 0.0005))).toBeLessThan(260)
  })
})

describe('latency bets', () => {
  const units = 5_000
  const histogram: Record<string, number> = {}
  for (let index = 0; index < units; index++) {
    const uniform = (index + 0.5) / units
    // Quantiles of a logistic law: close to log-normal latencies, with a longer tail.
    const bucket = latencyBucketOf(20_000 * Math.exp(0.28 * Math.log(uniform / (1 - uniform))))
    histogram[bucket] = (histogram[bucket] ?? 0) + 1
  }

  /** Shares of the classes when every request takes `factor` times as long; the candidate's as the bets see them. */
  function classLawOf(model: LatencyModel, factor = 1, isCandidate = false): number[] {
    const shares = Array.from({ length: latencyClassCount(model) }, () => 0)
    for (const [bucket, count] of Object.entries(histogram)) {
      const slowed = latencyBucketOf(bucketMiddle(Number(bucket)) * factor)
      const own = latencyClassOf(model, isCandidate ? latencyUndone(model, slowed) : slowed)
      shares[own] = (shares[own] ?? 0) + count / units
    }
    return shares
  }

  /** Expected ratio of one unit when the candidate's requests take `factor` times as long, per alternative. */
  function expectations(model: LatencyModel, probability: number, factor: number): number[] {
    const laws = [classLawOf(model), classLawOf(model, factor, true)]
    const sums = model.alternatives.map(() => 0)
    laws.forEach((chances, candidate) => {
      chances.forEach((chance, own) => {
        const classes = chances.map((_, index) =>
          index === own ? { control: 1 - candidate, candidate } : { control: 0, candidate: 0 },
        )
        const arm = candidate === 1 ? probability : 1 - probability
        latencyIncrements(model, probability, classes).forEach((value, index) => {
          sums[index] = (sums[index] ?? 0) + arm * chance * Math.exp(value)
        })
      })
    })
    return sums
  }

  test.prop([share, fc.constantFrom(0.05, 0.1, 0.2, 0.5, 1)])(
    'expect 1 at the tolerated slow-down, and at most 1 at none or half of it',
    (probability, tolerance) => {
      const model = latencyModel(histogram, tolerance)
      for (const value of expectations(model, probability, 1 + tolerance))
        expect(Math.abs(value - 1)).toBeLessThan(0.02)
      for (const factor of [1, 1 + tolerance / 2]) {
        for (const value of expectations(model, probability, factor)) expect(value).toBeLessThanOrEqual(1.001)
      }
    },
  )

  test('a candidate twice as slow is bet on well, an equal one passes', () => {
    const model = latencyModel(histogram, 0.2)
    const reference = classLawOf(model)
    const worst = model.alternatives[2] ?? []
    const slow = reference.map((part, index) => ({ control: 100 * part, candidate: 100 * part * (worst[index] ?? 1) }))
    const undone = classLawOf(model, 1, true)
    const equal = reference.map((part, index) => ({ control: 200 * part, candidate: 200 * (undone[index] ?? 0) }))
    expect(Math.max(...latencyIncrements(model, 0.5, slow))).toBeGreaterThan(10)
    expect(Math.max(...latencyIncrements(model, 0.5, equal))).toBeLessThan(0)
    expect(Math.max(...latencyPassIncrements(model, 0.5, equal))).toBeGreaterThan(1)
  })

  test('an equal candidate of a control whose requests all take the same time passes and never looks slow', () => {
    const model = latencyModel({ 300: 500 }, 0.2)
    const classes = Array.from({ length: latencyClassCount(model) }, () => ({ control: 0, candidate: 0 }))
    const control = classes[latencyClassOf(model, 300)]
    const candidate = classes[latencyClassOf(model, latencyUndone(model, 300))]
    if (control !== undefined) control.control = 100
    if (candidate !== undefined) candidate.candidate = 100
    expect(Math.max(...latencyIncrements(model, 0.5, classes))).toBeLessThanOrEqual(0)
    expect(Math.max(...latencyPassIncrements(model, 0.5, classes))).toBeGreaterThan(50)
  })

  test('a control whose requests all take the same time still gives a usable model', () => {
    const model = latencyModel({ 300: 500 }, 0.2)
    expect([...model.tolerable, ...model.alternatives].flat().every((ratio) => ratio > 0 && ratio < 1e4)).toBe(true)
  })

  test.prop([fc.constantFrom<Record<string, number>>({}, { 5: 0 }, { 0: 1 }, { 895: 3 })])(
    'G3: an empty or extreme histogram gives finite ratios',
    (extreme) => {
      const model = latencyModel(extreme, 0.2)
      expect([...model.tolerable, ...model.alternatives].flat().every(Number.isFinite)).toBe(true)
    },
  )
})

describe('split bets', () => {
  test.prop([share])('expect 1 for an entry, whatever the ratio', (probability) => {
    const control = splitIncrements(probability, { control: 1, candidate: 0 })
    const candidate = splitIncrements(probability, { control: 0, candidate: 1 })
    expect(control).toHaveLength(splitRatios.length)
    control.forEach((value, index) => {
      const expectation = (1 - probability) * Math.exp(value) + probability * Math.exp(candidate[index] ?? Number.NaN)
      expect(expectation).toBeCloseTo(1, 10)
    })
  })

  test('has an alternative per ratio and group', () => {
    expect(splitDesign(0).logWeights).toHaveLength(splitRatios.length)
    expect(splitDesign(3).logWeights).toHaveLength(splitRatios.length * 4)
  })
})

describe('the control law', () => {
  const counts = fc.array(fc.double({ min: -5, max: 1e9 }), { minLength: 3, maxLength: 3 })

  test.prop([counts])('G3: is a probability of every class, never 0 or 1, for any counts', (observed) => {
    const shares = classLaw(
      observed.map((count) => (Number.isNaN(count) ? 0 : count)),
      [1, 0.1, 1],
    )
    expect(shares.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12)
    for (const value of shares) expect(value).toBeGreaterThan(0.002)
  })

  test('fades by half in a half-life and not at all when time stands still', () => {
    expect(fading(1_000, 1_000)).toBe(0.5)
    expect(fading(0, 1_000)).toBe(1)
    expect(fading(-5, 1_000)).toBe(1)
    expect(shareError(0.5, 0)).toBe(0.5)
  })
})

describe('intervals', () => {
  const pair = fc.nat(500).chain((units) => fc.tuple(fc.constant(units), fc.nat(units)))

  test.prop([pair, pair])('hold their estimate, at small counts too', ([units, hits], [others, otherHits]) => {
    const difference = shareDifference(shareInterval(hits, units), shareInterval(otherHits, others))
    expect(difference.low).toBeLessThanOrEqual(difference.mid)
    expect(difference.high).toBeGreaterThanOrEqual(difference.mid)
    const sum = sumEstimates([difference, difference])
    expect(sum.high - sum.mid).toBeLessThanOrEqual(2 * (difference.high - difference.mid) + 1e-12)
  })

  test('agree with the published example 56/70 against 48/80', () => {
    const difference = shareDifference(shareInterval(56, 70), shareInterval(48, 80))
    expect(difference.low).toBeCloseTo(0.0524, 4)
    expect(difference.high).toBeCloseTo(0.3339, 4)
  })
})

function levelAfter(ticks: number, expected: number, seen: number): number {
  let state = noDrought
  for (let tick = 0; tick < ticks; tick++) state = stepDrought(state, expected, seen, tick)
  return state.level
}

describe('drought', () => {
  test('stays away while events come, even when only half of them do', () => {
    expect(levelAfter(1_000, 7, 7)).toBe(0)
    expect(levelAfter(1_000, 7, 3.5)).toBe(0)
  })

  test('is suspected after 11 missing events and certain after 22', () => {
    expect(levelAfter(10, 1, 0)).toBeLessThan(droughtSuspected)
    expect(levelAfter(11, 1, 0)).toBeGreaterThan(droughtSuspected)
    expect(levelAfter(22, 1, 0)).toBeGreaterThan(droughtCertain)
  })

  test('ends soon after events come back, however long it was', () => {
    let state = noDrought
    for (let tick = 0; tick < 10_000; tick++) state = stepDrought(state, 7, 0, tick)
    for (let tick = 0; tick < 4; tick++) state = stepDrought(state, 7, 7, tick)
    expect(state.level).toBeLessThan(droughtSuspected)
  })

  test('knows since when', () => {
    const wet = stepDrought(noDrought, 5, 5, 100)
    const dry = stepDrought(stepDrought(wet, 5, 0, 200), 5, 0, 300)
    expect(dry.since).toBe(200)
  })
})
