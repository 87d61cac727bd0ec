import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  findingList,
  incidentList,
  modelView,
  problemDetails,
  releaseEventList,
  releaseList,
  releaseView,
  verdictList,
  verificationView,
  whoView,
  type ReleaseView,
} from '@headgate/protocol/api'
import { createTestDatabase, waitUntil, type TestDatabase } from '@headgate/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { startEmbeddedPostgres } from '../db/embedded/index.ts'
import { people, releaseFile, releaseFiles } from '../testing/release-files.ts'
import { startServerRig, type ServerRig } from '../testing/server-rig.ts'

/** The outside source whose number the gate reads. */
let metrics: Server
let errorsPerMinute = 1
beforeAll(async () => {
  metrics = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ errors: errorsPerMinute }))
  }).listen(0, '127.0.0.1')
  await once(metrics, 'listening')
})
afterAll(() => {
  metrics.close()
})
beforeEach(() => {
  errorsPerMinute = 1
})

function metricsHost(): string {
  const address = metrics.address()
  return typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : ''
}

/** Windows of real time, as short as they can be. */
const stages = `  - { id: canary, visitors: 5%, window: { min: 100ms, max: 2m }, exit: health }
  - { id: all, visitors: 100%, urls: 100%, window: { min: 100ms, max: 2m }, exit: health }`

async function apply(rig: ServerRig): Promise<void> {
  const release = releaseFile({ stages }).replace('tick: 1s', 'tick: 100ms')
  const files = releaseFiles({ isAutomatic: true, release }).map(({ path: name, text }) => ({
    path: name,
    text: text.replace('127.0.0.1:9/x', `${metricsHost()}/x`),
  }))
  const response = await fetch(`${rig.url}/api/v1/model`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await rig.adminToken()}` },
    body: JSON.stringify({ files }),
  })
  expect(modelView.parse(await response.json()).findings.filter(({ severity }) => severity === 'error')).toEqual([])
}

async function read<T>(rig: ServerRig, route: string, schema: z.ZodType<T>): Promise<T> {
  const response = await rig.get(route, await rig.adminToken())
  return schema.parse(await response.json())
}

async function act(rig: ServerRig, what: string, body: object, person: string): Promise<Response> {
  return rig.post(`/api/v1/releases/next/${what}`, body, await rig.token(['act'], person))
}

async function phaseOf(rig: ServerRig): Promise<string> {
  return (await read(rig, '/api/v1/releases/next', releaseView)).phase
}

describe('the API of releases', () => {
  let database: TestDatabase
  let rig: ServerRig
  beforeEach(async () => {
    database = await createTestDatabase()
    rig = await startServerRig(database.url, { work: true, privateTargets: [metricsHost()] })
    await apply(rig)
  })
  afterEach(async () => {
    await rig.stop()
    await database.drop()
  })

  test('takes a release from its file to live, in the open and on the record', async () => {
    expect((await read(rig, '/api/v1/releases', releaseList)).releases.map(({ id }) => id)).toEqual(['next'])
    expect((await read(rig, '/api/v1/model/findings', findingList)).findings.length).toBeGreaterThanOrEqual(0)
    expect(await read(rig, '/api/v1/who?right=stop&on=checkout', whoView)).toMatchObject({
      domain: 'checkout',
      quorum: 1,
    })
    const started = await act(rig, 'start', { reason: 'go' }, people.storefront)
    expect(releaseView.parse(await started.json())).toMatchObject({ phase: 'ramping', stage: 0 })
    await waitUntil('it is live', async () => (await phaseOf(rig)) === 'live')
    const { events } = await read(rig, '/api/v1/releases/next/events?after=1&limit=2', releaseEventList)
    expect(events.map(({ seq }) => seq)).toEqual([2, 3])
    const { verdicts } = await read(rig, '/api/v1/releases/next/verdicts?limit=1', verdictList)
    expect(verdicts).toHaveLength(1)
    expect(await read(rig, '/api/v1/releases/next/verification', verificationView)).toMatchObject({ ok: true })
  })

  test('stops what fails, and tells those who watch', async () => {
    await act(rig, 'start', { reason: 'go' }, people.storefront)
    const watching = await rig.get('/api/v1/releases/next/watch', await rig.adminToken())
    errorsPerMinute = 99
    const stopped = await watchUntil(watching, (view) => view.phase === 'stopped')
    expect(stopped.stop).toMatchObject({ by: { kind: 'automation', id: 'gate' }, mode: 'eject' })
    const { incidents } = await read(rig, '/api/v1/incidents?release=next', incidentList)
    expect(incidents).toMatchObject([{ status: 'draft', criterion: 'errors-per-minute' }])
    const closing = await rig.post(
      `/api/v1/incidents/${incidents[0]?.id}/close`,
      { reason: 'repaired' },
      await rig.token(['act'], people.checkout),
    )
    expect(closing.status).toBe(200)
  })

  test('says who could, when somebody may not', async () => {
    const response = await act(rig, 'start', { reason: 'go' }, people.sre)
    const problem = problemDetails.parse(await response.json())
    expect(problem).toMatchObject({ status: 403, code: 'FORBIDDEN' })
    expect(problem.detail).toMatch(/held by .*storefront/)
  })

  test('refuses what a release cannot do, what is not known, and what is not signed in', async () => {
    expect((await act(rig, 'resume', { reason: 'go' }, people.storefront)).status).toBe(409)
    expect(
      (await rig.post('/api/v1/releases/nothing/stop', { reason: 'x' }, await rig.token(['act'], people.sre))).status,
    ).toBe(404)
    expect((await rig.get('/api/v1/releases/nothing/watch', await rig.adminToken())).status).toBe(404)
    expect((await rig.post('/api/v1/releases/next/stop', { reason: 'x' })).status).toBe(401)
    expect(
      (await rig.post('/api/v1/releases/next/stop', { reason: 'x' }, await rig.token(['read'], people.sre))).status,
    ).toBe(403)
    expect((await act(rig, 'stop', { reason: '' }, people.sre)).status).toBe(400)
  })
})

/** Reads server-sent events until one matches, then hangs up. */
async function watchUntil(response: Response, matches: (view: ReleaseView) => boolean): Promise<ReleaseView> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    const events = text.split('\n\n')
    text = events.pop() ?? ''
    const views = events
      .flatMap((event) => /^data: ?(.*)$/m.exec(event)?.[1] ?? [])
      .map((data) => releaseView.parse(JSON.parse(data)))
    const found = views.find(matches)
    if (found !== undefined) return found
  }
  throw new Error('the stream ended first')
}

describe('a PostgreSQL that dies while a release ramps', () => {
  test('comes back to a release that goes on where it was, and that can be stopped', async () => {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'headgate-ramp-'))
    // The user that PostgreSQL runs as must be able to pass.
    chmodSync(dataDir, 0o711)
    const own = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } })
    const rig = await startServerRig(own.url, { work: true, privateTargets: [metricsHost()] })
    await apply(rig)
    await act(rig, 'start', { reason: 'go' }, people.storefront)
    await act(rig, 'hold', { reason: 'look' }, people.checkout)
    const framesSoFar = async (): Promise<number> =>
      (await read(rig, '/api/v1/releases/next/verification', verificationView)).frames
    const before = await framesSoFar()
    process.kill(own.pid(), 'SIGINT')
    await waitUntil('ticks go on', async () => (await framesSoFar().catch(() => 0)) > before)
    expect(await phaseOf(rig)).toBe('held')
    expect((await act(rig, 'stop', { reason: 'enough' }, people.sre)).status).toBe(200)
    await waitUntil('it is stopped', async () => (await phaseOf(rig)) === 'stopped')
    expect(await read(rig, '/api/v1/releases/next/verification', verificationView)).toMatchObject({ ok: true })
    await rig.stop()
    await own.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })
})
