import type { Instant } from '../model/time.ts'
import type { EvidenceContext } from './context.ts'
import type { EvidenceState } from './state.ts'

/** Whether the stage's shortest time has passed; false while the stage is not in effect. */
export function minWindowOver(
  context: EvidenceContext,
  state: EvidenceState,
  stageIndex: number,
  at: Instant,
): boolean {
  const left = minWindowLeftMs(context, state, stageIndex, at)
  return left !== undefined && left <= 0
}

/** Whether the stage's longest time has passed; false while the stage is not in effect. */
export function windowOver(context: EvidenceContext, state: EvidenceState, stageIndex: number, at: Instant): boolean {
  const end = windowEnd(context, state, stageIndex)
  return end !== undefined && at >= end
}

export function minWindowLeftMs(
  context: EvidenceContext,
  state: EvidenceState,
  stageIndex: number,
  at: Instant,
): number | undefined {
  const minMs = context.plan.stages[stageIndex]?.window.minMs
  if (state.stage?.index !== stageIndex || minMs === undefined) return undefined
  return state.stage.at + minMs - at
}

/** When the stage's longest time is over; undefined while the stage is not in effect. */
export function windowEnd(context: EvidenceContext, state: EvidenceState, stageIndex: number): Instant | undefined {
  const maxMs = context.plan.stages[stageIndex]?.window.maxMs
  return state.stage?.index === stageIndex && maxMs !== undefined ? state.stage.at + maxMs : undefined
}
