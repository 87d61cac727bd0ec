import { afterEach, beforeEach, expect, test } from 'vitest'
import { listIncidents } from '../incidents/index.ts'
import { second, startGateRelease } from '../testing/gate-seconds.ts'
import type { ReleaseRig } from '../testing/release-rig.ts'

let rig: ReleaseRig
beforeEach(async () => {
  rig = await startGateRelease()
})
afterEach(() => rig.close())

test('orders that stop coming stop the release, and the incident says how many, where and since when', async () => {
  for (let elapsed = 0; elapsed < 400 && (await rig.view()).phase === 'ramping'; elapsed += 1) {
    await second(rig, elapsed, elapsed < 14 ? 13 : 3)
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
  for (let elapsed = 0; elapsed < 400 && (await rig.view()).phase === 'ramping'; elapsed += 1)
    await second(rig, elapsed, 13)
  expect((await rig.view()).phase).toBe('live')
  const verification = await rig.verify()
  expect(verification).toMatchObject({ ok: true })
  expect(verification.verdicts).toBeGreaterThan(1)
})

test('signals that stop arriving hold the release: it neither passes nor reverts', async () => {
  for (let elapsed = 0; elapsed < 15; elapsed += 1) await second(rig, elapsed, 13)
  await rig.pass(30)
  expect(await rig.view()).toMatchObject({ phase: 'held', stage: 0, hold: { cause: 'blind', owner: 'checkout' } })
  expect(await rig.verify()).toMatchObject({ ok: true })
})

test('evidence that another version stored is folded anew from the frames', async () => {
  for (let elapsed = 0; elapsed < 12; elapsed += 1) await second(rig, elapsed, 13)
  const stored = async (): Promise<string | null> =>
    (await rig.database.db.selectFrom('release_evidence').select('release_evidence.state').executeTakeFirstOrThrow())
      .state
  const before = await stored()
  await rig.database.db.updateTable('release_evidence').set({ state: '{"version":1}' }).execute()
  await rig.pass(1)
  expect(frameOf(await stored())).toBe(frameOf(before) + 1)
  expect(await rig.verify()).toMatchObject({ ok: true })
})

function frameOf(state: string | null): number {
  return Number(JSON.parse(state ?? '{}').frame)
}
