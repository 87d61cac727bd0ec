import { draft, step, type Release, type ReleaseEvent, type Step, type StepContext } from '@headgate/core/release'
import type { ReleaseRecord, StageTime } from './stored-release.ts'

/** Before its first event. */
export const openRecord: ReleaseRecord = {
  release: draft,
  reason: 'its plan has not been read yet',
  since: 0,
  stages: [],
}

export interface FoldStep extends Step<Release> {
  readonly record: ReleaseRecord
}

/** One event more: the only way in which the record of a release changes, live as well as in a replay. */
export function foldEvent(record: ReleaseRecord, context: StepContext, event: ReleaseEvent): FoldStep {
  const result = step(context, record.release, event)
  if (result.outcome !== 'changed') return { ...result, record }
  const isSamePhase = result.release.phase === record.release.phase
  return {
    ...result,
    record: {
      release: result.release,
      reason: result.reason,
      since: isSamePhase && stageOf(result.release) === stageOf(record.release) ? record.since : context.at,
      stages: stageTimes(record, result.release, context.at),
    },
  }
}

/** The stage that shoppers are at; a release that is live, stopping or closed has left its last one. */
function stageOf(release: Release): number | undefined {
  return release.phase === 'ramping' || release.phase === 'held' ? release.stage : undefined
}

function stageTimes(record: ReleaseRecord, after: Release, at: number): readonly StageTime[] {
  const [was, is] = [stageOf(record.release), stageOf(after)]
  if (was === is) return record.stages
  const left = record.stages.map((time, index) => (index === was ? { ...time, leftAt: at } : time))
  return is === undefined ? left : [...left, { enteredAt: at }]
}
