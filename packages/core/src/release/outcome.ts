import type { Effect, NotifyTopic, Step, StepContext } from './event.ts'
import type { Release } from './release.ts'

export function changed(release: Release, reason: string, effects: readonly Effect[] = []): Step<Release> {
  return { release, reason, effects, outcome: 'changed' }
}

/** The event has nothing to say to this phase. */
export function ignored(release: Release, reason: string): Step<Release> {
  return { release, reason, effects: [], outcome: 'ignored' }
}

/** Somebody wanted something that may not be. */
export function refused(release: Release, reason: string): Step<Release> {
  return { release, reason, effects: [], outcome: 'refused' }
}

export const publishExposure: Effect = { kind: 'publish-exposure' }

export function tellOwner(context: StepContext, topic: NotifyTopic, message: string): Effect {
  return { kind: 'notify', to: context.owner, topic, message }
}
