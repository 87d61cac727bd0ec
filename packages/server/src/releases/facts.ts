import { raiseNeeds, domainsTouched, type RaiseNeed } from '@headgate/core/authority'
import { entryOf, HeadgateError, type OperatingModel, type ReleasePlan } from '@headgate/core/model'
import type { StageFacts, StepContext } from '@headgate/core/release'
import type { Tx } from '../db/index.ts'
import { planOf, requireVersion, type ModelVersion } from '../model/index.ts'
import type { ReleaseDeps } from './deps.ts'
import { findObstacles } from './obstacles.ts'
import type { ReleaseRow } from './release-store.ts'

/** Everything that a decision about a release rests on, read in the transaction that decides. */
export interface ReleaseFacts {
  readonly row: ReleaseRow
  /** The version that the release follows, and its plan there. */
  readonly followed: ModelVersion
  readonly plan: ReleasePlan
  /** The operating model in force: rights, people and findings are always today's. */
  readonly current: ModelVersion
  readonly domains: readonly string[]
  readonly needs: readonly RaiseNeed[]
  readonly context: StepContext
}

/** Phases in which a release follows the model in force; from its start on it keeps the version of the start. */
export function isUnstarted(row: ReleaseRow): boolean {
  return row.record.release.phase === 'draft' || row.record.release.phase === 'ready'
}

/** `asks` tells whether a person asks now, or the tick that has just judged: only then is an old verdict an obstacle. */
export async function readFacts(
  tx: Tx,
  deps: Pick<ReleaseDeps, 'models' | 'now'>,
  row: ReleaseRow,
  asks: 'person' | 'tick',
): Promise<ReleaseFacts> {
  const current = requireVersion(await deps.models.latest(tx))
  const followed = await deps.models.version(tx, row.modelVersion)
  const plan = planOf(followed, row.id)
  if (plan === undefined) throw new HeadgateError('INTERNAL', `Release ${row.id} follows a model without its plan`)
  // A clock that goes back counts as standing still: a release's log never does (ARCHITECTURE.md).
  const at = Math.max(deps.now(), row.changedAt)
  const domains = domainsTouched(current.model, plan)
  const needs = raiseNeeds(current.model, domains)
  return {
    row,
    followed,
    plan,
    current,
    domains,
    needs,
    context: {
      at,
      owner: plan.owner,
      approvers: [...new Set(needs.flatMap((need) => need.teams))],
      planHash: row.planHash,
      stages: plan.stages.map((stage) => stageFacts(stage, current.model)),
      obstacles: await findObstacles(tx, { row, plan, current, domains, at, asks }),
      cutOver: isCutOver(current.model, plan),
    },
  }
}

function stageFacts(stage: ReleasePlan['stages'][number], model: OperatingModel): StageFacts {
  const runbook = stage.rollForward === undefined ? undefined : entryOf(model.runbooks, stage.rollForward)
  return { id: stage.id, reversible: stage.reversible, rehearsed: runbook?.rehearsedAt !== undefined }
}

/** No route class is served any more by what the candidate replaces. */
function isCutOver(model: OperatingModel, plan: ReleasePlan): boolean {
  const replaced = plan.components.flatMap((id) => entryOf(model.components, id)?.replaces ?? [])
  const serving = new Set([
    model.shop.servedBy,
    ...Object.values(model.routes).map((route) => route.servedBy ?? model.shop.servedBy),
  ])
  return replaced.every((component) => !serving.has(component))
}
