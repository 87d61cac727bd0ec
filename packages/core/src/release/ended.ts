import type { ReleaseEvent, Step, StepContext } from './event.ts'
import { gateActor } from './judged.ts'
import { changed, ignored, publishExposure, refused, tellOwner } from './outcome.ts'
import type { Closed, Live, Release, Stopped, Stopping } from './release.ts'
import { tighten, withdraw } from './withdraw.ts'

/** Live: everything is exposed and nothing rises any more, but harm still stops it. */
export function stepLive(context: StepContext, release: Live, event: ReleaseEvent): Step<Release> {
  switch (event.kind) {
    case 'judged':
      return event.verdict === 'fail'
        ? withdraw(context, release, { by: gateActor, reason: event.reason, mode: event.onFail })
        : ignored(release, event.reason)
    case 'stop-requested':
      return withdraw(context, release, event)
    case 'close-requested':
      return context.cutOver ? close(context, 'live', event.reason) : refused(release, notCutOver)
    case 'prepared':
    case 'approved':
    case 'raise-requested':
    case 'hold-requested':
    case 'resume-requested':
      return refused(release, 'it is live: it can be stopped or closed')
    case 'inherited':
    case 'exposure-confirmed':
    case 'deadline-passed':
    case 'incident-opened':
    case 'incident-closed':
    case 'freeze-began':
    case 'freeze-ended':
      return ignored(release, 'it is live')
  }
}

const notCutOver =
  'the operating model still names the replaced component as what serves; name the candidate there first, or stop the release'

/** Stopping and stopped: exposure only shrinks. */
export function stepWithdrawn(context: StepContext, release: Stopping | Stopped, event: ReleaseEvent): Step<Release> {
  switch (event.kind) {
    case 'stop-requested':
      return tighten(context, release, { by: event.by, reason: event.reason, mode: event.mode })
    case 'exposure-confirmed':
      return confirmStop(context, release)
    case 'close-requested':
      return release.phase === 'stopped'
        ? close(context, 'stopped', event.reason)
        : refused(release, 'the stop is not in effect on every gateway yet')
    case 'prepared':
    case 'approved':
    case 'raise-requested':
    case 'hold-requested':
    case 'resume-requested':
      return refused(release, `it is ${release.phase}; prepare a new release`)
    case 'inherited':
    case 'judged':
    case 'deadline-passed':
    case 'incident-opened':
    case 'incident-closed':
    case 'freeze-began':
    case 'freeze-ended':
      return ignored(release, `it is ${release.phase}`)
  }
}

function confirmStop(context: StepContext, release: Stopping | Stopped): Step<Release> {
  if (release.phase === 'stopped') return ignored(release, 'it is stopped')
  const reason = 'the stop is in effect on every live gateway'
  return changed({ ...release, phase: 'stopped', inEffectAt: context.at }, reason, [
    tellOwner(context, 'stopped', reason),
  ])
}

function close(context: StepContext, outcome: 'live' | 'stopped', reason: string): Step<Release> {
  return changed({ phase: 'closed', at: context.at, outcome }, reason, [
    publishExposure,
    tellOwner(context, 'closed', reason),
  ])
}

/** Closed absorbs. */
export function stepClosed(release: Closed, event: ReleaseEvent): Step<Release> {
  switch (event.kind) {
    case 'prepared':
    case 'approved':
    case 'raise-requested':
    case 'hold-requested':
    case 'resume-requested':
    case 'stop-requested':
    case 'close-requested':
      return refused(release, 'it is closed')
    case 'inherited':
    case 'judged':
    case 'exposure-confirmed':
    case 'deadline-passed':
    case 'incident-opened':
    case 'incident-closed':
    case 'freeze-began':
    case 'freeze-ended':
      return ignored(release, 'it is closed')
  }
}
