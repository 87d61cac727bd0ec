import { backtest, evidenceContext } from '@headgate/core/gate'
import { gateVerdictView } from '@headgate/protocol/api'
import { afterEach, expect, test } from 'vitest'
import { planOf, requireVersion } from '../model/index.ts'
import { second, startGateRelease } from '../testing/gate-seconds.ts'
import type { ReleaseRig } from '../testing/release-rig.ts'
import { parseFrameRecord } from './frame-record.ts'
import { readFrameTexts } from './tick-store.ts'

let rig: ReleaseRig
afterEach(() => rig.close())

async function recordedVerdicts() {
  const events = await rig.control.releases.events('next', { after: 0, limit: 1_000 })
  return events.flatMap(({ payload }) => ('verdict' in payload ? [gateVerdictView.parse(payload['verdict'])] : []))
}

test('G19: a shadow that would have stopped the release is on record, and the release goes on as if it were not there', async () => {
  rig = await startGateRelease((file) => file.replace('signal: completion,', 'shadow: true, signal: completion,'))
  for (let elapsed = 0; elapsed < 60; elapsed += 1) await second(rig, elapsed, elapsed < 14 ? 13 : 3)
  const view = await rig.view()
  expect(['stopping', 'stopped']).not.toContain(view.phase)
  expect(view.incidents).toEqual([])
  const shown = view.verdict?.criteria.find(({ criterion }) => criterion === 'completion-purchase')
  expect(shown).toMatchObject({ shadow: true, kind: 'fail', reason: expect.stringContaining('first signs at') })

  const failed = (await recordedVerdicts()).find(({ criteria }) => criteria.some(({ kind }) => kind === 'fail'))
  expect(failed?.kind).not.toBe('fail')
  const version = requireVersion(await rig.control.models.latest(rig.database.db))
  const plan = planOf(version, 'next')
  if (plan === undefined) throw new Error('the release has no plan')
  const frames = await readFrameTexts(rig.database.db, 'next', { after: 0, limit: 10_000 })
  const { report } = backtest(
    evidenceContext(plan, version.model),
    frames.map(({ text }) => parseFrameRecord(text)),
  )
  expect(report.stop).toMatchObject({ frame: failed?.frame, at: failed?.at, verdict: { shadow: true } })
  expect(await rig.verify()).toMatchObject({ ok: true })
})
