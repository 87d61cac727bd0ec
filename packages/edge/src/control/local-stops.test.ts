import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Exposure } from '@headgate/core/exposure'
import { buildExposure, buildSnapshot } from '@headgate/testkit/snapshot'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { recordingLog } from '../link/testing/scripted-link.ts'
import { openLocalStops, type LocalStops } from './index.ts'

let folder = ''
let path = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headgate-'))
  path = join(folder, 'local-stops.json')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const given = { release: 'r1', mode: 'eject', by: 'ops@example.com', reason: 'prices wrong', at: 5 } as const
const open = (): Promise<LocalStops> => openLocalStops(path, recordingLog())
const exposing = (mode: Exposure['mode']) => buildSnapshot({ exposures: [buildExposure({ mode })] })

describe('local stops', () => {
  test('E10: survive a restart, in a file that only its owner may read', async () => {
    const stops = await open()
    stops.stop(given)
    expect(await stops.save()).toBe(true)
    const again = await open()
    expect(again.modes()).toEqual(new Map([['r1', 'eject']]))
    expect(again.all()).toEqual([{ ...given, isReported: false, isInForce: true }])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  test('E10: a repeated stop can only be stricter', async () => {
    const stops = await open()
    stops.stop(given)
    stops.stop({ ...given, mode: 'hold', at: 6 })
    expect(stops.modes().get('r1')).toBe('eject')
    stops.stop({ ...given, mode: 'evict', at: 7 })
    expect(stops.modes().get('r1')).toBe('evict')
  })

  test.each<[Exposure['mode'], boolean]>([
    ['open', true],
    ['hold', true],
    ['eject', false],
    ['evict', false],
  ])('E10: a snapshot that exposes the release in mode %s keeps an eject in force: %s', async (mode, isKept) => {
    const stops = await open()
    stops.stop(given)
    expect(stops.reconcile(exposing(mode))).toBe(!isKept)
    expect(stops.modes().has('r1')).toBe(isKept)
  })

  test('a stop is over when the release is no longer exposed; it is told nevertheless', async () => {
    const stops = await open()
    stops.stop(given)
    stops.reconcile(buildSnapshot({ exposures: [] }))
    expect(stops.modes().size).toBe(0)
    expect(stops.all()).toMatchObject([{ isReported: false, isInForce: false }])
    stops.markReported('r1', 5)
    expect(stops.all()).toEqual([])
  })

  test('a report of an older stop does not count for a newer one', async () => {
    const stops = await open()
    stops.stop(given)
    stops.stop({ ...given, mode: 'evict', at: 9 })
    stops.markReported('r1', 5)
    expect(stops.all()).toMatchObject([{ isReported: false }])
    stops.markReported('r1', 9)
    expect(stops.all()).toMatchObject([{ isReported: true, isInForce: true }])
    expect(stops.reconcile(exposing('evict'))).toBe(true)
    expect(stops.all()).toEqual([])
  })

  test('clearing says whether there was something to clear', async () => {
    const stops = await open()
    expect(stops.clear('r1')).toBe(false)
    stops.stop(given)
    expect(stops.clear('r1')).toBe(true)
    expect(stops.modes().size).toBe(0)
  })

  test('a damaged file is set aside with a warning', async () => {
    await writeFile(path, '[{"release":1}]')
    const log = recordingLog()
    const stops = await openLocalStops(path, log)
    expect(stops.all()).toEqual([])
    expect(log.lines).toMatchObject([{ level: 'warn' }])
  })

  test('a disk that takes nothing is reported, and the stop holds in memory', async () => {
    const log = recordingLog()
    const stops = await openLocalStops(path, log)
    await rm(folder, { recursive: true })
    stops.stop(given)
    expect(await stops.save()).toBe(false)
    expect(stops.modes().get('r1')).toBe('eject')
    expect(log.lines).toMatchObject([{ level: 'error' }])
  })
})
