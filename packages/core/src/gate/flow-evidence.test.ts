import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { evidenceContext } from './context.ts'
import type { EvidenceFrame, JourneyCell } from './evidence.ts'
import { enterStage, observe, openEvidence } from './observe.ts'
import {
  completionCriterion,
  labPaths,
  labSimulation,
  simulate,
  simulatedModel,
  simulatedPlan,
  simulatedStage,
  simulationStart,
} from './simulation.test-support.ts'
import type { EvidenceState } from './state.ts'

const context = evidenceContext(simulatedPlan([simulatedStage(5_000, [completionCriterion])]), simulatedModel())

function frameAfter(state: EvidenceState, cells: readonly JourneyCell[]): EvidenceFrame {
  const at = (state.at ?? 0) + 1_000
  return { seq: state.frame + 1, at, cells, heard: { gateways: at, outcomes: at }, readings: [] }
}

function quiet(state: EvidenceState, seconds: number): EvidenceState {
  return Array.from({ length: seconds }).reduce<EvidenceState>((s) => observe(context, s, frameAfter(s, [])), state)
}

/** A minute of orders, then nobody until everything is closed. */
function withHistory(): EvidenceState {
  let state = enterStage(context, openEvidence(context), 0, simulationStart)
  for (const frame of simulate({ ...labSimulation, startsPerMinute: 300 })) {
    if (frame.seq > 60) break
    state = observe(context, state, frame)
  }
  return quiet(state, 45)
}

const history = withHistory()

/** One journey a path starts in every other second, and none completes: few enough that each is bet on alone, at its horizon. */
function starve(labels: readonly boolean[]): EvidenceState {
  let state = history
  for (let from = 0; from < labels.length; from += labPaths.length) {
    const startedAt = (state.at ?? 0) + 500
    const cells = labPaths.map(({ id }, index): JourneyCell => {
      const arm = labels[from + index] === true ? 'candidate' : 'control'
      return { kind: 'journey', flow: 'purchase', path: id, arm, share: 5_000, startedAt, outcome: 'started', count: 1 }
    })
    state = quiet(observe(context, state, frameAfter(state, cells)), 1)
  }
  return quiet(state, 26)
}

describe('a shop whose orders stop arriving', () => {
  test.prop([fc.array(fc.boolean(), { minLength: 36, maxLength: 36 })])(
    'G13: which abandons are set aside does not depend on the arms of those who are about to abandon',
    (labels) => {
      const lost = starve(labels).flows['purchase']?.lost
      expect(lost).toBe(starve(labels.map((_, index) => index % 2 === 0)).flows['purchase']?.lost)
      expect(lost).toBeGreaterThan(0)
    },
  )
})
