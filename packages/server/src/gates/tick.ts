import {
  evidenceContext,
  judgeRecord,
  openEvidence,
  type EvidenceContext,
  type EvidenceState,
  type GateVerdict,
  type MetricReading,
} from '@headgate/core/gate'
import { entryOf, HeadgateError, type OperatingModel, type ReleasePlan } from '@headgate/core/model'
import { inTransaction, type Tx } from '../db/index.ts'
import { planOf, type ModelVersion } from '../model/index.ts'
import { longestPinMs, readRelease, type ReleaseRow } from '../releases/index.ts'
import type { GateDeps } from './deps.ts'
import { foldFrame, parseFrameRecord, type FrameRecord } from './frame-record.ts'
import { readMetrics } from './read-metrics.ts'
import { actOnEvidence } from './act.ts'
import { appendFrame, claimDueTicks, endTick, lockEvidence, readFrameTexts, type Claim } from './tick-store.ts'

/** What a tick knows of its release before it takes evidence. */
export interface TickSubject {
  readonly claim: Claim
  readonly model: ModelVersion
  readonly plan: ReleasePlan
  readonly planHash: string
  readonly context: EvidenceContext
  /** The stage that the gate is judged for; undefined where nothing is judged any more. */
  readonly judged: number | undefined
}

/** What a tick found out. */
export interface Finding {
  readonly state: EvidenceState
  readonly verdict: GateVerdict | undefined
}

/** So that one slow metric source does not keep the other releases waiting. */
const ticksAtOnce = 4

/**
 * Runs ticks that are due, a few at once; false when none is. Any number of processes may do so side by side.
 *
 * A tick is two transactions, with no lock while the gate is judged: the first appends what was counted as the next frame, the
 * second saves the verdict and what follows from it. A process that dies in between leaves a frame that the next tick folds in first.
 */
export async function runDueTicks(deps: GateDeps, signal: AbortSignal): Promise<boolean> {
  const claims = await claimDueTicks(deps.db, deps.now(), ticksAtOnce)
  const ticks = await Promise.allSettled(claims.map((claim) => runClaimed(deps, claim, signal)))
  const failed = ticks.find((tick) => tick.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return claims.length > 0
}

async function runClaimed(deps: GateDeps, claim: Claim, signal: AbortSignal): Promise<void> {
  deps.reachedInTick?.('claimed')
  try {
    await runTick(deps, claim, signal)
  } catch (error) {
    // The release is looked at again after a moment; meanwhile its exposure lives on its lease, and others have their ticks.
    await endTick(deps.db, claim, deps.now() + afterFailureMs).catch(() => undefined)
    throw error
  }
}

const afterFailureMs = 1_000

async function runTick(deps: GateDeps, claim: Claim, signal: AbortSignal): Promise<void> {
  const row = await readRelease(deps.db, claim.release)
  const subject = await subjectOf(deps, claim, row)
  if (subject === undefined) return endTick(deps.db, claim, undefined)
  const { plan, model, judged: stageIndex } = subject
  const readings =
    stageIndex === undefined
      ? []
      : await readMetrics({ model: model.model, plan, stageIndex, now: deps.now }, deps.readMetric, signal)
  const evidence = await inTransaction(deps.db, (tx) => takeFrame(tx, deps, subject, readings))
  if (evidence === undefined) return
  deps.reachedInTick?.('frame-committed')
  const finding = judgeEvidence(subject, evidence, await contextsOf(deps, subject, evidence))
  deps.reachedInTick?.('judged')
  await actOnEvidence(deps, subject, finding)
  deps.reachedInTick?.('tick-committed')
}

/** Undefined when the release needs no ticks as it stands. */
async function subjectOf(deps: GateDeps, claim: Claim, row: ReleaseRow): Promise<TickSubject | undefined> {
  const model = await deps.models.version(deps.db, row.modelVersion)
  const plan = planOf(model, row.id)
  if (plan === undefined) throw new HeadgateError('INTERNAL', `Release ${row.id} follows a model without its plan`)
  const judged = judgedStage(row, plan)
  const at = Math.max(deps.now(), row.changedAt)
  if (judged === undefined && !isLingering(row, plan, { model: model.model, at })) return undefined
  return { claim, model, plan, planHash: row.planHash, judged, context: evidenceContext(plan, model.model) }
}

function judgedStage({ record: { release } }: ReleaseRow, plan: ReleasePlan): number | undefined {
  switch (release.phase) {
    case 'ready':
      return plan.stages[0]?.entry === undefined ? undefined : -1
    case 'ramping':
    case 'held':
    case 'live':
      return release.stage
    case 'draft':
    case 'stopping':
    case 'stopped':
    case 'closed':
      return undefined
  }
}

/** After a stop evidence still comes in, until the last pinned journey has run its course. */
function isLingering(
  { record: { release } }: ReleaseRow,
  plan: ReleasePlan,
  { model, at }: { readonly model: OperatingModel; readonly at: number },
): boolean {
  if (release.phase === 'stopping') return true
  if (release.phase !== 'stopped') return false
  const horizonMs = Math.max(0, ...plan.flows.map((flow) => entryOf(model.flows, flow)?.horizonMs ?? 0))
  return at < release.requestedAt + longestPinMs(plan, model) + horizonMs
}

interface TakenEvidence {
  readonly state: EvidenceState | undefined
  readonly records: readonly FrameRecord[]
  /** Number of the last frame of the release. */
  readonly newest: number
}

/** Appends what was counted since the last frame; undefined when another process has taken the tick over. */
async function takeFrame(
  tx: Tx,
  deps: GateDeps,
  { claim, plan, model, judged }: TickSubject,
  readings: readonly MetricReading[],
): Promise<TakenEvidence | undefined> {
  const evidence = await lockEvidence(tx, claim)
  if (evidence === undefined) return undefined
  const row = await readRelease(tx, claim.release)
  const cells = await deps.takePendingCells(tx, claim.release)
  const isEmptyEnd = judged === undefined && cells.length === 0
  if (!isEmptyEnd) {
    const at = Math.max(deps.now(), row.changedAt)
    const frame = { seq: evidence.frameSeq + 1, at, cells, heard: await deps.lastHeard(tx), readings }
    // Moved on since this tick began: what was counted is kept, the gate is judged next time.
    const isCurrent = judged !== undefined && judgedStage(row, plan) === judged
    const record = { frame, model: model.hash, ...markOf(row), ...(isCurrent ? { judged } : {}) }
    await appendFrame(tx, claim.release, evidence, record)
    deps.reachedInTick?.('frame-appended')
  }
  const behind = await readFrameTexts(tx, claim.release, { after: evidence.state?.frame ?? 0, limit: framesPerTick })
  const newest = evidence.frameSeq + (isEmptyEnd ? 0 : 1)
  return { state: evidence.state, records: behind.map((entry) => parseFrameRecord(entry.text)), newest }
}

/** A tick that finds more frames than this unread catches up over several rounds, and judges nothing before it has. */
const framesPerTick = 1_000

function markOf({ record: { release } }: ReleaseRow): Pick<FrameRecord, 'mark'> {
  if (release.phase !== 'ramping' && release.phase !== 'held') return {}
  return release.inEffectAt === undefined ? {} : { mark: { stage: release.stage, at: release.inEffectAt } }
}

type ContextOf = (record: FrameRecord) => EvidenceContext

/** Frames that a process left behind may have been taken under another version: each is folded under its own, as a replay does. */
async function contextsOf(deps: GateDeps, subject: TickSubject, { records }: TakenEvidence): Promise<ContextOf> {
  const contexts = new Map([[subject.model.hash, subject.context]])
  for (const { model: hash } of records) {
    if (contexts.has(hash)) continue
    const model = await deps.models.find(deps.db, hash)
    const plan = planOf(model, subject.plan.id)
    if (plan !== undefined) contexts.set(hash, evidenceContext(plan, model.model))
  }
  return ({ model }) => contexts.get(model) ?? subject.context
}

function judgeEvidence(
  { context }: TickSubject,
  { state, records, newest }: TakenEvidence,
  contextOf: ContextOf,
): Finding {
  const [first] = records
  const last = records.at(-1)
  const open = state ?? openEvidence(first === undefined ? context : contextOf(first))
  if (last === undefined) return { state: open, verdict: undefined }
  const folded = records.reduce((evidence, record) => foldFrame(contextOf(record), evidence, record), open)
  return { state: folded, verdict: folded.frame < newest ? undefined : judgeRecord(contextOf(last), folded, last) }
}
