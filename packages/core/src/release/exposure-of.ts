import type { ReleasePlan, StopMode } from '../model/release-plan.ts'
import type { Instant } from '../model/time.ts'
import type { Release } from './release.ts'

/** What gateways are told to expose; the dials are those of the stage, the mode says who may still come in. */
export interface GrantedExposure {
  /** Index into the plan's stages. */
  readonly stage: number
  readonly visitorBasisPoints: number
  readonly urlBasisPoints: number
  readonly mode: 'open' | StopMode
}

/**
 * The exposure of a release in its phase; undefined = none. After a stop the mode stays for pinned journeys, at the
 * latest until the pin that was made last runs out (`pinMs`, the longest of the plan's flows), then nothing is left.
 */
export function exposureOf(
  plan: Pick<ReleasePlan, 'stages'>,
  release: Release,
  time: { readonly at: Instant; readonly pinMs: number },
): GrantedExposure | undefined {
  switch (release.phase) {
    case 'draft':
    case 'ready':
    case 'closed':
      return undefined
    case 'ramping':
    case 'held':
    case 'live':
      return dials(plan, release.stage, 'open')
    case 'stopping':
    case 'stopped':
      return time.at < release.requestedAt + time.pinMs ? dials(plan, release.stage, release.mode) : undefined
  }
}

function dials(plan: Pick<ReleasePlan, 'stages'>, stage: number, mode: 'open' | StopMode): GrantedExposure | undefined {
  const planned = plan.stages[stage]
  if (planned === undefined) return undefined
  const { visitorBasisPoints, urlBasisPoints } = planned
  return { stage, visitorBasisPoints, urlBasisPoints, mode }
}
