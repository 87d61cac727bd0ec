import { describe, expect, test } from 'vitest'
import { documentedEntries, headgateEntry, oracleEntry } from './entries.ts'
import { race } from './race.ts'
import { constantExposure, faults, healthy, rampExposure, type Scenario } from './simulator/scenario.ts'
import { baseErrorShare, paths } from './simulator/shop.ts'
import type { StreamSettings } from './simulator/stream.ts'

function settings(seed: number, scenario: Scenario, perMinute = 200): StreamSettings {
  return { seed, scenario, perMinute, exposure: constantExposure(5) }
}

const [loud = healthy, silent = healthy] = faults
const whole20 = faults.find(({ id }) => id === 'whole-20') ?? healthy

// Whole days: a net against hanging, wide enough for a busy machine.
describe('a race', { timeout: 120_000 }, () => {
  test('gives every entry the same stop, whoever else runs', () => {
    const alone = race(settings(1, silent), [headgateEntry], 'stopped').finishes[headgateEntry.id]
    const crowd = race(settings(1, silent), [headgateEntry, oracleEntry, ...documentedEntries], 'stopped')
    expect(alone?.stoppedAt).toBeDefined()
    expect(crowd.finishes[headgateEntry.id]).toEqual(alone)
  })

  test('charges the whole day to an entry that never stops', () => {
    const deaf = { ...oracleEntry, id: 'deaf', thresholds: [Infinity] }
    const { finishes } = race(settings(2, loud, 20), [deaf, oracleEntry], 'stopped')
    expect(finishes['deaf']?.stoppedAt).toBeUndefined()
    expect(finishes['deaf']?.lost ?? 0).toBeGreaterThan(20)
    expect(finishes[oracleEntry.id]?.lost ?? 0).toBeLessThan(finishes['deaf']?.lost ?? 0)
  })

  test('lets Headgate follow a ramp on a healthy day', () => {
    const ramp = { ...settings(11, healthy, 20), exposure: rampExposure }
    const { finishes } = race(ramp, [headgateEntry], 'stopped')
    expect(finishes[headgateEntry.id]?.stoppedAt).toBeUndefined()
    expect(finishes[headgateEntry.id]?.exposed).toBeGreaterThan(5_000)
  })
})

describe('the oracle', { timeout: 120_000 }, () => {
  test('needs the sample that Wald’s equation gives: ln(100) over the information of a session', () => {
    // Outcomes are known within minutes and a candidate session begins once a minute, so delays hardly matter.
    const floor = Math.log(100) / informationOfLoss(0.2)
    const runs = Array.from({ length: 60 }, (_, seed) =>
      race(settings(seed + 1, whole20, 20), [oracleEntry], 'stopped'),
    )
    const units = runs.reduce((sum, { finishes }) => sum + (finishes[oracleEntry.id]?.exposed ?? 0), 0) / runs.length
    expect(floor).toBeGreaterThan(140)
    expect(floor).toBeLessThan(150)
    expect(units / floor).toBeGreaterThan(0.85)
    expect(units / floor).toBeLessThan(1.35)
  })

  test('is silent on healthy days: there is no fault that it could know', () => {
    const { finishes } = race(settings(4, healthy, 20), [oracleEntry], 'stopped')
    expect(finishes[oracleEntry.id]?.stoppedAt).toBeUndefined()
  })
})

/** Kullback-Leibler divergence per candidate session of a silent loss on all paths, baseline known. */
function informationOfLoss(loss: number): number {
  return paths.reduce((sum, { share, completion }) => {
    const done = (1 - baseErrorShare) * completion
    const others = 1 - baseErrorShare - done
    const [doneThen, othersThen] = [done * (1 - loss), others + done * loss]
    return sum + share * (doneThen * Math.log(doneThen / done) + othersThen * Math.log(othersThen / others))
  }, 0)
}
