import type { Instant } from '../model/time.ts'
import type { FlowContext } from './context.ts'
import type { Cohort, FlowState, Pace } from './state.ts'

/** The cohorts of a flow, and until when every slot has been given to one, per path. */
export interface CohortPlan {
  readonly cohorts: readonly Cohort[]
  readonly assignedUntil: readonly Instant[]
}

/**
 * Gives every slot up to `at` to a cohort. A cohort is as large as can be without filling for long: what its size says by itself is
 * lost, about one part in its number of members, and who is in it shows silent harm only once it is full (gate-statistics, section
 * 3.3). Only numbers over both arms decide, which no label can sway.
 */
export function planCohorts(flow: FlowContext, state: FlowState, at: Instant): CohortPlan {
  const cohorts = state.cohorts.slice()
  const assignedUntil = flow.paths.map((_, path) => {
    // Slots that passed unassigned (a pause between frames) are left to themselves.
    const from = Math.floor(at / flow.slotMs) * flow.slotMs
    const assigned = state.assignedUntil[path] ?? 0
    if (assigned > from) return assigned
    const until = from + cohortWidthMs(flow, state.pace[path])
    cohorts.push({ path, from, until })
    return until
  })
  return { cohorts, assignedUntil }
}

export function cohortWidthMs(flow: FlowContext, pace: Pace | undefined): number {
  const perMs = pace === undefined || !(pace.ms > 0) ? Infinity : pace.starts / pace.ms
  const wanted = Math.max(Math.min(manyMembers / perMs, flow.horizonMs / quickPart), fewMembers / perMs)
  const widthMs = Math.min(wanted, flow.horizonMs / widestPart)
  return Math.max(1, Math.floor(widthMs / flow.slotMs)) * flow.slotMs
}

/** A cohort fills for at most a fifth of the horizon, and for no more than a thirtieth once it has a few members. */
const widestPart = 5
const quickPart = 30
const manyMembers = 100
const fewMembers = 20

/**
 * Whether a cohort is worth its loss: about N/n of the N candidate journeys that a stop takes, against the rest of the horizon that
 * its members would wait. `sizes` holds members per share (0..1).
 */
export function isInformative(sizes: readonly { readonly share: number; readonly members: number }[]): boolean {
  let worth = 0
  for (const { share, members } of sizes) worth += members * members * share * (1 - share)
  return worth >= fewestInformative
}

export const fewestInformative = 3

export function stepPace(pace: Pace | undefined, starts: number, passed: { ms: number; kept: number }): Pace {
  return {
    ms: (pace?.ms ?? 0) * passed.kept + passed.ms,
    starts: (pace?.starts ?? 0) * passed.kept + starts,
  }
}

/** Index of the cohort that a path's slot belongs to; -1 for none. */
export function cohortAt(cohorts: readonly Cohort[], path: number, start: Instant): number {
  for (let index = cohorts.length - 1; index >= 0; index--) {
    const cohort = cohorts[index]
    if (cohort?.path === path && cohort.from <= start && start < cohort.until) return index
  }
  return -1
}

/** How long after its last start a cohort waits for starts that are still on their way. */
export function settlingMs({ horizonMs }: FlowContext): number {
  return Math.min(2_000, horizonMs / 10)
}
