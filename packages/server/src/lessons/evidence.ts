import { setImmediate as nextTurn } from 'node:timers/promises'
import { createTrail, type RecordedRelease, type Trail } from '@headgate/core/incident'
import { HeadgateError } from '@headgate/core/model'
import type { Db } from '../db/index.ts'
import { parseFrameRecord, readFrameTexts, type FrameRecord } from '../gates/index.ts'
import { planOf, type ModelStore } from '../model/index.ts'
import { listReleases, readJudgement, type ReleaseRow } from '../releases/index.ts'

const page = 200
/** Replaying is plain computing: after so many frames others get their turn, a stop above all. */
const framesPerTurn = 5

export interface EvidenceReader {
  readonly db: Db
  readonly models: ModelStore
  /** Ends the reading when nobody waits for it any more. */
  readonly signal: AbortSignal
}

/** The plan and the model that a release follows. */
export async function recordedRelease({ db, models }: EvidenceReader, row: ReleaseRow): Promise<RecordedRelease> {
  const version = await models.version(db, row.modelVersion)
  const plan = planOf(version, row.id)
  if (plan === undefined) throw new HeadgateError('INTERNAL', `Release ${row.id} follows a model without its plan`)
  return { plan, model: version.model }
}

/** All recorded frames of a release, oldest first. */
export async function eachFrame(
  { db, signal }: EvidenceReader,
  release: string,
  visit: (record: FrameRecord) => void,
): Promise<void> {
  // Ends with the frames: a short page is the last.
  for (let after = 0; ;) {
    const entries = await readFrameTexts(db, release, { after, limit: page })
    for (const { seq, text } of entries) {
      visit(parseFrameRecord(text))
      if (seq % framesPerTurn === 0) await nextTurn()
      signal.throwIfAborted()
    }
    if (entries.length < page) return
    after = entries.at(-1)?.seq ?? after
  }
}

export async function trailOf(reader: EvidenceReader, row: ReleaseRow): Promise<Trail> {
  const trail = createTrail(await recordedRelease(reader, row))
  await eachFrame(reader, row.id, (record) => trail.add(record))
  return trail
}

/** Enough to know a jumpy criterion by, few enough to read while somebody waits. */
const goodReleases = 5

/**
 * The last releases on the same flows that did no harm: those that went live, and those that a person stopped while no criterion failed
 * and no loss was sure. Their operating model may have been another; what it did not have is not tried there.
 */
export async function harmlessReleases(
  reader: EvidenceReader,
  { id, flows }: { readonly id: string; readonly flows: readonly string[] },
  isHarmed: (release: string) => Promise<boolean>,
): Promise<readonly ReleaseRow[]> {
  const rows = await listReleases(reader.db, ['live', 'stopped', 'closed'])
  const found: ReleaseRow[] = []
  for (const row of rows.toSorted((a, b) => b.changedAt - a.changedAt)) {
    if (found.length === goodReleases) break
    if (row.id === id || row.record.stages.length === 0) continue
    const { plan } = await recordedRelease(reader, row)
    if (!plan.flows.some((flow) => flows.includes(flow)) || (await isHarmed(row.id))) continue
    const verdict = (await readJudgement(reader.db, row.id))?.verdict
    if (verdict?.kind !== 'fail') found.push(row)
  }
  return found
}
