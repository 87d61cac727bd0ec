import type { ReleaseEvent, Step, StepContext } from './event.ts'
import { describeCause, describeHolds, holdsOf, newHold, tellOfHolds, withHolds } from './holds.ts'
import { afterVerdict } from './judged.ts'
import { changed, ignored, refused, tellOwner } from './outcome.ts'
import { approve, enterStage } from './raise.ts'
import type { Held, Hold, HoldCause, Ramping, Release } from './release.ts'
import { withdraw } from './withdraw.ts'

type Staged = Ramping | Held
type EventOf<Kind extends ReleaseEvent['kind']> = Extract<ReleaseEvent, { kind: Kind }>

/** Ramping and held: the phases in which a release may move. */
export function stepStaged(context: StepContext, release: Staged, event: ReleaseEvent): Step<Release> {
  switch (event.kind) {
    case 'prepared':
      return refused(release, 'a release keeps the plan that it started with')
    case 'inherited':
      return inherit(context, release, event)
    case 'approved':
      return approve(context, release, event)
    case 'raise-requested':
      return raise(context, release, event)
    case 'judged':
      return afterVerdict(context, release, event)
    case 'hold-requested':
      return holdByPerson(context, release, event)
    case 'resume-requested':
      return resume(context, release, event)
    case 'stop-requested':
      return withdraw(context, release, event)
    case 'exposure-confirmed':
      return confirm(context, release)
    case 'deadline-passed':
      return escalate(context, release, event)
    case 'incident-opened': {
      const cause: HoldCause = { kind: 'incident', incident: event.incident }
      return addHold(context, release, newHold(context, cause, event.owner, context.at + event.respondWithinMs))
    }
    case 'incident-closed':
      return dropHolds(context, release, (cause) => cause.kind === 'incident' && cause.incident === event.incident)
    case 'freeze-began': {
      const cause: HoldCause = { kind: 'freeze', reason: event.reason, until: event.until }
      return addHold(context, release, newHold(context, cause, event.owner, event.until))
    }
    case 'freeze-ended':
      return dropHolds(context, release, (cause) => cause.kind === 'freeze')
    case 'close-requested':
      return refused(release, 'shoppers are on it; stop it first')
  }
}

/** A pass of the gate as it was says nothing of the gate as it is: it is judged anew before anything rises (SPEC R7). */
function inherit(context: StepContext, release: Staged, { reason }: EventOf<'inherited'>): Step<Release> {
  const { passedEvidence: _, askedFor: __, ...rest } = release
  return changed(rest, reason, [tellOwner(context, 'inherited', reason)])
}

function raise(context: StepContext, release: Staged, event: EventOf<'raise-requested'>): Step<Release> {
  if (release.phase === 'held') return refused(release, describeHolds(release))
  if (release.passedEvidence === undefined) {
    return refused(release, 'the gate has not passed, or the least window is not over')
  }
  const isLast = release.stage + 1 >= context.stages.length
  if (!event.granted && !isLast) return refused(release, 'the raise right is not granted: approvals are missing')
  return enterStage(context, release, event.reason)
}

function holdByPerson(context: StepContext, release: Staged, event: EventOf<'hold-requested'>): Step<Release> {
  const cause: HoldCause = { kind: 'person', by: event.by.id, reason: event.reason }
  return addHold(context, release, newHold(context, cause, event.owner, context.at + event.respondWithinMs))
}

/** One hold per person-, freeze- and incident-cause: what holds already is not held twice. */
function addHold(context: StepContext, release: Staged, hold: Hold): Step<Release> {
  const twin = holdsOf(release).find((known) => isSameCause(known.cause, hold.cause))
  if (twin !== undefined) return ignored(release, describeCause(twin.cause))
  const held = withHolds(release, [...holdsOf(release), hold])
  return changed(held, describeCause(hold.cause), tellOfHolds(context, release, held))
}

function isSameCause(a: HoldCause, b: HoldCause): boolean {
  if (a.kind === 'incident' && b.kind === 'incident') return a.incident === b.incident
  return a.kind === b.kind
}

function resume(context: StepContext, release: Staged, event: EventOf<'resume-requested'>): Step<Release> {
  if (release.phase === 'ramping') return refused(release, 'nothing holds it')
  if (!release.holds.some((hold) => hold.cause.kind === 'person')) {
    return refused(release, `no person holds it, and what does ends by itself: ${describeHolds(release)}`)
  }
  const step = dropHolds(context, release, (cause) => cause.kind === 'person')
  return { ...step, reason: event.reason }
}

function dropHolds(context: StepContext, release: Staged, ends: (cause: HoldCause) => boolean): Step<Release> {
  const left = holdsOf(release).filter((hold) => !ends(hold.cause))
  if (left.length === holdsOf(release).length) return ignored(release, 'it was not held for this')
  const freed = withHolds(release, left)
  const reason = freed.phase === 'held' ? describeHolds(freed) : 'nothing holds the release any more'
  return changed(freed, reason, tellOfHolds(context, release, freed))
}

function confirm(context: StepContext, release: Staged): Step<Release> {
  if (release.inEffectAt !== undefined) return ignored(release, 'confirmed already')
  return changed({ ...release, inEffectAt: context.at }, 'every live gateway confirmed the exposure')
}

/** A passed deadline tells the next in line and gives them their time; exposure stays as it is (SPEC R3). */
function escalate(context: StepContext, release: Staged, event: EventOf<'deadline-passed'>): Step<Release> {
  const late = holdsOf(release).filter((hold) => hold.deadline <= context.at)
  if (release.phase === 'ramping' || late.length === 0) return ignored(release, 'no deadline has passed')
  const deadline = context.at + event.respondWithinMs
  const holds = release.holds.map((hold) =>
    late.includes(hold) ? { ...hold, deadline, escalations: hold.escalations + 1 } : hold,
  )
  const message = `nobody resolved in time: ${late.map((hold) => describeCause(hold.cause)).join('; ')}`
  return changed({ ...release, holds }, message, [
    { kind: 'notify', to: event.escalateTo, topic: 'escalated', message },
  ])
}
