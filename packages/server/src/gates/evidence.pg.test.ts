import { afterEach, beforeEach, expect, test } from 'vitest'
import { inTransaction } from '../db/index.ts'
import { listIncidents } from '../incidents/index.ts'
import { addPendingCells, type PendingCell } from '../signals/pending-cells.ts'
import { principal } from '../testing/principal.ts'
import { people, releaseFile } from '../testing/release-files.ts'
import { createReleaseRig, type ReleaseRig } from '../testing/release-rig.ts'

let rig: ReleaseRig
beforeEach(async () => {
  rig = await createReleaseRig()
  const release = releaseFile({
    stages: `  - { id: half, visitors: 50%, window: { min: 20s, max: 10m }, exit: health }`,
  }).replace(
    /criteria: \[.*\]/,
    `criteria:
      - { signal: completion, flow: purchase, margin: 30%, minUnits: 50 }
      - { signal: errors, routes: [product], margin: 10%, minUnits: 50 }
      - { signal: latency, routes: [product], tolerance: 30%, minUnits: 50 }
      - { signal: split }`,
  )
  await rig.apply({ isAutomatic: true, release })
  await rig.acknowledge('gw-1')
  await rig.control.releases.commands.start('next', principal(people.storefront), { reason: 'go' })
  await rig.pass(1)
})
afterEach(() => rig.close())

/** Everybody starts, and after ten seconds most of them have ordered; at the candidate as many as `completing` says. */
async function second(elapsed: number, completing: number): Promise<void> {
  const now = Math.floor(rig.clock.now() / 1_000) * 1_000
  const cells = (['control', 'candidate'] as const).flatMap((arm) => [
    visit(arm, 20),
    page(arm, 20),
    journey(arm, { startedAt: now, outcome: 'started', count: 20 }),
    ...(elapsed < 10
      ? []
      : [journey(arm, { startedAt: now - 10_000, outcome: 'completed', count: orders(arm, completing) })]),
  ])
  await inTransaction(rig.database.db, async (tx) => {
    await addPendingCells(
      tx,
      cells.filter((cell) => cell.count > 0),
      new Date(rig.clock.now()),
    )
  })
  // A sign of life of gateway and shop, so that nothing is blind.
  await rig.database.db
    .updateTable('gateway')
    .set({ last_counted_at: new Date(rig.clock.now()) })
    .execute()
  await rig.database.db
    .insertInto('outcome_source')
    .values({ source: 'shop', principal: 'shop', last_heard_at: new Date(rig.clock.now()) })
    .onConflict((conflict) => conflict.column('source').doUpdateSet({ last_heard_at: new Date(rig.clock.now()) }))
    .execute()
  await rig.pass(1)
}

const orders = (arm: 'control' | 'candidate', completing: number): number => (arm === 'control' ? 13 : completing)
const common = { release: 'next', share: 5_000, path: '', bucket: 0 }

function visit(arm: 'control' | 'candidate', count: number): PendingCell {
  return { ...common, kind: 'visit', subject: '', arm, started_at: 0, outcome: '', count }
}

function page(arm: 'control' | 'candidate', count: number): PendingCell {
  return { ...common, kind: 'page', subject: 'product', arm, started_at: 0, outcome: 'ok', bucket: 40, count }
}

function journey(
  arm: 'control' | 'candidate',
  { startedAt, outcome, count }: { startedAt: number; outcome: 'started' | 'completed'; count: number },
): PendingCell {
  return { ...common, kind: 'journey', subject: 'purchase', path: 'card', arm, started_at: startedAt, outcome, count }
}

test('orders that stop coming stop the release, and the incident says how many, where and since when', async () => {
  for (let elapsed = 0; elapsed < 400 && (await rig.view()).phase === 'ramping'; elapsed += 1) {
    await second(elapsed, elapsed < 14 ? 13 : 3)
  }
  const view = await rig.view()
  expect(view.phase).toMatch(/stopping|stopped/)
  const [incident] = await listIncidents(rig.database.db, 'next')
  expect(incident).toMatchObject({ criterion: expect.stringContaining('completion'), verdict: { kind: 'fail' } })
  expect(incident?.ordersLost?.mid).toBeGreaterThan(0)
  expect(incident?.shoppersExposed).toBeGreaterThan(100)
  expect(incident?.harmBeganAt).toBeLessThanOrEqual(incident?.stopRequestedAt ?? 0)
  expect(await rig.verify()).toMatchObject({ ok: true })
})

test('a healthy candidate goes live, and every verdict on the way is recomputed bit by bit', async () => {
  for (let elapsed = 0; elapsed < 400 && (await rig.view()).phase === 'ramping'; elapsed += 1) await second(elapsed, 13)
  expect((await rig.view()).phase).toBe('live')
  const verification = await rig.verify()
  expect(verification).toMatchObject({ ok: true })
  expect(verification.verdicts).toBeGreaterThan(1)
})

test('signals that stop arriving hold the release: it neither passes nor reverts', async () => {
  for (let elapsed = 0; elapsed < 15; elapsed += 1) await second(elapsed, 13)
  await rig.pass(30)
  expect(await rig.view()).toMatchObject({ phase: 'held', stage: 0, hold: { cause: 'blind', owner: 'checkout' } })
  expect(await rig.verify()).toMatchObject({ ok: true })
})
