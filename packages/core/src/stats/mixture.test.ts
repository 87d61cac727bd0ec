import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { expFinite, logAddExp, logSumExp } from './log-math.ts'
import { logLabelRatio } from './label-bet.ts'
import {
  leadingAlternative,
  logWealth,
  mixtureDesign,
  openMixture,
  restartCash,
  restartCashLeft,
  stepMixture,
  type MixtureState,
} from './mixture.ts'

const design = mixtureDesign([3, 1, 1])
const alternatives = [0.5, 0.9, 4]

function bet(state: MixtureState, label: number, tick: number): MixtureState {
  const counts = { control: 1 - label, candidate: label }
  const increments = alternatives.map((alternative) => logLabelRatio(0.25, counts, { alternative, nullRatio: 1 }))
  return stepMixture(state, design, { increments, cash: restartCashLeft(tick * 1_000, 4_000), from: tick })
}

test('stakes, restarts and cash together expect exactly 1 over all assignments, at every tick', () => {
  let states: { weight: number; state: MixtureState }[] = [{ weight: 1, state: openMixture(design) }]
  for (let tick = 1; tick <= 11; tick++) {
    states = states.flatMap(({ weight, state }) => [
      { weight: weight * 0.75, state: bet(state, 0, tick) },
      { weight: weight * 0.25, state: bet(state, 1, tick) },
    ])
    const expectation = states.reduce((sum, { weight, state }) => sum + weight * Math.exp(logWealth(state)), 0)
    expect(Math.abs(expectation - 1)).toBeLessThan(1e-12)
  }
})

test.prop([fc.array(fc.double({ min: -5_000, max: 5_000, noNaN: true }), { minLength: 3, maxLength: 60 })])(
  'G3: wealth is a finite logarithm after any evidence, and restarts keep every alternative alive',
  (log) => {
    let state = openMixture(design)
    log.forEach((value, tick) => {
      const cash = restartCashLeft(tick * 500, 4_000)
      state = stepMixture(state, design, { increments: [value, -value, value / 2], cash, from: tick })
    })
    expect(Number.isFinite(logWealth(state))).toBe(true)
    expect(Number.isFinite(expFinite(logWealth(state)))).toBe(true)
    expect(state.logStakes.every((stake) => Number.isFinite(stake))).toBe(true)
  },
)

test.prop([fc.nat(1e9), fc.nat(1e9), fc.integer({ min: 1, max: 1e8 })])(
  'restart cash only falls, never below 0, and lasts for ever',
  (first, more, window) => {
    const before = restartCashLeft(first, window)
    const after = restartCashLeft(first + more, window)
    expect(after).toBeLessThanOrEqual(before)
    expect(after).toBeGreaterThanOrEqual(0)
    expect(restartCashLeft(first, window)).toBeLessThanOrEqual(restartCash)
  },
)

test('three quarters of the restart cash are spent within the planned window, evenly', () => {
  expect(restartCashLeft(0, 60_000)).toBeCloseTo(restartCash)
  expect(restartCashLeft(30_000, 60_000)).toBeCloseTo(restartCash * 0.625)
  expect(restartCashLeft(60_000, 60_000)).toBeCloseTo(restartCash * 0.25)
  expect(restartCashLeft(120_000, 60_000)).toBeCloseTo(restartCash / 16)
})

function ticksToFindLateHarm(hasRestarts: boolean): number {
  let state = openMixture(design)
  for (let tick = 1; tick < 10_000; tick++) {
    const increments = tick <= 200 ? [-0.1, -0.05, -0.1] : [0.2, 0.05, 0.1]
    const cash = hasRestarts ? restartCashLeft(tick * 1_000, 400_000) : restartCash
    state = stepMixture(state, design, { increments, cash, from: tick })
    if (logWealth(state) > Math.log(100)) return tick
  }
  return Infinity
}

test('restarts find harm that begins after long good behaviour sooner', () => {
  expect(ticksToFindLateHarm(true)).toBeLessThan(ticksToFindLateHarm(false) - 50)
})

test('the leading alternative knows when its climb began', () => {
  let state = openMixture(design)
  for (let tick = 1; tick <= 10; tick++) {
    const increments = tick <= 4 ? [-1, -1, -1] : [1, 0.1, -1]
    state = stepMixture(state, design, { increments, cash: restartCash, from: tick * 10 })
  }
  expect(leadingAlternative(state)).toBe(0)
  expect(state.since[0]).toBe(50)
})

const logarithm = fc.double({ min: -600, max: 600, noNaN: true })

test.prop([logarithm, logarithm])('sums in log space agree with plain sums', (a, b) => {
  expect(logAddExp(a, b)).toBeCloseTo(logSumExp([a, b]), 9)
  expect(Math.exp(logAddExp(a, b) - Math.max(a, b))).toBeCloseTo(
    Math.exp(a - Math.max(a, b)) + Math.exp(b - Math.max(a, b)),
    9,
  )
})

test('the sum of nothing is nothing', () => {
  expect(logSumExp([])).toBe(-Infinity)
  expect(logAddExp(-Infinity, -Infinity)).toBe(-Infinity)
  expect(logAddExp(-Infinity, 3)).toBe(3)
})
