import type { DeltaBatch, DeltaReceipt } from '@headgate/protocol/signals'
import { inTransaction, type Db } from '../db/index.ts'
import { noteGateway } from '../exposure/index.ts'
import { addExcluded, addTraffic, lockSource, saveWindow } from './delta-store.ts'
import { addPendingCells, pendingCell } from './pending-cells.ts'
import { acceptSequence } from './sequence-window.ts'

export interface IngestContext {
  readonly db: Db
  readonly at: number
  readonly principal: string
  readonly gatewaySilentAfterMs: number
}

export interface IngestedDeltas {
  readonly receipt: DeltaReceipt
  readonly counted: number
  /** Cells of releases that were never exposed or are closed. */
  readonly dropped: number
}

/**
 * Counts a batch once, whole or not at all, also when the same batch arrives twice at the same moment (SPEC S1). A resend is
 * still a sign of life.
 *
 * @throws HeadgateError `CONFLICT` when the source or the gateway's name belongs to another
 */
export async function ingestDeltas(batch: DeltaBatch, context: IngestContext): Promise<IngestedDeltas> {
  const { db, principal, gatewaySilentAfterMs } = context
  const at = new Date(context.at)
  return inTransaction(db, async (tx) => {
    const acceptance = acceptSequence(await lockSource(tx, batch, principal, at), batch.seq)
    const { gateway, source, snapshotVersion: version, seq } = batch
    const sign = { gateway, source, version, principal, heardAt: context.at, counted: true }
    await noteGateway(tx, sign, gatewaySilentAfterMs)
    if (acceptance.kind === 'settled') {
      return { receipt: { accepted: false, duplicate: true, seq }, counted: 0, dropped: 0 }
    }
    await saveWindow(tx, source, acceptance.window)
    const counted = await addPendingCells(tx, batch.cells.map(pendingCell), at)
    await addTraffic(tx, gateway, batch.traffic)
    await addExcluded(tx, gateway, batch.excluded ?? [])
    const receipt = { accepted: true, duplicate: false, seq }
    return { receipt, counted, dropped: batch.cells.length - counted }
  })
}
