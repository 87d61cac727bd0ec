import type { SnapshotFlow } from '@headgate/core/exposure'
import type { EvidenceCell } from '@headgate/core/gate'
import type { Instant } from '@headgate/core/model'
import type { DeltaBatch, DeltaReceipt, OutcomeBatch, OutcomeReceipt } from '@headgate/protocol/signals'
import type { Db, Tx } from '../db/index.ts'
import { lastCounted } from '../exposure/index.ts'
import type { Principal } from '../http/index.ts'
import { forgetSourcesBefore } from './delta-store.ts'
import { ingestDeltas } from './ingest-deltas.ts'
import { ingestOutcomes } from './ingest-outcomes.ts'
import { createReadJourney } from './journey-code.ts'
import { createLifeNotes } from './life-notes.ts'
import { forgetOutcomesBefore, forgetReleaseSignals, outcomeSourcesHeard } from './outcome-store.ts'
import { dropPendingBefore, takePendingCells } from './pending-cells.ts'
import type { SignalsMetrics } from './signals-metrics.ts'

export interface SignalsOptions {
  readonly db: Db
  readonly now: () => number
  readonly journeyKey: string
  readonly gatewaySilentAfterMs: number
  readonly metrics: SignalsMetrics
  /** Flows of the newest snapshot, by id. */
  readonly flows: () => Promise<ReadonlyMap<string, SnapshotFlow>>
}

export interface SignalsService {
  deltas(batch: DeltaBatch, by: Principal): Promise<DeltaReceipt>
  outcomes(batch: OutcomeBatch, by: Principal): Promise<OutcomeReceipt>
  /** See {@link takePendingCells}: for the tick, which puts them into the next frame in the same transaction. */
  takePendingCells(tx: Tx, release: string): Promise<EvidenceCell[]>
  /**
   * When signals were last heard: `gateways` (of the live ones the one silent longest) and `outcomes` (the latest), both 0 when never,
   * and each by name: `gateways/<id>`, `outcomes/<source>`.
   */
  lastHeard(tx: Tx | Db): Promise<Record<string, Instant>>
  /** Forgets what belongs to a closed release. */
  forgetRelease(tx: Tx, release: string): Promise<void>
  /** Forgets what no release can use any more; for a worker, every hour or so. Returns how many rows. */
  prune(): Promise<number>
}

const dayMs = 24 * 60 * 60_000

export function createSignals(options: SignalsOptions): SignalsService {
  const { db, now, gatewaySilentAfterMs, metrics } = options
  const readJourney = createReadJourney(options.journeyKey)
  const noteLife = createLifeNotes(db)
  return {
    async deltas(batch, by) {
      const context = { db, at: now(), principal: by.name, gatewaySilentAfterMs }
      const { receipt, counted, dropped } = await ingestDeltas(batch, context)
      metrics.batch({ duplicate: receipt.duplicate, counted, dropped })
      return receipt
    },
    async outcomes(batch, by) {
      const at = now()
      const receipt = await ingestOutcomes(batch, { db, at, readJourney, flows: await options.flows() })
      await noteLife(batch.source, by.name, at)
      metrics.outcomes({ ...receipt, rejected: receipt.rejected.length })
      return receipt
    },
    takePendingCells,
    lastHeard: (tx) => lastHeard(tx, now(), gatewaySilentAfterMs),
    forgetRelease: forgetReleaseSignals,
    prune: () => prune(db, now()),
  }
}

async function lastHeard(tx: Tx | Db, at: number, silentAfterMs: number): Promise<Record<string, Instant>> {
  const gateways = await lastCounted(tx, at, silentAfterMs)
  const outcomes = await outcomeSourcesHeard(tx)
  return {
    gateways: gateways.size === 0 ? 0 : Math.min(...gateways.values()),
    outcomes: Math.max(0, ...outcomes.values()),
    ...Object.fromEntries([...gateways].map(([id, heardAt]) => [`gateways/${id}`, heardAt])),
    ...Object.fromEntries([...outcomes].map(([source, heardAt]) => [`outcomes/${source}`, heardAt])),
  }
}

async function prune(db: Db, at: number): Promise<number> {
  const weekAgo = new Date(at - 7 * dayMs)
  const pending = await dropPendingBefore(db, weekAgo)
  const sources = await forgetSourcesBefore(db, weekAgo)
  return pending + sources + (await forgetOutcomesBefore(db, new Date(at - 30 * dayMs)))
}
