import type { Judged, Step, StepContext } from './event.ts'
import { describeHolds, holdsOf, newHold, tellOfHolds, withHolds } from './holds.ts'
import { changed, ignored } from './outcome.ts'
import { askApprovers, enterStage, obstacleTo } from './raise.ts'
import type { Actor, Held, Hold, HoldingVerdict, Ramping, Release } from './release.ts'
import { withdraw } from './withdraw.ts'

export const gateActor: Actor = { kind: 'automation', id: 'gate' }

/** What a look of the judge does to a release at a stage: stop it, hold it, let it go, raise it, or nothing. */
export function afterVerdict(context: StepContext, release: Ramping | Held, event: Judged): Step<Release> {
  if (event.verdict === 'fail') {
    return withdraw(context, release, { by: gateActor, reason: event.reason, mode: event.onFail })
  }
  const observed = withEvidence(withHolds(release, holdsAfter(context, release, event)), event)
  const moved = observed.phase === 'ramping' ? advance(context, observed, event) : undefined
  const settled = settle(context, release, observed, event)
  if (moved === undefined) return settled
  return { ...moved, effects: [...settled.effects, ...moved.effects] }
}

/** Up, or a question to those who can clear the way; undefined when there is nothing to do. */
function advance(context: StepContext, release: Ramping, event: Judged): Step<Release> | undefined {
  if (release.passedEvidence === undefined) return undefined
  const isLast = release.stage + 1 >= context.stages.length
  const obstacle = obstacleTo(context, release.stage + 1)
  if (obstacle === undefined && (isLast || event.automatic || event.granted)) {
    return enterStage(context, release, event.reason)
  }
  return release.askedFor === release.passedEvidence ? undefined : askApprovers(context, release, obstacle)
}

/** A pass counts once the least window is over (SPEC R1). */
function withEvidence(release: Ramping | Held, event: Judged): Ramping | Held {
  const { passedEvidence: _before, ...rest } = release
  const passes = event.verdict === 'pass' && event.minWindowOver
  return passes ? { ...rest, passedEvidence: event.evidenceHash } : rest
}

/** Verdict holds come and go with the verdict; the clock of the owner runs on while any verdict holds (SPEC R3). */
function holdsAfter(context: StepContext, release: Ramping | Held, event: Judged): readonly Hold[] {
  const others = holdsOf(release).filter((hold) => hold.cause.kind !== 'verdict')
  const verdict = holdingVerdict(event)
  if (verdict === undefined) return others
  const before = holdsOf(release).find((hold) => hold.cause.kind === 'verdict')
  if (before?.cause.kind === 'verdict' && before.cause.verdict === verdict) return holdsOf(release)
  const cause = { kind: 'verdict', verdict, reason: event.reason } as const
  const hold = newHold(context, cause, event.owner, context.at + event.respondWithinMs)
  return [...others, before === undefined ? hold : { ...before, cause, owner: event.owner }]
}

/** No eyes hold at once; too little to tell is normal until the window is over. */
function holdingVerdict({ verdict, windowOver }: Judged): HoldingVerdict | undefined {
  switch (verdict) {
    case 'blind':
    case 'provider-error':
      return verdict
    case 'inconclusive':
    case 'underpowered':
      return windowOver ? verdict : undefined
    case 'pass':
    case 'fail':
      return undefined
  }
}

function settle(context: StepContext, before: Ramping | Held, after: Ramping | Held, event: Judged): Step<Release> {
  const isSame =
    before.phase === after.phase &&
    before.passedEvidence === after.passedEvidence &&
    holdsOf(before).length === holdsOf(after).length &&
    holdsOf(before).every((hold, index) => hold === holdsOf(after)[index])
  if (isSame) return ignored(before, event.reason)
  const reason = after.phase === 'held' ? describeHolds(after) : event.reason
  return changed(after, reason, tellOfHolds(context, before, after))
}
