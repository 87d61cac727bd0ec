import { createHmac } from 'node:crypto'
import { createTestDatabase, fakeClock, type TestDatabase } from '@headgate/testkit'
import type { EvidenceCell } from '@headgate/core/gate'
import { valueBucketOf } from '@headgate/core/stats'
import { encodeJourneyToken, type JourneyToken, type OutcomeEvent } from '@headgate/protocol/signals'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { inTransaction } from '../db/index.ts'
import { ingestOutcomes, type OutcomeContext } from './ingest-outcomes.ts'
import { createReadJourney } from './journey-code.ts'
import { takePendingCells } from './pending-cells.ts'

let database: TestDatabase
const clock = fakeClock()
const journeyKey = Buffer.alloc(32, 9).toString('base64url')
const flow = {
  id: 'purchase',
  startsAt: 'start-checkout',
  completesAt: 'order-placed',
  pinnedFrom: 'add-to-cart',
  pinMs: 60_000,
  horizonMs: 60_000,
  defaultPath: 'critical',
  steps: ['add-to-cart', 'start-checkout', 'order-placed'].map((id) => ({ id, match: [], failsOn: [] })),
  paths: [{ id: 'critical', match: [] }],
  items: ['price-mismatch', 'refund'],
}

beforeAll(async () => {
  database = await createTestDatabase({ maxConnections: 20 })
  await database.db
    .insertInto('exposed_release')
    .values({ release: 'r1', first_version: 1, exposed_at: new Date(clock.now()), closed_at: null })
    .execute()
})
afterAll(() => database.drop())
beforeEach(async () => {
  for (const table of ['pending_cell', 'outcome_event', 'journey_outcome', 'outcome_source'] as const) {
    await database.db.deleteFrom(table).execute()
  }
})

function context(): OutcomeContext {
  const flows = new Map([['purchase', flow]])
  return { db: database.db, at: clock.now(), readJourney: createReadJourney(journeyKey), flows }
}

function mac(text: string): string {
  return createHmac('sha256', Buffer.from(journeyKey, 'base64url')).update(text).digest('base64url')
}

function token(id: string, changes: Partial<JourneyToken> = {}): string {
  const startedAt = clock.now() - 5_000
  return encodeJourneyToken(
    {
      release: 'r1',
      arm: 'candidate',
      share: 1_000,
      flow: 'purchase',
      path: 'critical',
      id,
      pinnedAt: startedAt - 1_000,
      startedAt,
      state: 'started',
      ...changes,
    },
    mac,
  )
}

function event(id: string, journey: string, step = 'order-placed'): OutcomeEvent {
  return { id, journey, step, at: clock.now() }
}

function ingest(...events: OutcomeEvent[]): ReturnType<typeof ingestOutcomes> {
  return ingestOutcomes({ source: 'commerce-api', events }, context())
}

async function counted(kind: EvidenceCell['kind'] = 'journey'): Promise<readonly EvidenceCell[]> {
  const cells = await inTransaction(database.db, (tx) => takePendingCells(tx, 'r1'))
  return cells.filter((cell) => cell.kind === kind)
}

describe('ingestOutcomes', () => {
  test('an order placed becomes one completed unit of its arm, share, path and start slot', async () => {
    expect(await ingest(event('e1', token('j1')))).toEqual({ accepted: 1, duplicates: 0, rejected: [] })
    const startedAt = Math.floor((clock.now() - 5_000) / 1_000) * 1_000
    expect(await counted()).toEqual([
      {
        kind: 'journey',
        flow: 'purchase',
        path: 'critical',
        arm: 'candidate',
        share: 1_000,
        startedAt,
        outcome: 'completed',
        count: 1,
      },
    ])
  })

  test('S3: an event counts once by its id and once by journey and step', async () => {
    const first = event('e1', token('j1'))
    expect(await ingest(first, first, event('e2', token('j1')))).toMatchObject({ accepted: 1, duplicates: 2 })
    const atOnce = await Promise.all(Array.from({ length: 8 }, () => ingest(first, event('e3', token('j2')))))
    expect(atOnce.reduce((sum, receipt) => sum + receipt.accepted, 0)).toBe(1)
    expect((await counted()).map((cell) => cell.count)).toEqual([2])
  })

  test('S4: a journey ends once', async () => {
    const both = [event('e1', token('j1'), 'failed'), event('e2', token('j1'))]
    await Promise.all(both.map((one) => ingest(one)))
    const cells = await counted()
    expect(cells.reduce((sum, cell) => sum + cell.count, 0)).toBe(1)
    const rows = await database.db.selectFrom('outcome_event').select('step').execute()
    expect(rows).toHaveLength(2)
  })

  test('S3: a visitor with many orders and many items adds one order and one item of each kind', async () => {
    const journey = token('j1')
    const value = { amount: 61.2, currency: 'EUR' }
    const steps = ['order-placed', 'order-placed', 'price-mismatch', 'price-mismatch', 'refund', 'order-placed']
    for (const [index, step] of steps.entries()) await ingest({ ...event(`e${index}`, journey, step), value })
    const place = { flow: 'purchase', path: 'critical', arm: 'candidate', share: 1_000, count: 1 }
    const cells = await inTransaction(database.db, (tx) => takePendingCells(tx, 'r1'))
    expect(cells.filter(({ kind }) => kind !== 'journey')).toMatchObject([
      { ...place, kind: 'item', item: 'price-mismatch' },
      { ...place, kind: 'item', item: 'refund' },
      { ...place, kind: 'order', currency: 'EUR', bucket: valueBucketOf(61.2, 'EUR') },
    ])
    expect(cells).toHaveLength(4)
  })

  test('an order without a value is an order without a currency', async () => {
    await ingest(event('e1', token('j1')))
    expect(await counted('order')).toMatchObject([{ currency: '', bucket: 0, count: 1 }])
  })

  test('S5: an item of a settled journey counts, one of a later journey of the visitor does not', async () => {
    const settled = { state: 'settled' } as const
    await ingest(event('e1', token('j1', settled), 'refund'), event('e2', token('j2'), 'failed'))
    expect(await counted('item')).toHaveLength(1)
    const later = { ...settled, pinnedAt: clock.now() - 1_000 }
    const receipt = await ingest(event('e3', token('j3', later), 'refund'), event('e4', token('j4'), 'teleported'))
    expect(receipt).toMatchObject({ accepted: 1, rejected: [{ id: 'e4' }] })
    expect(await counted('item')).toEqual([])
  })

  test('journeys that are not units are recorded and not counted', async () => {
    const receipt = await ingest(
      event('e1', token('j1', { state: 'pinned', startedAt: 0, path: '' })),
      event('e2', token('j2', { state: 'settled' })),
      event('e3', token('j3'), 'add-to-cart'),
    )
    expect(receipt).toEqual({ accepted: 3, duplicates: 0, rejected: [] })
    expect(await counted()).toEqual([])
  })

  test('bad events are refused one by one with reasons, and the good ones count', async () => {
    const receipt = await ingest(
      event(
        'forged',
        token('j1').replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      ),
      event('foreign', token('j2', { release: 'r9' })),
      event('good', token('j3')),
      event('no-step', token('j4'), 'teleported'),
      { ...event('far', token('j5')), at: Number.MAX_SAFE_INTEGER },
    )
    expect(receipt.accepted).toBe(1)
    expect(receipt.rejected.map(({ id }) => id)).toEqual(['forged', 'foreign', 'no-step', 'far'])
    expect((await counted()).map((cell) => cell.count)).toEqual([1])
  })

  test('batches with the same journeys in opposite order do not block each other', async () => {
    const events = Array.from({ length: 200 }, (_, index) => event(`e${index}`, token(`j${index}`)))
    const receipts = await Promise.all([ingest(...events), ingest(...events.toReversed()), ingest(...events)])
    expect(receipts.reduce((sum, receipt) => sum + receipt.accepted, 0)).toBe(200)
    expect((await counted()).reduce((sum, cell) => sum + cell.count, 0)).toBe(200)
  })
})
