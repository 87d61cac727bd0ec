import { randomUUID } from 'node:crypto'
import { createTestDatabase, fakeClock, type TestDatabase } from '@headgate/testkit'
import type { DeltaBatch } from '@headgate/protocol/signals'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { inTransaction } from '../db/index.ts'
import { ingestDeltas, type IngestContext } from './ingest-deltas.ts'
import { takePendingCells } from './pending-cells.ts'
import { excludedTotals, trafficTotals } from './delta-store.ts'

let database: TestDatabase
const clock = fakeClock()

beforeAll(async () => {
  database = await createTestDatabase({ maxConnections: 20 })
  const exposed = { first_version: 1, exposed_at: new Date(clock.now()), closed_at: null }
  await database.db
    .insertInto('exposed_release')
    .values([
      { release: 'r1', ...exposed },
      { release: 'closed', ...exposed, closed_at: new Date(clock.now()) },
    ])
    .execute()
})
afterAll(() => database.drop())
beforeEach(async () => {
  for (const table of ['pending_cell', 'delta_source', 'traffic', 'excluded_traffic', 'gateway'] as const) {
    await database.db.deleteFrom(table).execute()
  }
})

function context(principal = 'gateways'): IngestContext {
  return { db: database.db, at: clock.now(), principal, gatewaySilentAfterMs: 10_000 }
}

function batch(changes: Partial<DeltaBatch> = {}): DeltaBatch {
  return {
    gateway: 'gw-1',
    source: randomUUID(),
    seq: 1,
    at: clock.now(),
    snapshotVersion: 1,
    cells: [{ kind: 'visit', release: 'r1', arm: 'control', share: 500, count: 3 }],
    traffic: [{ route: 'product', arm: 'control', requests: 10, errors: 1, masked: 0, latencyMicros: 5_000 }],
    ...changes,
  }
}

async function taken(release = 'r1'): Promise<number> {
  const cells = await inTransaction(database.db, (tx) => takePendingCells(tx, release))
  return cells.reduce((sum, cell) => sum + cell.count, 0)
}

describe('ingestDeltas', () => {
  test('S1: a batch sent many times at once counts once', async () => {
    const one = batch()
    const receipts = await Promise.all(Array.from({ length: 12 }, () => ingestDeltas(one, context())))
    expect(receipts.filter(({ receipt }) => receipt.accepted)).toHaveLength(1)
    expect(receipts.filter(({ receipt }) => receipt.duplicate)).toHaveLength(11)
    expect(await taken()).toBe(3)
    expect(await trafficTotals(database.db)).toEqual([
      { route: 'product', arm: 'control', requests: 10, errors: 1, masked: 0, latencyMicros: 5_000 },
    ])
  })

  test('S1: batches out of order and sent again all count once', async () => {
    const source = randomUUID()
    const excluded = [{ identity: 'probe', requests: 2 }]
    for (const seq of [3, 1, 3, 2, 1, 5, 4, 5]) await ingestDeltas(batch({ source, seq, excluded }), context())
    expect(await taken()).toBe(5 * 3)
    expect(await excludedTotals(database.db)).toEqual([{ identity: 'probe', requests: 10 }])
    const row = await database.db.selectFrom('delta_source').select(['watermark', 'ahead']).executeTakeFirstOrThrow()
    expect(row).toEqual({ watermark: 5, ahead: [] })
  })

  test('a source that another principal or gateway used is refused, and nothing of the batch is kept', async () => {
    const one = batch()
    await ingestDeltas(one, context())
    await expect(ingestDeltas({ ...one, seq: 2 }, context('intruder'))).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(ingestDeltas({ ...one, seq: 2, gateway: 'gw-2' }, context())).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    expect(await taken()).toBe(3)
  })

  test("a live gateway's name is not taken over by another token; a silent one's is", async () => {
    await ingestDeltas(batch(), context())
    await expect(ingestDeltas(batch(), context('intruder'))).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await taken()).toBe(3)
    clock.advance(10_001)
    await expect(ingestDeltas(batch(), context('successor'))).resolves.toMatchObject({ counted: 1 })
  })

  test('counts of releases that were never exposed or are closed are dropped and reported, the others stay', async () => {
    const cells = ['r1', 'unknown', 'closed'].map((release) => ({
      kind: 'visit' as const,
      release,
      arm: 'candidate' as const,
      share: 500,
      count: 1,
    }))
    expect(await ingestDeltas(batch({ cells }), context())).toMatchObject({ counted: 1, dropped: 2 })
    expect(await taken('unknown')).toBe(0)
  })

  test('an empty batch is a sign of life and says which snapshot the gateway obeys', async () => {
    await ingestDeltas(batch({ cells: [], traffic: [], snapshotVersion: 7 }), context())
    const row = await database.db
      .selectFrom('gateway')
      .select(['snapshot_version', 'last_counted_at'])
      .executeTakeFirstOrThrow()
    expect(row).toEqual({ snapshot_version: 7, last_counted_at: new Date(clock.now()) })
  })

  test('the largest batch is counted in one go', async () => {
    const cells = Array.from({ length: 20_000 }, (_, index) => ({
      kind: 'page' as const,
      release: 'r1',
      route: `route-${index % 50}`,
      arm: 'control' as const,
      share: 500,
      outcome: 'ok' as const,
      bucket: index % 1_024,
      count: 1,
    }))
    await ingestDeltas(batch({ cells }), context())
    expect(await taken()).toBe(20_000)
  })
})

describe('takePendingCells', () => {
  test('sums equal cells and returns them in a fixed order', async () => {
    const journey = { kind: 'journey', release: 'r1', flow: 'purchase', path: 'critical', share: 500 } as const
    const started = { ...journey, arm: 'candidate', startedAt: 1_000, outcome: 'started', count: 2 } as const
    const page = { kind: 'page', release: 'r1', route: 'cart', arm: 'control', share: 500, outcome: 'ok' } as const
    const source = randomUUID()
    await ingestDeltas(batch({ source, cells: [{ ...page, bucket: 9, count: 1 }, started] }), context())
    await ingestDeltas(batch({ source, seq: 2, cells: [started, { ...page, bucket: 9, count: 4 }] }), context())
    const cells = await inTransaction(database.db, (tx) => takePendingCells(tx, 'r1'))
    expect(cells).toEqual([
      {
        kind: 'journey',
        flow: 'purchase',
        path: 'critical',
        arm: 'candidate',
        share: 500,
        startedAt: 1_000,
        outcome: 'started',
        count: 4,
      },
      { kind: 'page', route: 'cart', arm: 'control', share: 500, outcome: 'ok', bucket: 9, count: 5 },
    ])
  })

  test('what a rolled-back taker took is taken by the next', async () => {
    await ingestDeltas(batch(), context())
    const failing = inTransaction(database.db, async (tx) => {
      await takePendingCells(tx, 'r1')
      throw new Error('the tick died')
    })
    await expect(failing).rejects.toThrow('the tick died')
    expect(await taken()).toBe(3)
  })

  test('S6: takers and ingest at the same time lose nothing and take nothing twice', async () => {
    const sources = Array.from({ length: 6 }, (_, index) => ({ gateway: `gw-${index}`, source: randomUUID() }))
    const ingest = sources.map(async ({ gateway, source }) => {
      for (let seq = 1; seq <= 20; seq += 1) await ingestDeltas(batch({ gateway, source, seq }), context())
    })
    let sum = 0 // Read only after each await: the takers run side by side.
    const take = Array.from({ length: 3 }, async () => {
      for (let round = 0; round < 20; round += 1) {
        const got = await taken()
        sum += got
      }
    })
    await Promise.all([...ingest, ...take])
    expect(sum + (await taken())).toBe(6 * 20 * 3)
  })
})
