import type { MetricCriterion } from './criterion.ts'
import type { MetricReading } from './evidence.ts'
import type { MetricState } from './state.ts'

export const noReading: MetricState = { outside: 0 }

/**
 * Folds a frame's readings of one criterion in, oldest first. A reading that is not newer than the last one is a repeat and counts
 * once; one that is no number is a missing one. A missing reading neither adds to a run outside the limits nor ends it.
 */
export function stepMetric(
  state: MetricState,
  readings: readonly MetricReading[],
  criterion: MetricCriterion,
): MetricState {
  return readings.toSorted(inOrder).reduce((before, reading) => stepReading(before, reading, criterion), state)
}

function inOrder(a: MetricReading, b: MetricReading): number {
  if (a.at !== b.at) return a.at - b.at
  return textOf(a) < textOf(b) ? -1 : 1
}

function textOf(reading: MetricReading): string {
  return reading.kind === 'missing' ? reading.reason : String(reading.value)
}

function stepReading(state: MetricState, reading: MetricReading, criterion: MetricCriterion): MetricState {
  if (state.at !== undefined && reading.at <= state.at) return state
  if (reading.kind === 'missing') return { ...state, missing: { reason: reading.reason, at: reading.at } }
  if (!Number.isFinite(reading.value)) {
    return { ...state, missing: { reason: 'the source answered something that is no finite number', at: reading.at } }
  }
  const outside = isOutside(reading.value, criterion) ? state.outside + 1 : 0
  // Adding 0 turns -0 into 0: JSON knows no -0, and a replay must give the same bits (SPEC G9).
  return { value: reading.value + 0, at: reading.at, outside }
}

export function isOutside(value: number, { min, max }: MetricCriterion): boolean {
  return (max !== undefined && value > max) || (min !== undefined && value < min)
}
