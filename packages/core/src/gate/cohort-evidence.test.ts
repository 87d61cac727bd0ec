import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { logWealth } from '../stats/index.ts'
import { evidenceContext } from './context.ts'
import type { EvidenceCell, EvidenceFrame } from './evidence.ts'
import { enterStage, observe, openEvidence } from './observe.ts'
import {
  completionCriterion,
  labSimulation,
  randomNumbers,
  simulate,
  simulatedModel,
  simulatedPlan,
  simulatedStage,
  simulationStart as start,
  type Simulation,
} from './simulation.test-support.ts'
import type { EvidenceState, FlowState } from './state.ts'

const context = evidenceContext(simulatedPlan([simulatedStage(3_000, [completionCriterion])]), simulatedModel())
const opened = enterStage(context, openEvidence(context), 0, start)
const heardAt = (at: number): EvidenceFrame['heard'] => ({ gateways: at, outcomes: at })

function flowOf(state: EvidenceState): FlowState {
  const flow = state.flows['purchase']
  if (flow === undefined) throw new Error('the plan watches the flow')
  return flow
}

/** One frame a second; cells by the second in which they arrive. */
function framesOf(cells: ReadonlyMap<number, readonly EvidenceCell[]>, seconds: number): EvidenceFrame[] {
  return Array.from({ length: seconds }, (_, second) => {
    const at = start + second * 1_000
    return { seq: second + 1, at, cells: cells.get(second) ?? [], heard: heardAt(at), readings: [] }
  })
}

function fold(frames: readonly EvidenceFrame[]): EvidenceState {
  return frames.reduce((state, frame) => observe(context, state, frame), opened)
}

describe('a cohort', { timeout: 60_000 }, () => {
  const members = [
    { outcome: 'completed', second: 4 },
    { outcome: 'completed', second: 4 },
    { outcome: 'failed', second: 4 },
    { outcome: 'completed', second: 9 },
    { outcome: 'completed', second: 1 },
    { outcome: 'failed', second: 12 },
    { outcome: 'completed', second: 19 },
    { outcome: 'abandoned', second: 0 },
    { outcome: 'abandoned', second: 0 },
  ] as const

  function assigned(labels: number): EvidenceFrame[] {
    const cells = new Map<number, EvidenceCell[]>()
    const put = (second: number, cell: EvidenceCell): void => {
      cells.set(second, [...(cells.get(second) ?? []), cell])
    }
    members.forEach(({ outcome, second }, index) => {
      const arm = ((labels >> index) & 1) === 1 ? 'candidate' : 'control'
      const cell = { kind: 'journey', flow: 'purchase', path: 'critical', arm, share: 3_000, count: 1 } as const
      put(0, { ...cell, startedAt: start, outcome: 'started' })
      if (outcome !== 'abandoned') put(second, { ...cell, startedAt: start, outcome })
    })
    return framesOf(cells, 26)
  }

  test('G13: over all 512 assignments of its nine members each stop test expects exactly 1, at any frame', () => {
    const sums = new Map<string, number>()
    let counted = 0
    for (let labels = 0; labels < 2 ** members.length; labels++) {
      const chance = members.reduce((product, _, index) => product * (((labels >> index) & 1) === 1 ? 0.3 : 0.7), 1)
      let state = opened
      for (const frame of assigned(labels)) {
        state = observe(context, state, frame)
        if (flowOf(state).cohorts.some(({ atRisk }) => atRisk !== undefined)) counted++
        for (const [kind, mixture] of Object.entries(flowOf(state).stop)) {
          const key = `${kind} after ${frame.seq}`
          sums.set(key, (sums.get(key) ?? 0) + chance * Math.exp(logWealth(mixture)))
        }
      }
    }
    expect(counted).toBeGreaterThan(512 * 10)
    expect(sums.size).toBe(52)
    expect([...sums].filter(([, expectation]) => !(Math.abs(expectation - 1) < 1e-12))).toEqual([])
  })

  const journey = { kind: 'journey', flow: 'purchase', path: 'critical', share: 3_000, startedAt: start } as const
  const full: readonly EvidenceCell[] = [
    { ...journey, arm: 'control', outcome: 'started', count: 14 },
    { ...journey, arm: 'candidate', outcome: 'started', count: 6 },
  ]
  const completions = (arm: 'control' | 'candidate', count: number): EvidenceCell => {
    return { ...journey, arm, outcome: 'completed', count }
  }

  test('is bet on no more once a member comes to light that was not counted', () => {
    const late: EvidenceCell = { ...journey, arm: 'control', outcome: 'started', count: 1 }
    const cells = new Map([
      [0, full],
      [6, [late, completions('control', 9)]],
      [8, [completions('control', 5)]],
    ])
    const before = fold(framesOf(cells, 6))
    expect(flowOf(before).cohorts.at(-1)?.atRisk).toBeUndefined()
    expect(flowOf(before).cohorts.find(({ from }) => from === start)?.atRisk).toEqual({ 3000: [14, 6] })
    const after = fold(framesOf(cells, 30))
    expect(flowOf(after).late.cohorts).toBe(1)
    expect(flowOf(after).stop.silent.climbs).toEqual(flowOf(before).stop.silent.climbs)
    expect(flowOf(after).stop.loud.climbs).not.toEqual(flowOf(before).stop.loud.climbs)
  })

  test('G6: that has more completions than members counts the missing ones: to drop them would favour a stop', () => {
    const cells = new Map([
      [0, full],
      [6, [completions('candidate', 7)]],
      [8, [completions('control', 5)]],
    ])
    const before = fold(framesOf(cells, 7))
    const after = fold(framesOf(cells, 12))
    expect(flowOf(after).late.cohorts).toBe(0)
    expect(Math.max(...flowOf(before).stop.silent.logStakes)).toBeLessThan(
      Math.max(...flowOf(opened).stop.silent.logStakes),
    )
    // No candidate is at risk any more: the control's completions say nothing.
    expect(flowOf(after).stop.silent.climbs).toEqual(flowOf(before).stop.silent.climbs)
  })

  test('of too few members is none: they are bet on one by one', () => {
    const cells = new Map([[0, [{ ...journey, arm: 'candidate', outcome: 'started', count: 2 } as const]]])
    const state = fold(framesOf(cells, 12))
    expect(flowOf(state).cohorts.some(({ from }) => from === start)).toBe(false)
    const after = fold(framesOf(cells, 24))
    expect(flowOf(after).stop.silent.climbs.some((climb) => climb > 0)).toBe(true)
  })

  test('that could not be counted in time is left to the horizon', () => {
    const cells = new Map([[0, [...full, completions('control', 12)]]])
    const [first, ...others] = framesOf(cells, 40)
    const frames = [first, ...others.slice(19)].flatMap((frame, index) => (frame ? { ...frame, seq: index + 1 } : []))
    expect(flowOf(fold(frames)).cohorts.some(({ from, atRisk }) => from === start && atRisk !== undefined)).toBe(false)
    expect(flowOf(fold(frames)).stop.silent.climbs.some((climb) => climb > 0)).toBe(true)
  })
})

interface Trial extends Partial<Simulation> {
  readonly seconds: number
}

function stopSecond(seed: number, { seconds, ...own }: Trial): number {
  const half = evidenceContext(simulatedPlan([simulatedStage(5_000, [completionCriterion])]), simulatedModel())
  let state = enterStage(half, openEvidence(half), 0, start)
  for (const frame of simulate({ ...labSimulation, ...own, seed })) {
    state = observe(half, state, frame)
    if (state.criteria['orders']?.stopped !== undefined) return frame.seq
    if (frame.seq >= seconds) return Infinity
  }
  return Infinity
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN
}

describe('cohorts on simulated traffic', { timeout: 60_000 }, () => {
  const seeds = Array.from({ length: 15 }, (_, index) => index + 1)

  test('silent harm to all of a busy shop stops before the horizon of its first journey is over', () => {
    const trial: Trial = { lossAt: () => ({ share: 1, isLoud: false }), startsPerMinute: 1_200, seconds: 60 }
    const stops = seeds.map((seed) => stopSecond(seed, trial))
    expect(Math.max(...stops)).toBeLessThan(labSimulation.horizonMs / 1_000)
  })

  test.each([{ isLoud: false }, { isLoud: true }])('more harm never stops later (loud: $isLoud)', ({ isLoud }) => {
    const medians = [0.1, 0.2, 0.4, 0.7, 1].map((share) => {
      return median(seeds.map((seed) => stopSecond(seed, { lossAt: () => ({ share, isLoud }), seconds: 400 })))
    })
    // One tick of patience: seeds are the same, draws after the first lost order are not.
    const later = medians.filter((second, index) => second > (medians[index - 1] ?? Infinity) + 1)
    expect(later).toEqual([])
    expect(medians.at(-1)).toBeLessThan(medians[0] ?? 0)
  })

  test.prop([fc.nat(1_000)], { numRuns: 5 })(
    'G4: the order of cells within a frame does not matter, to the bit',
    (seed) => {
      const random = randomNumbers(seed)
      let straight = opened
      let shuffled = opened
      for (const frame of simulate({ ...labSimulation, seed, shareAt: () => 3_000 })) {
        const cells = frame.cells.map((cell) => ({ cell, key: random() })).sort((a, b) => a.key - b.key)
        straight = observe(context, straight, frame)
        shuffled = observe(context, shuffled, { ...frame, cells: cells.map(({ cell }) => cell) })
        if (frame.seq === 40) break
      }
      expect(flowOf(straight).cohorts.some(({ atRisk }) => atRisk !== undefined)).toBe(true)
      expect(shuffled.flows['purchase']?.stop).toEqual(straight.flows['purchase']?.stop)
    },
  )
})
