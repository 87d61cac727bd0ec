import type { ReleaseEvent, Step, StepContext } from './event.ts'
import { changed, ignored, refused, tellOwner } from './outcome.ts'
import { approve, enterStage } from './raise.ts'
import type { Draft, Ready, Release } from './release.ts'

const nothingExposed = 'no shopper is on it; close it to abandon it'

/** Draft and ready: no shopper has met the candidate. */
export function stepUnstarted(context: StepContext, release: Draft | Ready, event: ReleaseEvent): Step<Release> {
  switch (event.kind) {
    case 'prepared':
      return prepare(release, event.planHash)
    case 'approved':
      return release.phase === 'ready' ? approve(context, release, event) : refused(release, notReady)
    case 'raise-requested':
      return start(context, release, event)
    case 'hold-requested':
    case 'resume-requested':
    case 'stop-requested':
      return refused(release, nothingExposed)
    case 'close-requested':
      return changed({ phase: 'closed', at: context.at, outcome: 'abandoned' }, event.reason, [
        tellOwner(context, 'closed', event.reason),
      ])
    case 'inherited':
    case 'judged':
    case 'exposure-confirmed':
    case 'deadline-passed':
    case 'incident-opened':
    case 'incident-closed':
    case 'freeze-began':
    case 'freeze-ended':
      return ignored(release, 'the release has not started')
  }
}

const notReady = 'its plan has errors; repair it and apply the operating model again'

/** A changed plan voids what was approved for the other one. */
function prepare(release: Draft | Ready, planHash: string): Step<Release> {
  if (release.phase === 'ready' && release.planHash === planHash) return ignored(release, 'the plan is the same')
  return changed({ phase: 'ready', planHash, approvals: [] }, 'the plan is complete')
}

function start(
  context: StepContext,
  release: Draft | Ready,
  event: Extract<ReleaseEvent, { kind: 'raise-requested' }>,
): Step<Release> {
  if (release.phase === 'draft') return refused(release, notReady)
  if (release.planHash !== context.planHash) return refused(release, 'the plan has changed and is not prepared yet')
  if (!event.granted) return refused(release, 'the raise right is not granted: approvals are missing')
  return enterStage(context, release, event.reason)
}
