import type { ReleaseView } from '@headgate/protocol/api'
import type { Play } from '../scenario.ts'

export const minuteMs = 60_000

/** The release ramps at the stage with this index, and every gateway has confirmed it. */
export function isInStage(index: number): (view: ReleaseView) => boolean {
  return ({ phase, stage, confirmed }) =>
    phase === 'ramping' && stage === index && confirmed.of > 0 && confirmed.gateways === confirmed.of
}

export function isStopped(view: ReleaseView): boolean {
  return view.phase === 'stopped'
}

export function isLive(view: ReleaseView): boolean {
  return view.phase === 'live'
}

/** A healthy first stage, so that the fault meets a release that has earned its exposure; then a moment of the second one. */
export async function throughHealthyStage(play: Play): Promise<void> {
  await play.until('the first stage to begin', isInStage(0))
  await play.until('the first stage to pass and the second to begin', isInStage(1))
  await play.pause(5_000, 'shoppers arrive at the second stage')
}
