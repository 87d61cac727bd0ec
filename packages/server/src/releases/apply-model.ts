import type { Lesson } from '@headgate/core/incident'
import { HeadgateError, type ReleasePlan } from '@headgate/core/model'
import type { Actor } from '@headgate/core/release'
import type { ModelView } from '@headgate/protocol/api'
import { inTransaction, type Tx } from '../db/index.ts'
import type { Principal } from '../http/index.ts'
import {
  errorsOf,
  hashOfPlan,
  lockModel,
  modelTexts,
  readModelFiles,
  relearnt,
  requireVersion,
  writtenPlanOf,
  type ModelTexts,
  type ModelVersion,
} from '../model/index.ts'
import type { ReleaseDeps } from './deps.ts'
import { isUnstarted, readFacts } from './facts.ts'
import { scheduleTick } from './evidence-store.ts'
import { insertRelease, listReleases, lockRelease, saveRelease, type ReleaseRow } from './release-store.ts'
import { openTransition, publish, type Happening } from './transition.ts'

/**
 * Puts a model in force. Releases that have not started follow it; those that have keep their plan, so the model must repeat
 * it. Errors that the lint finds are stored with it and bar every start and raise.
 *
 * @throws HeadgateError `INVALID_MODEL` when the files cannot be read or gateways could not obey them, `CONFLICT` when the
 *   plan of a release that has started was changed or left out
 */
export async function applyModel(deps: ReleaseDeps, files: ModelView['files'], by: Principal): Promise<ModelVersion> {
  const read = readModelFiles(files, deps.now())
  return inTransaction(deps.db, async (tx) => {
    await lockModel(tx)
    const latest = await deps.models.latest(tx)
    const texts = modelTexts(read, latest?.lessons ?? [])
    return enforce(tx, deps, { texts, by: by.name, reason: 'the operating model was applied' })
  }).catch((error: unknown) => {
    if (error instanceof SameModel) return error.version
    throw error
  })
}

/** What incidents teach from now on, and why it changes. */
export interface LessonChange {
  /** From the lessons in force to those to be. */
  readonly change: (lessons: readonly Lesson[], version: ModelVersion) => readonly Lesson[]
  readonly by: string
  readonly reason: string
}

/**
 * Puts other lessons in force, in the caller's transaction: the same files, with plans that inherit them. Releases that run go on under them
 * as well (SPEC R7).
 */
export async function applyLessons(
  tx: Tx,
  deps: ReleaseDeps,
  { change, by, reason }: LessonChange,
): Promise<ModelVersion> {
  await lockModel(tx)
  const latest = requireVersion(await deps.models.latest(tx))
  return enforce(tx, deps, { texts: relearnt(latest, change(latest.lessons, latest)), by, reason })
}

interface NewVersion {
  readonly texts: ModelTexts
  readonly by: string
  readonly reason: string
}

async function enforce(tx: Tx, deps: ReleaseDeps, { texts, by, reason }: NewVersion): Promise<ModelVersion> {
  const latest = await deps.models.latest(tx)
  const version = await deps.models.insert(tx, texts, { at: deps.now(), by })
  // The same again: keep the version that everybody has approved things under.
  if (latest?.hash === version.hash) throw new SameModel(latest)
  await followModel(tx, deps, { version, by: { kind: 'person', id: by }, reason })
  await publish(tx, deps, [])
  return version
}

/** Ends the transaction without a new version. */
class SameModel extends Error {
  readonly version: ModelVersion
  constructor(version: ModelVersion) {
    super('the same model is in force')
    this.version = version
  }
}

interface Application {
  readonly version: ModelVersion
  readonly by: Actor
  readonly reason: string
}

async function followModel(tx: Tx, deps: ReleaseDeps, application: Application): Promise<void> {
  const { version } = application
  const known = new Map((await listReleases(tx)).map((row) => [row.id, row]))
  for (const plan of version.plans) {
    const row = known.get(plan.id)
    if (row === undefined) {
      await insertRelease(tx, {
        id: plan.id,
        modelVersion: version.version,
        planHash: hashOfPlan(plan),
        tickMs: plan.tickMs,
        at: deps.now(),
      })
    }
    await followPlan(tx, deps, { ...application, plan })
  }
  for (const row of known.values()) {
    if (!version.plans.some((plan) => plan.id === row.id)) await leaveOut(tx, deps, { ...application, row })
  }
}

async function followPlan(
  tx: Tx,
  deps: ReleaseDeps,
  { version, by, reason, plan }: Application & { readonly plan: ReleasePlan },
): Promise<void> {
  const row = await lockRelease(tx, plan.id)
  const planHash = hashOfPlan(plan)
  if (row.planHash !== planHash && !isUnstarted(row)) await requireSameFile(tx, deps, row, version)
  const following: ReleaseRow = { ...row, modelVersion: version.version, planHash }
  if (!isUnstarted(row)) {
    // Live and ended releases raise nothing any more: they keep what they ran with.
    if (row.planHash === planHash || !isStaged(row)) return
    await saveRelease(tx, row, following)
    return happen(tx, deps, following, { actor: by, event: { kind: 'inherited', planHash, reason } })
  }
  await saveRelease(tx, row, following)
  await scheduleTick(tx, row.id, { dueAt: deps.now(), tickMs: plan.tickMs })
  if (errorsOf(version).length > 0) return
  await happen(tx, deps, following, { actor: by, event: { kind: 'prepared', planHash } })
}

/** A release that has started keeps its file; only what it inherits may change. */
async function requireSameFile(tx: Tx, deps: ReleaseDeps, row: ReleaseRow, version: ModelVersion): Promise<void> {
  const followed = writtenPlanOf(await deps.models.version(tx, row.modelVersion), row.id)
  const written = writtenPlanOf(version, row.id)
  if (followed !== undefined && written !== undefined && hashOfPlan(followed) === hashOfPlan(written)) return
  throw new HeadgateError('CONFLICT', changedPlan(row))
}

function isStaged({ record: { release } }: ReleaseRow): boolean {
  return release.phase === 'ramping' || release.phase === 'held'
}

function changedPlan({ id, record: { release } }: ReleaseRow): string {
  return release.phase === 'stopped' || release.phase === 'closed'
    ? `Release ${id} is ${release.phase}, its plan is history: give the changed plan a new release id`
    : `Release ${id} is ${release.phase} and keeps the plan that it started with: undo the change, or stop the release first`
}

/** A plan that is no longer in the files: abandoned if nobody was exposed, refused while it runs. */
async function leaveOut(
  tx: Tx,
  deps: ReleaseDeps,
  { by, row }: Application & { readonly row: ReleaseRow },
): Promise<void> {
  const { phase } = row.record.release
  if (phase === 'closed' || phase === 'stopped') return
  if (!isUnstarted(row)) {
    throw new HeadgateError(
      'CONFLICT',
      `Release ${row.id} is ${phase}: its file must stay until it is stopped or closed`,
    )
  }
  const reason = 'its plan was taken out of the operating model'
  await happen(tx, deps, await lockRelease(tx, row.id), {
    actor: by,
    event: { kind: 'close-requested', by, reason },
  })
}

async function happen(tx: Tx, deps: ReleaseDeps, row: ReleaseRow, happening: Happening): Promise<void> {
  const transition = openTransition(tx, deps, await readFacts(tx, deps, row, 'tick'))
  await transition.apply(happening)
  await transition.finish({ isPublished: false })
}
