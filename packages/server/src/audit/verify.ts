import type { VerificationView } from '@headgate/protocol/api'
import type { Db, Tx } from '../db/index.ts'
import { readRelease } from '../releases/index.ts'
import { readConsistently } from './audit-store.ts'
import { asBroken, BrokenRecord } from './broken.ts'
import { createModelsByHash } from './models-by-hash.ts'
import { verifyEvents } from './verify-events.ts'
import { verifyFrames } from './verify-frames.ts'

interface Counts {
  events: number
  frames: number
  verdicts: number
  head: string
}

/**
 * Recomputes a release from the database alone: both chains, the state by folding the events, the evidence and every recorded
 * verdict by folding the frames. Nothing that is cached is trusted.
 *
 * @throws HeadgateError `NOT_FOUND`
 */
export async function verifyRelease(db: Db, id: string): Promise<VerificationView> {
  const counts: Counts = { events: 0, frames: 0, verdicts: 0, head: '' }
  try {
    await readConsistently(db, (tx) => verifyAll(tx, id, counts))
    return { release: id, ok: true, ...counts }
  } catch (error) {
    if (error instanceof BrokenRecord) return { release: id, ok: false, ...counts, broken: error.broken }
    throw error
  }
}

async function verifyAll(tx: Tx, id: string, counts: Counts): Promise<void> {
  const models = createModelsByHash(tx)
  const row = await asBroken('state', 0, () => readRelease(tx, id))
  const events = await verifyEvents(tx, row, models)
  counts.events = events.count
  counts.head = events.head
  const frames = await verifyFrames(tx, row, { models, verdicts: events.verdicts })
  counts.frames = frames.count
  counts.verdicts = frames.verdicts
}
