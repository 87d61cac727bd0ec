import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { inTransaction } from '../db/index.ts'
import { createModelStore } from '../model/index.ts'
import { addPendingCells, type PendingCell } from '../signals/pending-cells.ts'
import { principal } from '../testing/principal.ts'
import { people, releaseFile } from '../testing/release-files.ts'
import { createReleaseRig, type ReleaseRig } from '../testing/release-rig.ts'
import { createSight, type SightService } from './sight.ts'

let rig: ReleaseRig
let sight: SightService

beforeEach(async () => {
  rig = await createReleaseRig()
  const release = releaseFile({
    stages: `  - { id: half, visitors: 50%, window: { min: 20s, max: 10m }, exit: health }`,
  }).replace(/criteria: \[.*\]/, `criteria: [{ signal: completion, flow: purchase, margin: 30%, minUnits: 50 }]`)
  await rig.apply({ isAutomatic: true, release })
  await rig.acknowledge('gw-1')
  await rig.control.releases.commands.start('next', principal(people.storefront), { reason: 'go' })
  sight = createSight({ db: rig.database.db, now: rig.clock.now, models: createModelStore() })
})
afterEach(() => rig.close())

function journey(outcome: 'started' | 'completed', startedAt: number, count: number): PendingCell {
  return {
    release: 'next',
    kind: 'journey',
    subject: 'purchase',
    path: 'critical',
    arm: 'control',
    share: 5_000,
    started_at: startedAt,
    outcome,
    bucket: -1,
    count,
  }
}

/** Ten start each second, and five seconds later seven of them have ordered. */
async function record(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    const now = Math.floor(rig.clock.now() / 1_000) * 1_000
    const cells = [journey('started', now, 10), ...(second < 5 ? [] : [journey('completed', now - 5_000, 7)])]
    await inTransaction(rig.database.db, (tx) => addPendingCells(tx, cells, new Date(rig.clock.now())))
    await rig.pass(1)
  }
}

async function addOrders(amounts: readonly number[]): Promise<void> {
  const at = new Date(rig.clock.now())
  const order = {
    release: 'next',
    step: 'order-placed',
    source: 'shop',
    flow: 'purchase',
    path: 'critical',
    arm: 'control',
  } as const
  await rig.database.db
    .insertInto('outcome_event')
    .values(
      amounts.map((amount, index) => ({
        ...order,
        journey: `j${index}`,
        event_id: `e${index}`,
        share: 5_000,
        at,
        received_at: at,
        amount,
        currency: 'EUR',
      })),
    )
    .execute()
}

describe('the traffic of the last days', { timeout: 60_000 }, () => {
  test('is read from the frames of all releases and from what orders were worth', async () => {
    await record(60)
    await addOrders(Array.from({ length: 40 }, (_, index) => 40 + index))
    const traffic = await sight.traffic(1)
    expect(traffic).toMatchObject({
      origin: 'recorded',
      flows: { purchase: { averageOrder: { amount: 59.5, currency: 'EUR' } } },
    })
    expect((traffic.flows['purchase']?.perMinute ?? 0) / 600).toBeCloseTo(1, 1)
    const report = await sight.report('next', 1)
    expect(report.traffic).toMatchObject({ origin: 'recorded', flows: [{ flow: 'purchase' }] })
    expect(report.stages[0]?.criteria[0]?.places[0]?.candidatePerMinute).toBeCloseTo(300, -2)
    expect(await sight.report('next', 1)).toEqual(report)
  })

  test('is what the model declares before anything was recorded, and too old a record is none', async () => {
    expect(await sight.traffic(7)).toMatchObject({ origin: 'declared' })
    await record(40)
    rig.clock.advance(3 * 86_400_000)
    expect(await sight.traffic(1)).toMatchObject({ origin: 'declared' })
  })

  test('of a release that does not exist is not found', async () => {
    await expect(sight.report('nothing', 7)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})
