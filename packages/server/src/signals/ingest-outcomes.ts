import type { SnapshotFlow } from '@headgate/core/exposure'
import { valueBucketOf } from '@headgate/core/stats'
import type { JourneyToken, OutcomeBatch, OutcomeEvent, OutcomeReceipt } from '@headgate/protocol/signals'
import { inTransaction, type Db, type Tx } from '../db/index.ts'
import { openReleases } from '../exposure/index.ts'
import type { ReadJourney } from './journey-code.ts'
import { judgeOutcome, type JudgedOutcome } from './judge-outcome.ts'
import { endJourneys, insertOutcomeEvents, type EndedJourney } from './outcome-store.ts'
import { addPendingCells, sumCells, type PendingCell } from './pending-cells.ts'

export interface OutcomeContext {
  readonly db: Db
  readonly at: number
  readonly readJourney: ReadJourney
  readonly flows: ReadonlyMap<string, SnapshotFlow>
}

/** Takes a batch event by event: a bad one is refused with its reason, the others count, each journey once (SPEC S3, S4). */
export async function ingestOutcomes(batch: OutcomeBatch, context: OutcomeContext): Promise<OutcomeReceipt> {
  const at = new Date(context.at)
  const read = batch.events.map((event) => ({ event, journey: context.readJourney(event.journey) }))
  return inTransaction(context.db, async (tx) => {
    const { bound, rejected } = await judgeAll(tx, read, context)
    const fresh = await insertOutcomeEvents(tx, batch.source, bound, at)
    const ended = await endJourneys(tx, fresh.filter(endsJourney), at)
    const cells = [...ended.flatMap(endingCells), ...fresh.flatMap(itemCell)]
    await addPendingCells(tx, sumCells(cells), at)
    return { accepted: fresh.length, duplicates: bound.length - fresh.length, rejected }
  })
}

interface ReadEvent {
  readonly event: OutcomeEvent
  readonly journey: JourneyToken | undefined
}

async function judgeAll(
  tx: Tx,
  read: readonly ReadEvent[],
  { at, flows }: OutcomeContext,
): Promise<{ bound: JudgedOutcome[]; rejected: OutcomeReceipt['rejected'] }> {
  const named = new Set(read.flatMap(({ journey }) => journey?.release ?? []))
  const facts = { at, flows, releases: await openReleases(tx, [...named]) }
  const bound: JudgedOutcome[] = []
  const rejected: OutcomeReceipt['rejected'] = []
  for (const { event, journey } of read) {
    const judgement = judgeOutcome(event, journey, facts)
    if (judgement.kind === 'bound') bound.push(judgement.bound)
    else rejected.push({ id: event.id, reason: judgement.reason })
  }
  return { bound, rejected }
}

function endsJourney(outcome: JudgedOutcome): outcome is EndedJourney {
  return outcome.outcome !== undefined
}

/** The ending, and for a completed journey what was ordered: without a currency where the event has no value. */
function endingCells(ended: EndedJourney): PendingCell[] {
  const { outcome, event } = ended
  const ending: PendingCell = { ...unitCell(ended), kind: 'journey', outcome }
  if (outcome === 'failed') return [ending]
  const { amount, currency } = event.value ?? { amount: 0, currency: '' }
  const bucket = currency === '' ? 0 : valueBucketOf(amount, currency)
  return [ending, { ...unitCell(ended), kind: 'order', outcome: currency, bucket }]
}

function itemCell(bound: JudgedOutcome): PendingCell[] {
  return bound.item === undefined ? [] : [{ ...unitCell(bound), kind: 'item', outcome: bound.item }]
}

function unitCell({ journey, slot }: JudgedOutcome): Omit<PendingCell, 'kind' | 'outcome'> {
  const { release, flow: subject, path, arm, share } = journey
  return { release, subject, path, arm, share, started_at: slot, bucket: 0, count: 1 }
}
