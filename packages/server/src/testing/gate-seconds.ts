import { inTransaction } from '../db/index.ts'
import { addPendingCells, type PendingCell } from '../signals/pending-cells.ts'
import { principal } from './principal.ts'
import { people, releaseFile } from './release-files.ts'
import { createReleaseRig, type ReleaseRig } from './release-rig.ts'

/** One stage at half of the visitors, judged on orders, errors, latency and split. */
const gateRelease = releaseFile({
  stages: `  - { id: half, visitors: 50%, window: { min: 20s, max: 10m }, exit: health }`,
}).replace(
  /criteria: \[.*\]/,
  `criteria:
      - { signal: completion, flow: purchase, margin: 30%, minUnits: 50 }
      - { signal: errors, routes: [product], margin: 10%, minUnits: 50 }
      - { signal: latency, routes: [product], tolerance: 30%, minUnits: 50 }
      - { signal: split }`,
)

/** A rig whose release has just begun that stage. */
export async function startGateRelease(change = (file: string): string => file): Promise<ReleaseRig> {
  const rig = await createReleaseRig()
  await rig.apply({ isAutomatic: true, release: change(gateRelease) })
  await rig.acknowledge('gw-1')
  await rig.control.releases.commands.start('next', principal(people.storefront), { reason: 'go' })
  await rig.pass(1)
  return rig
}

/** Everybody starts, and after ten seconds most of them have ordered; at the candidate as many as `completing` says. */
export async function second(rig: ReleaseRig, elapsed: number, completing: number): Promise<void> {
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
