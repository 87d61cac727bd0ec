import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decide, routeOf, type Exposure } from '@headgate/core/exposure'
import { localStopReport } from '@headgate/protocol/api'
import { buildExposure, buildSnapshot, createSnapshotSigner, issuedAt } from '@headgate/testkit/snapshot'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LinkAnswer } from '../link/index.ts'
import { answered, recordingLog, scriptedLink, unreachable } from '../link/testing/scripted-link.ts'
import { createEdgeClock, createKeyRing, createSnapshotCache, type SnapshotCache } from '../snapshot/index.ts'
import {
  createControlDesk,
  createStopReporter,
  openLocalStops,
  type ControlCommand,
  type ControlDesk,
} from './index.ts'

const signer = createSnapshotSigner()
const source = '00000000-0000-4000-8000-000000000000'
const stop: ControlCommand = {
  kind: 'stop',
  release: 'r1',
  mode: 'evict',
  by: 'ops@example.com',
  reason: 'prices wrong',
}

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headgate-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

interface Desk {
  readonly desk: ControlDesk
  readonly cache: SnapshotCache
  readonly woken: { times: number }
  readonly arm: () => string
}

/** A gateway's control desk; opening it again is a restart. */
async function open(): Promise<Desk> {
  const keys = createKeyRing()
  keys.trust({ [signer.keyId]: signer.publicKey })
  const clock = createEdgeClock(
    () => issuedAt,
    () => 0,
  )
  const cache = createSnapshotCache({ signatures: keys, clock })
  const stops = await openLocalStops(join(folder, 'stops.json'), recordingLog())
  const woken = { times: 0 }
  const reporter = { wake: () => void (woken.times += 1) }
  const desk = createControlDesk({ cache, stops, reporter, clock, gateway: 'gw-1', source, wallClock: () => issuedAt })
  const arm = (): string => {
    const live = cache.current()
    if (live === undefined) return 'none'
    const visitor = { visitorId: 'x', path: '/p/shoe', seen: new Set<string>(), pins: [] }
    return decide(routeOf(live.compiled, 'GET', '/p/shoe', ''), visitor, issuedAt).arm
  }
  return { desk, cache, woken, arm }
}

function offer(cache: SnapshotCache, version: number, mode: Exposure['mode'] = 'open'): void {
  const exposures = [buildExposure({ visitorBasisPoints: 10_000, mode })]
  expect(cache.offer(signer.sign(buildSnapshot({ version, exposures }))).kind).toBe('accepted')
}

describe('a stop at the gateway', () => {
  test('E10: is in effect at once, through newer snapshots and restarts, until it is cleared', async () => {
    const first = await open()
    offer(first.cache, 1)
    expect(first.arm()).toBe('candidate')
    expect(await first.desk.perform(stop)).toEqual({
      ok: true,
      release: 'r1',
      mode: 'evict',
      isExposed: true,
      isKept: true,
    })
    expect([first.arm(), first.woken.times]).toEqual(['control', 1])
    offer(first.cache, 2)
    await first.desk.reconcile()
    expect(first.arm()).toBe('control')

    const second = await open()
    offer(second.cache, 3)
    expect(second.arm()).toBe('control')
    expect(await second.desk.perform({ kind: 'clear', release: 'r1' })).toMatchObject({ ok: true })
    expect(second.arm()).toBe('candidate')
    expect(await second.desk.perform({ kind: 'clear', release: 'r1' })).toMatchObject({ ok: false })
  })

  test('E10: ends once the control plane has stopped the release itself', async () => {
    const { desk, cache, arm } = await open()
    offer(cache, 1)
    await desk.perform(stop)
    offer(cache, 2, 'evict')
    await desk.reconcile()
    offer(cache, 3)
    await desk.reconcile()
    expect(arm()).toBe('candidate')
  })

  test('works without any snapshot, and holds for the first that comes', async () => {
    const { desk, cache, arm } = await open()
    await desk.reconcile()
    expect(await desk.perform(stop)).toMatchObject({ ok: true, isExposed: false })
    offer(cache, 1)
    expect(arm()).toBe('control')
  })

  test('works with a disk that takes nothing, and says so', async () => {
    const { desk, cache, arm } = await open()
    offer(cache, 1)
    await rm(folder, { recursive: true })
    expect(await desk.perform(stop)).toMatchObject({ ok: true, isKept: false })
    expect(arm()).toBe('control')
  })

  test('status tells what is exposed, until when, and what was stopped here', async () => {
    const { desk, cache } = await open()
    expect(await desk.perform({ kind: 'status' })).toMatchObject({ ok: true, snapshotVersion: 0, releases: [] })
    offer(cache, 4)
    const exposed = { release: 'r1', mode: 'open', visitorBasisPoints: 10_000, isInForce: true, leaseEndsInMs: 15_000 }
    expect(await desk.perform({ kind: 'status' })).toMatchObject({
      ok: true,
      gateway: 'gw-1',
      source,
      snapshotVersion: 4,
      releases: [{ ...exposed, admitsNewVisitors: true }],
      localStops: [],
    })
    await desk.perform(stop)
    expect(await desk.perform({ kind: 'status' })).toMatchObject({
      releases: [{ release: 'r1', mode: 'evict', isInForce: false, admitsNewVisitors: false }],
      localStops: [{ release: 'r1', by: 'ops@example.com', reason: 'prices wrong' }],
    })
  })
})

async function report(answers: readonly LinkAnswer[]) {
  const stops = await openLocalStops(join(folder, 'reported.json'), recordingLog())
  const over = new AbortController()
  const left = [...answers]
  const link = scriptedLink((ask) => {
    localStopReport.parse(ask.body)
    return left.shift() ?? unreachable
  })
  const log = recordingLog()
  const pauses: number[] = []
  const sleep = async (ms: number): Promise<void> => void pauses.push(ms)
  const reporter = createStopReporter({ stops, link, log, gateway: 'gw-1', source, sleep })
  const running = reporter.run(over.signal)
  const given = { release: 'r1', mode: 'evict', by: 'ops@example.com', reason: 'prices wrong', at: 5 } as const
  return { stops, reporter, link, log, pauses, given, end: () => (over.abort(), running) }
}

describe('reporting stops', () => {
  test('repeats until the control plane heard of it, once each', async () => {
    const { stops, reporter, link, pauses, given, end } = await report([
      unreachable,
      answered(503),
      answered(204),
      answered(204),
    ])
    stops.stop(given)
    reporter.wake()
    await expect.poll(() => stops.all()[0]?.isReported).toBe(true)
    expect(link.asked).toHaveLength(3)
    expect(pauses).toHaveLength(2)
    stops.stop({ ...given, release: 'r2', at: 6 })
    reporter.wake()
    await expect.poll(() => stops.all()[1]?.isReported).toBe(true)
    expect(link.asked.at(-1)?.body).toMatchObject({ gateway: 'gw-1', source, release: 'r2', mode: 'evict', at: 6 })
    expect(link.asked).toHaveLength(4)
    await end()
  })

  test('gives up on a stop that the control plane does not know what to do with', async () => {
    const { stops, reporter, link, log, given, end } = await report([answered(404)])
    stops.stop(given)
    reporter.wake()
    await expect.poll(() => stops.all()[0]?.isReported).toBe(true)
    expect(stops.modes().get('r1')).toBe('evict')
    expect(link.asked).toHaveLength(1)
    expect(log.lines).toMatchObject([{ level: 'error' }])
    await end()
  })

  test('ends with its signal while it waits and while it repeats', async () => {
    const idle = await report([])
    await idle.end()
    const busy = await report([])
    busy.stops.stop(busy.given)
    busy.reporter.wake()
    await expect.poll(() => busy.link.asked.length).toBeGreaterThan(0)
    await busy.end()
    expect(busy.stops.all()).toMatchObject([{ isReported: false }])
  })
})
