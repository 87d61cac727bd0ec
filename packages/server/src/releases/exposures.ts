import { entryOf, type OperatingModel, type ReleasePlan } from '@headgate/core/model'
import { exposureOf } from '@headgate/core/release'
import type { Tx } from '../db/index.ts'
import type { GrantedExposure, SnapshotInput } from '../exposure/index.ts'
import { planOf, requireVersion } from '../model/index.ts'
import type { ReleaseDeps } from './deps.ts'
import { listReleases, type ReleaseRow } from './release-store.ts'

/** What gateways shall expose now: of every release in an exposed phase what its stage grants. Call within a publication. */
export async function readExposures(tx: Tx, deps: Pick<ReleaseDeps, 'models' | 'now'>): Promise<SnapshotInput> {
  const current = requireVersion(await deps.models.latest(tx))
  const rows = await listReleases(tx, ['ramping', 'held', 'live', 'stopping', 'stopped'])
  const exposures: GrantedExposure[] = []
  for (const row of rows) {
    const plan = planOf(await deps.models.version(tx, row.modelVersion), row.id)
    const granted = plan && grantOf(row, plan, current.model, Math.max(deps.now(), row.changedAt))
    if (granted !== undefined) exposures.push(granted)
  }
  return { model: current.model, exposures }
}

function grantOf(row: ReleaseRow, plan: ReleasePlan, model: OperatingModel, at: number): GrantedExposure | undefined {
  const exposure = exposureOf(plan, row.record.release, { at, pinMs: longestPinMs(plan, model) })
  const stage = exposure && plan.stages[exposure.stage]
  const replaces = replacements(plan, model)
  // A candidate that the model in force does not know serves nobody: control does, which is always safe.
  if (exposure === undefined || stage === undefined || replaces === undefined) return undefined
  const routes = stage.routes.length === 0 ? Object.keys(model.routes) : stage.routes
  return {
    release: row.id,
    stage: stage.id,
    salt: plan.salt,
    visitorBasisPoints: exposure.visitorBasisPoints,
    urlBasisPoints: exposure.urlBasisPoints,
    routes: routes.filter((id) => entryOf(model.routes, id) !== undefined),
    replaces,
    flows: plan.flows.filter((id) => entryOf(model.flows, id) !== undefined),
    mode: exposure.mode,
    fallback: stage.fallback,
    lease: plan.lease,
  }
}

export function longestPinMs(plan: ReleasePlan, model: OperatingModel): number {
  return Math.max(0, ...plan.flows.map((id) => entryOf(model.flows, id)?.pinMs ?? 0))
}

/** Control component -> candidate; undefined when a candidate cannot be reached any more. */
function replacements(plan: ReleasePlan, model: OperatingModel): Readonly<Record<string, string>> | undefined {
  const pairs: (readonly [string, string])[] = []
  for (const id of plan.components) {
    const component = entryOf(model.components, id)
    if (component === undefined) return undefined
    if (component.replaces === undefined) continue
    if (component.upstream === undefined) return undefined
    pairs.push([component.replaces, id])
  }
  return Object.fromEntries(pairs)
}
