import { backtest, evidenceContext, modelOfRecording, type EvidenceRecord, type GateVerdict } from '@headgate/core/gate'
import { createEvidenceReader } from '@headgate/protocol/evidence'
import { gateVerdictView } from '@headgate/protocol/api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { planOf, requireVersion } from '../model/index.ts'
import { second, startGateRelease } from '../testing/gate-seconds.ts'
import type { ReleaseRig } from '../testing/release-rig.ts'
import { exportEvidence, type ExportRange } from './export-evidence.ts'
import { parseFrameRecord } from './frame-record.ts'
import { readFrameTexts } from './tick-store.ts'

let rig: ReleaseRig
beforeEach(async () => {
  rig = await startGateRelease()
})
afterEach(() => rig.close())

async function exported(range: ExportRange = {}) {
  const { models } = rig.control
  const pieces = await exportEvidence({ db: rig.database.db, models, version: '0.0.0' }, 'next', range)
  const reader = createEvidenceReader('export')
  const records: EvidenceRecord[] = []
  for await (const piece of pieces) {
    for (const line of piece.split('\n')) records.push(...[reader.take(line) ?? []].flat())
  }
  const { isWhole } = reader.end()
  const { header } = reader
  if (header === undefined) throw new Error('the export has no header')
  return { header, records, isWhole }
}

async function recordedFrames(): Promise<readonly EvidenceRecord[]> {
  const entries = await readFrameTexts(rig.database.db, 'next', { after: 0, limit: 10_000 })
  return entries.map(({ text }) => {
    const { model: _, ...record } = parseFrameRecord(text)
    return record
  })
}

async function recordedVerdicts(): Promise<readonly GateVerdict[]> {
  const events = await rig.control.releases.events('next', { after: 0, limit: 1_000 })
  return events.flatMap(({ payload }) => ('verdict' in payload ? [gateVerdictView.parse(payload['verdict'])] : []))
}

async function contextOfRelease() {
  const version = requireVersion(await rig.control.models.latest(rig.database.db))
  const plan = planOf(version, 'next')
  if (plan === undefined) throw new Error('the release has no plan')
  return { plan, context: evidenceContext(plan, version.model) }
}

test('B1: what is exported is what was recorded, and gives every recorded verdict again, to the bit', async () => {
  for (let elapsed = 0; elapsed < 400 && (await rig.view()).phase === 'ramping'; elapsed += 1) {
    await second(rig, elapsed, elapsed < 14 ? 13 : 3)
  }
  const { header, records, isWhole } = await exported()
  expect(isWhole).toBe(true)
  expect(records).toEqual(await recordedFrames())
  const { plan, context } = await contextOfRelease()
  const derived = evidenceContext(plan, modelOfRecording(header.recording))
  const recorded = await recordedVerdicts()
  expect(recorded.at(-1)?.kind).toBe('fail')
  for (const each of [context, derived]) {
    const { changes, report } = backtest(each, records)
    expect(changes.map(({ verdict }) => verdict)).toEqual(recorded)
    expect(report.stop).toMatchObject({ frame: recorded.at(-1)?.frame, verdict: { kind: 'fail' } })
  }
})

test('a range is exported in one piece, and can be judged on its own', async () => {
  for (let elapsed = 0; elapsed < 130; elapsed += 1) await second(rig, elapsed, 13)
  const all = await recordedFrames()
  const [from, until] = [all[60]?.frame.at, all[120]?.frame.at]
  const { records, isWhole } = await exported({ from, until })
  expect(isWhole).toBe(true)
  expect(records).toEqual(all.slice(60, 121))
  expect(backtest((await contextOfRelease()).context, records).report).toMatchObject({ ticks: 61 })
})

test('a release that does not exist is refused before anything is sent', async () => {
  const deps = { db: rig.database.db, models: rig.control.models, version: '0.0.0' }
  await expect(exportEvidence(deps, 'nope', {})).rejects.toMatchObject({ code: 'NOT_FOUND' })
})
