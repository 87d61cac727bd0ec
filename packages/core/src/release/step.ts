import { countingApprovals } from './approvals.ts'
import { stepClosed, stepLive, stepWithdrawn } from './ended.ts'
import type { ReleaseEvent, Step, StepContext } from './event.ts'
import type { Release } from './release.ts'
import { stepStaged } from './staged.ts'
import { stepUnstarted } from './unstarted.ts'

/**
 * The release lifecycle: facts, state and event in; next state, effects and the reason out. Total over phases x events
 * (table and invariants: SPEC.md). Rights were checked by the caller and arrive as `granted`.
 */
export function step(context: StepContext, release: Release, event: ReleaseEvent): Step<Release> {
  const next = stepInPhase(context, release, event)
  return next.outcome === 'changed' ? { ...next, release: withoutVoidApprovals(context, next.release) } : next
}

/** Where every release begins. */
export const draft: Release = { phase: 'draft' }

function stepInPhase(context: StepContext, release: Release, event: ReleaseEvent): Step<Release> {
  switch (release.phase) {
    case 'draft':
    case 'ready':
      return stepUnstarted(context, release, event)
    case 'ramping':
    case 'held':
      return stepStaged(context, release, event)
    case 'live':
      return stepLive(context, release, event)
    case 'stopping':
    case 'stopped':
      return stepWithdrawn(context, release, event)
    case 'closed':
      return stepClosed(release, event)
  }
}

/** Whatever happened, an approval that no longer counts leaves the state (SPEC R8). */
function withoutVoidApprovals(context: StepContext, release: Release): Release {
  if (release.phase !== 'ready' && release.phase !== 'ramping' && release.phase !== 'held') return release
  return { ...release, approvals: countingApprovals(context, release) }
}
