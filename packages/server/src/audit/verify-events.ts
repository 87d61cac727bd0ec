import { canonicalJson, chainStart, endChain, followChain, type ChainEntry } from '@headgate/core/audit'
import type { GateVerdict } from '@headgate/core/gate'
import type { Tx } from '../db/index.ts'
import {
  foldEvent,
  openRecord,
  readEventTexts,
  sha256,
  storedEventSchema,
  type ReleaseRow,
  type StoredEvent,
} from '../releases/index.ts'
import { storedTexts } from './audit-store.ts'
import type { ModelsByHash } from './models-by-hash.ts'
import { asBroken, BrokenRecord } from './broken.ts'

/** A verdict as the log has it, to be found again in the frames. */
export interface RecordedVerdict {
  readonly seq: number
  readonly verdict: GateVerdict
  readonly evidenceHash: string
}

export interface VerifiedEvents {
  readonly count: number
  readonly head: string
  readonly verdicts: readonly RecordedVerdict[]
}

const page = 500

/** Chain, then fold: the log must give the stored state, and each step the outcome and reason that stand beside it. */
export async function verifyEvents(tx: Tx, row: ReleaseRow, models: ModelsByHash): Promise<VerifiedEvents> {
  let place = chainStart
  let record = openRecord
  let last: StoredEvent | undefined
  const verdicts: RecordedVerdict[] = []
  for await (const entry of eventsOf(tx, row.id)) {
    const next = followChain(place, entry, sha256)
    if (!next.ok) throw new BrokenRecord('event', next.seq, next.reason)
    place = next.place
    const stored = await asBroken('event', place.seq, () => parseEvent(entry))
    const folded = foldEvent(record, stored.context, stored.event)
    if (folded.outcome !== stored.outcome || folded.reason !== stored.reason) {
      throw new BrokenRecord('event', place.seq, `replayed it is ${folded.outcome}: ${folded.reason}`)
    }
    record = folded.record
    last = stored
    verdicts.push(...recordedVerdict(stored))
  }
  const end = endChain(place, { head: row.eventHead, seq: row.revision })
  if (!end.ok) throw new BrokenRecord('event', end.seq, end.reason)
  await verifyState(tx, row, { record, last, models })
  return { count: place.seq, head: place.head, verdicts }
}

async function* eventsOf(tx: Tx, release: string): AsyncGenerator<ChainEntry> {
  // Ends with the log: a short page is the last.
  for (let after = 0; ;) {
    const entries = await readEventTexts(tx, release, { after, limit: page })
    yield* entries
    if (entries.length < page) return
    after = entries.at(-1)?.seq ?? after
  }
}

function parseEvent({ text, seq }: ChainEntry): StoredEvent {
  const stored = storedEventSchema.parse(JSON.parse(text))
  if (stored.seq !== seq) throw new BrokenRecord('event', seq, `the event says that it is number ${stored.seq}`)
  return stored
}

function recordedVerdict({ seq, event, verdict }: StoredEvent): readonly RecordedVerdict[] {
  if (verdict === undefined || event.kind !== 'judged') return []
  return [{ seq, verdict, evidenceHash: event.evidenceHash }]
}

interface Folded {
  readonly record: ReleaseRow['record']
  readonly last: StoredEvent | undefined
  readonly models: ModelsByHash
}

/** The row repeats the log for queries; it must say the same. */
async function verifyState(tx: Tx, row: ReleaseRow, { record, last, models }: Folded): Promise<void> {
  const refuse = (reason: string): BrokenRecord => new BrokenRecord('state', row.revision, reason)
  const texts = await storedTexts(tx, row.id)
  if (texts === undefined) throw refuse('the version of the operating model that it follows is missing')
  const expected = last === undefined ? { ...openRecord, since: row.changedAt } : record
  if (texts.state !== canonicalJson(expected)) throw refuse('the stored state is not what the events add up to')
  if (texts.phase !== record.release.phase)
    throw refuse(`the row says ${texts.phase}, the state ${record.release.phase}`)
  if (last !== undefined && row.changedAt !== last.context.at)
    throw refuse('the row and its last event disagree on when it happened')
  const { planHash } = await asBroken('state', row.revision, () => models.plan(texts.modelHash, row.id))
  if (planHash !== row.planHash) throw refuse('the plan that it follows does not have the hash that stands beside it')
  const isFollowing = record.release.phase === 'draft' || record.release.phase === 'ready'
  if (!isFollowing && record.release.phase !== 'closed' && last?.model !== texts.modelHash) {
    throw refuse('the row follows another version of the operating model than the log')
  }
}
