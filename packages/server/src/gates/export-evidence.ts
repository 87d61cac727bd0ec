import { recordingOf } from '@headgate/core/gate'
import { HeadgateError } from '@headgate/core/model'
import { writeEnd, writeHeader, writeRecord } from '@headgate/protocol/evidence'
import type { Db } from '../db/index.ts'
import { planOf, type ModelStore } from '../model/index.ts'
import { readRelease } from '../releases/index.ts'
import { parseFrameRecord, type FrameRecord } from './frame-record.ts'
import { readFrameTexts } from './tick-store.ts'

export interface ExportDeps {
  readonly db: Db
  readonly models: ModelStore
  /** Of this Headgate, for readers of the file. */
  readonly version: string
}

/** Instants, both included; absent = from the first, until the last. */
export interface ExportRange {
  readonly from?: number | undefined
  readonly until?: number | undefined
}

/** Few enough that a page of the busiest shop's frames fits into memory many times over. */
const framesPerPage = 50

/**
 * The recorded evidence of a release as a file of the evidence format, piece by piece: as many pages are read as the caller takes.
 *
 * @throws HeadgateError `NOT_FOUND`, before the first piece
 */
export async function exportEvidence(
  { db, models, version }: ExportDeps,
  release: string,
  range: ExportRange,
): Promise<AsyncGenerator<string>> {
  const row = await readRelease(db, release)
  const model = await models.version(db, row.modelVersion)
  const plan = planOf(model, release)
  if (plan === undefined) throw new HeadgateError('INTERNAL', `Release ${release} follows a model without its plan`)
  const header = { recording: recordingOf(plan, model.model), writtenBy: version, model: model.hash }
  return pieces(db, { release, range, header: writeHeader(header), model: model.hash })
}

interface Export {
  readonly release: string
  readonly range: ExportRange
  readonly header: string
  readonly model: string
}

async function* pieces(db: Db, { release, range, header, model }: Export): AsyncGenerator<string> {
  yield `${header}\n`
  let ticks = 0
  for await (const record of recordsIn(db, release, range)) {
    ticks += 1
    const lines = writeRecord(record, record.model === model ? undefined : record.model)
    yield `${lines.join('\n')}\n`
  }
  yield `${writeEnd(ticks)}\n`
}

/** In one piece without a gap, also where a clock went back: from the first that is late enough to the last before one too late. */
async function* recordsIn(db: Db, release: string, { from, until }: ExportRange): AsyncGenerator<FrameRecord> {
  let hasBegun = from === undefined
  // Ends with the frames: a short page is the last.
  for (let after = 0; ;) {
    const entries = await readFrameTexts(db, release, { after, limit: framesPerPage })
    for (const { text } of entries) {
      const record = parseFrameRecord(text)
      hasBegun ||= record.frame.at >= (from ?? 0)
      if (until !== undefined && record.frame.at > until) return
      if (hasBegun) yield record
    }
    if (entries.length < framesPerPage) return
    after = entries.at(-1)?.seq ?? after
  }
}
