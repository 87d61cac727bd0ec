import { setImmediate as nextTurn } from 'node:timers/promises'
import { chainStart, endChain, followChain, type ChainEntry } from '@headgate/core/audit'
import { evidenceContext, judgeRecord, openEvidence, type EvidenceContext } from '@headgate/core/gate'
import type { Tx } from '../db/index.ts'
import { foldFrame, parseFrameRecord, readFrameTexts } from '../gates/index.ts'
import { sha256, type ReleaseRow } from '../releases/index.ts'
import { evidenceTexts } from './audit-store.ts'
import type { ModelsByHash } from './models-by-hash.ts'
import { createExpectations, type Replay } from './expectations.ts'
import { asBroken, BrokenRecord } from './broken.ts'
import type { RecordedVerdict } from './verify-events.ts'

const page = 200
/** Replaying is plain computing: after so many frames others get their turn, a stop above all. */
const framesPerTurn = 5

/** Chain, then fold: the frames must give the stored evidence and every verdict of the log, bit by bit. */
export async function verifyFrames(
  tx: Tx,
  row: ReleaseRow,
  log: { readonly models: ModelsByHash; readonly verdicts: readonly RecordedVerdict[] },
): Promise<{ readonly count: number; readonly verdicts: number }> {
  const contexts = createContexts(log.models, row.id)
  const stored = await evidenceTexts(tx, row.id)
  if (stored === undefined) throw new BrokenRecord('state', 0, 'the row of its evidence is missing')
  const expected = createExpectations(log.verdicts, stored)
  let place = chainStart
  let replay: Replay | undefined
  for await (const entry of framesOf(tx, row.id)) {
    const next = followChain(place, entry, sha256)
    if (!next.ok) throw new BrokenRecord('frame', next.seq, next.reason)
    place = next.place
    const before = replay
    replay = await asBroken('frame', place.seq, () => replayFrame(entry, before, contexts))
    expected.meet(place.seq, replay)
    if (place.seq % framesPerTurn === 0) await nextTurn()
  }
  const end = endChain(place, { head: stored.frame_head, seq: stored.frame_seq })
  if (!end.ok) throw new BrokenRecord('frame', end.seq, end.reason)
  expected.requireAllMet()
  return { count: place.seq, verdicts: log.verdicts.length }
}

type Contexts = (model: string) => Promise<EvidenceContext>

function createContexts(models: ModelsByHash, release: string): Contexts {
  const known = new Map<string, EvidenceContext>()
  return async (hash) => {
    const found = known.get(hash)
    if (found !== undefined) return found
    const { plan, model } = await models.plan(hash, release)
    const context = evidenceContext(plan, model)
    known.set(hash, context)
    return context
  }
}

async function* framesOf(tx: Tx, release: string): AsyncGenerator<ChainEntry> {
  // Ends with the frames: a short page is the last.
  for (let after = 0; ;) {
    const entries = await readFrameTexts(tx, release, { after, limit: page })
    yield* entries
    if (entries.length < page) return
    after = entries.at(-1)?.seq ?? after
  }
}

async function replayFrame(entry: ChainEntry, before: Replay | undefined, contexts: Contexts): Promise<Replay> {
  const record = parseFrameRecord(entry.text)
  if (record.frame.seq !== entry.seq) {
    throw new BrokenRecord('frame', entry.seq, `the frame says that it is number ${record.frame.seq}`)
  }
  const context = await contexts(record.model)
  const state = foldFrame(context, before?.state ?? openEvidence(context), record)
  return { state, judge: () => judgeRecord(context, state, record) }
}
