import type { Effect, StepContext } from './event.ts'
import type { Held, Hold, HoldCause, Ramping } from './release.ts'

type Staged = Ramping | Held

export function holdsOf(release: Staged): readonly Hold[] {
  return release.phase === 'held' ? release.holds : []
}

export function newHold(context: StepContext, cause: HoldCause, owner: string, deadline: number): Hold {
  return { cause, since: context.at, owner, deadline, escalations: 0 }
}

/** The same release with these holds: `held` while there is any, `ramping` when none is left. */
export function withHolds(release: Staged, holds: readonly Hold[]): Staged {
  const { stage, enteredAt, inEffectAt, approvals, passedEvidence, askedFor } = release
  const staged = {
    stage,
    enteredAt,
    approvals,
    ...(inEffectAt === undefined ? {} : { inEffectAt }),
    ...(passedEvidence === undefined ? {} : { passedEvidence }),
    ...(askedFor === undefined ? {} : { askedFor }),
  }
  return holds.length === 0 ? { phase: 'ramping', ...staged } : { phase: 'held', ...staged, holds }
}

export function describeCause(cause: HoldCause): string {
  switch (cause.kind) {
    case 'person':
      return `held by ${cause.by}: ${cause.reason}`
    case 'verdict':
      return `${cause.verdict}: ${cause.reason}`
    case 'incident':
      return `incident ${cause.incident} is open`
    case 'freeze':
      return `freeze: ${cause.reason}`
  }
}

export function describeHolds(release: Held): string {
  return release.holds.map((hold) => describeCause(hold.cause)).join('; ')
}

/** Tells the owners of the holds that were not there before; says so when none is left. */
export function tellOfHolds(context: StepContext, before: Staged, after: Staged): readonly Effect[] {
  const known = new Set(holdsOf(before).map((hold) => describeCause(hold.cause)))
  const news = holdsOf(after).filter((hold) => !known.has(describeCause(hold.cause)))
  if (before.phase === 'held' && after.phase === 'ramping') {
    return [{ kind: 'notify', to: context.owner, topic: 'resumed', message: 'nothing holds the release any more' }]
  }
  return news.map((hold) => ({ kind: 'notify', to: hold.owner, topic: 'held', message: describeCause(hold.cause) }))
}
