import { stopModes, type StopMode } from '../model/release-plan.ts'
import type { Step, StepContext } from './event.ts'
import { changed, ignored, publishExposure, tellOwner } from './outcome.ts'
import type { Actor, Held, Live, Ramping, Release, Stopped, Stopping } from './release.ts'

export interface StopOrder {
  readonly by: Actor
  readonly reason: string
  readonly mode: StopMode
}

/** Ends exposure. Nothing is asked and nothing can refuse it (SPEC R2). */
export function withdraw(context: StepContext, from: Ramping | Held | Live, order: StopOrder): Step<Release> {
  const { by, reason, mode } = order
  const stopping: Stopping = { phase: 'stopping', stage: from.stage, mode, by, reason, requestedAt: context.at }
  return changed(stopping, reason, [
    publishExposure,
    { kind: 'open-incident', reason, by },
    tellOwner(context, 'stopping', `${by.id}: ${reason} (${mode})`),
  ])
}

/**
 * A second stop may only be stricter than the first. The time of the first stays, for pinned journeys get no new time;
 * the stricter one must be confirmed anew.
 */
export function tighten(context: StepContext, from: Stopping | Stopped, order: StopOrder): Step<Release> {
  if (stopModes.indexOf(order.mode) <= stopModes.indexOf(from.mode)) {
    return ignored(from, `it is ${from.phase} already (${from.mode})`)
  }
  const { stage, requestedAt } = from
  return changed({ phase: 'stopping', stage, requestedAt, ...order }, order.reason, [
    publishExposure,
    tellOwner(context, 'stopping', `${order.by.id}: ${order.reason} (${order.mode} instead of ${from.mode})`),
  ])
}
