import { describe, expect, test } from 'vitest'
import { candidateBit, failedBit, pathOf, slotOf, startTickOf } from './event-code.ts'
import { constantExposure, faults, healthy, sideScenarios, type Scenario } from './scenario.ts'
import { paths, ticksPerDay } from './shop.ts'
import { isUnit, SessionStream } from './stream.ts'

interface Day {
  readonly sessions: number
  readonly units: number
  readonly candidates: number
  readonly unitsOfPaths: readonly number[]
  readonly completedUnits: readonly number[]
  readonly failed: number
  readonly lost: number
  readonly fingerprint: number
  readonly slowest: number
}

function day(seed: number, scenario: Scenario, perMinute = 200): Day {
  const stream = new SessionStream({ seed, scenario, perMinute, exposure: constantExposure(25) })
  const unitsOfPaths = paths.map(() => 0)
  const completedUnits = paths.map(() => 0)
  const sums = {
    sessions: 0,
    units: 0,
    candidates: 0,
    failed: 0,
    failedCandidates: 0,
    lost: 0,
    fingerprint: 0,
    slowest: 0,
  }
  for (let view = stream.next(); view !== undefined; view = stream.next()) {
    sums.lost += view.lost
    for (let index = 0; index < view.starts.length; index++) {
      const code = view.starts.at(index)
      sums.sessions++
      sums.fingerprint = (sums.fingerprint * 31 + code + view.latencies.at(index)) % 1e9
      sums.candidates += code & candidateBit
      sums.slowest += view.latencies.at(index) > 300_000 && (code & candidateBit) === 1 ? 1 : 0
      if (!isUnit(code)) continue
      sums.units++
      unitsOfPaths[pathOf(code)] = (unitsOfPaths[pathOf(code)] ?? 0) + 1
    }
    for (let index = 0; index < view.results.length; index++) {
      const code = view.results.at(index)
      if ((code & failedBit) !== 0) sums.failed++
      else if (isUnit(code)) completedUnits[pathOf(code)] = (completedUnits[pathOf(code)] ?? 0) + 1
    }
  }
  return { ...sums, unitsOfPaths, completedUnits }
}

/** Further error share of the candidate, over the days of a few seeds. */
function candidateErrorShares(scenario: Scenario): Set<number> {
  const shares = [11, 12, 13, 14].flatMap((seed) => {
    const stream = new SessionStream({ seed, scenario, perMinute: 20, exposure: constantExposure(25) })
    return [...stream.environment.candidateErrorShare]
  })
  return new Set(shares)
}

const payLaterLoud = faults[0] ?? healthy

describe('the simulated shop', { timeout: 120_000 }, () => {
  test('brings the declared number of first sessions, shares of paths and completions', () => {
    const { units, unitsOfPaths, completedUnits, candidates, sessions } = day(1, healthy, 2_000)
    expect(units / (2_000 * 1_440)).toBeCloseTo(1, 2)
    expect(candidates / sessions).toBeCloseTo(0.25, 2)
    paths.forEach(({ share, completion }, path) => {
      const own = unitsOfPaths[path] ?? 0
      expect(own / units).toBeCloseTo(share, 2)
      expect((completedUnits[path] ?? 0) / own).toBeGreaterThan(completion - 0.04)
      expect((completedUnits[path] ?? 0) / own).toBeLessThan(completion + 0.03)
    })
  })

  test('is the same to the bit from the same seed, and another day from another seed', () => {
    expect(day(7, payLaterLoud)).toEqual(day(7, payLaterLoud))
    expect(day(8, payLaterLoud).fingerprint).not.toBe(day(7, payLaterLoud).fingerprint)
  })

  test('lets a fifth of the failed visitors come back, and never as new units', () => {
    const { sessions, units } = day(2, healthy)
    expect((sessions - units) / units).toBeGreaterThan(0.06)
    expect((sessions - units) / units).toBeLessThan(0.1)
  })

  test('loses the orders of a dead path loudly as failures, silently as nothing', () => {
    const [loud, silent, fine] = [payLaterLoud, faults[1] ?? healthy, healthy].map((scenario) => day(3, scenario))
    expect(loud?.lost).toBeGreaterThan(1_000)
    expect(silent?.lost).toBeGreaterThan(1_000)
    expect(fine?.lost).toBe(0)
    expect((loud?.failed ?? 0) - (silent?.failed ?? 0)).toBeGreaterThan(800)
  })

  test('counts a bot once, however many sessions it has', () => {
    const { sessions, units } = day(4, sideScenarios.bots)
    const healthyDay = day(4, healthy)
    const botSessions = sessions - units - (healthyDay.sessions - healthyDay.units)
    expect(botSessions).toBeGreaterThan(5_000)
    expect(Math.abs(units - healthyDay.units)).toBeLessThan(3_000)
  })

  test('makes sick pods fail candidate sessions only', () => {
    expect([...candidateErrorShares(healthy)]).toEqual([0])
    // Three sessions in ten on one of four pods.
    expect([...candidateErrorShares(sideScenarios.sickPods)].toSorted((a, b) => a - b)).toEqual([0, 0.075])
  })

  test('slows the slowest twentieth of the candidate down', () => {
    const slow = sideScenarios.latency.find(({ id }) => id === 'latency-slowest-30') ?? healthy
    expect(day(5, slow).slowest).toBeGreaterThan(day(5, healthy).slowest * 1.2)
  })

  test('puts a session into the 15-second slot in which it began', () => {
    const stream = new SessionStream({ seed: 6, scenario: healthy, perMinute: 200, exposure: constantExposure(5) })
    const slotsOfTicks = new Map<number, Set<number>>()
    for (let view = stream.next(); view !== undefined && view.tick < 60; view = stream.next()) {
      for (let index = 0; index < view.starts.length; index++) {
        const code = view.starts.at(index)
        expect(startTickOf(code)).toBe(view.tick)
        slotsOfTicks.set(view.tick, (slotsOfTicks.get(view.tick) ?? new Set()).add(slotOf(code)))
      }
    }
    expect([...(slotsOfTicks.get(3) ?? [])]).toEqual([2])
    expect([...(slotsOfTicks.get(4) ?? [])].toSorted((a, b) => a - b)).toEqual([2, 3])
    expect([...(slotsOfTicks.get(5) ?? [])]).toEqual([3])
    expect(slotsOfTicks.size).toBeLessThanOrEqual(ticksPerDay)
  })
})
