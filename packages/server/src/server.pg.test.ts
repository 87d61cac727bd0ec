import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createTestDatabase, waitUntil, type TestDatabase } from '@headgate/testkit'
import { shopModel } from '@headgate/testkit/operating-model'
import { buildExposure } from '@headgate/testkit/snapshot'
import { signedSnapshot, parseSnapshotPayload } from '@headgate/protocol/snapshot'
import { deltaReceipt, type DeltaBatch } from '@headgate/protocol/signals'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { findFreePort } from './db/embedded/postmaster.ts'
import { startEmbeddedPostgres } from './db/embedded/index.ts'
import { inTransaction, listenForNotifications, openDatabase } from './db/index.ts'
import { createExposure, loadKeys, type ReadExposures } from './exposure/index.ts'
import { startServerRig, type ServerRig } from './testing/server-rig.ts'

function batch(changes: Partial<DeltaBatch> = {}): DeltaBatch {
  return {
    gateway: 'gw-1',
    source: randomUUID(),
    seq: 1,
    at: Date.now(),
    snapshotVersion: 0,
    cells: [],
    traffic: [],
    ...changes,
  }
}

const exposed: ReadExposures = () => Promise.resolve({ model: shopModel(), exposures: [buildExposure()] })

describe('a server', () => {
  let database: TestDatabase
  let rig: ServerRig
  beforeEach(async () => {
    database = await createTestDatabase()
    rig = await startServerRig(database.url)
  })
  afterEach(async () => {
    await rig.stop()
    await database.drop()
  })

  /** The poll and the look at the metrics itself are in flight. */
  async function pollArrived(): Promise<void> {
    const reader = await rig.token(['read'])
    await waitUntil('the poll has arrived', async () =>
      (await (await rig.get('/metrics', reader)).text()).includes('requests_in_flight 2'),
    )
  }

  /** Another process's publication. */
  async function publish(): Promise<number> {
    const notifications = listenForNotifications(database.connection)
    const keys = loadKeys({ dataDir: rig.dataDir })
    const { db } = database
    const exposure = createExposure({ db, now: Date.now, notifications, keys, gatewaySilentAfterMs: 10_000 })
    const version = await inTransaction(db, (tx) => exposure.publishSnapshot(tx, exposed))
    await exposure.close()
    await notifications.close()
    return version
  }

  test('lets nobody in without a token, except to health and bootstrap', async () => {
    const open: string[] = []
    const document = await openApi(rig)
    for (const [route, operations] of Object.entries(document.paths)) {
      for (const method of Object.keys(operations)) {
        const response = await fetch(rig.url + route.replaceAll(/\{\w+\}/g, 'x'), {
          method,
          headers: { 'content-type': 'application/json' },
          ...(method === 'get' || method === 'delete' ? {} : { body: '{}' }),
        })
        if (response.status !== 401) open.push(`${method} ${route} ${response.status}`)
        await response.body?.cancel()
      }
    }
    expect(open.toSorted()).toEqual(['get /healthz 200', 'get /readyz 200', 'post /api/v1/bootstrap 400'])
  })

  test('describes every route with summary, security, success and errors', async () => {
    const document = await openApi(rig)
    expect(document.openapi).toMatch(/^3\.1\./)
    const ids = new Set<string>()
    for (const operation of Object.values(document.paths).flatMap((operations) => Object.values(operations))) {
      expect(operation.summary.length).toBeGreaterThan(10)
      expect(Array.isArray(operation.security)).toBe(true)
      expect(ids.has(operation.operationId)).toBe(false)
      ids.add(operation.operationId)
      const statuses = Object.keys(operation.responses)
      expect(statuses.some((status) => status.startsWith('2'))).toBe(true)
      expect(statuses).toEqual(
        expect.arrayContaining(operation.security.length > 0 ? ['401', '403', '500', '503'] : ['500', '503']),
      )
      const problems = Object.entries(operation.responses).filter(([status]) => !status.startsWith('2'))
      const types = problems.flatMap(([, response]) => Object.keys(response.content ?? {}))
      expect(new Set(types)).toEqual(new Set(['application/problem+json']))
    }
    expect(ids.size).toBeGreaterThanOrEqual(14)
  })

  test('hands a new snapshot to a gateway that waits, and nothing to one that has it', async () => {
    const gateway = await rig.token(['gateway'])
    const waiting = rig.get('/api/v1/gateway/snapshot?after=0&wait=25', gateway)
    await pollArrived()
    const version = await publish()
    const response = await waiting
    expect(response.status).toBe(200)
    const { payload } = signedSnapshot.parse(await response.json())
    expect(parseSnapshotPayload(payload).version).toBe(version)
    expect((await rig.get(`/api/v1/gateway/snapshot?after=${version}&wait=0`, gateway)).status).toBe(204)
    expect((await rig.get('/api/v1/gateway/snapshot?after=0&wait=60', gateway)).status).toBe(400)
  })

  test('shows gateways as people see them', async () => {
    const gateway = await rig.token(['gateway'])
    const acknowledgement = { gateway: 'gw-1', source: randomUUID(), version: 3, appliedAt: Date.now() }
    expect((await rig.post('/api/v1/gateway/acknowledgements', acknowledgement, gateway)).status).toBe(204)
    const list = await (await rig.get('/api/v1/gateways', await rig.token(['read']))).json()
    expect(list).toMatchObject({ gateways: [{ id: 'gw-1', status: 'live', snapshotVersion: 3 }] })
  })

  test('keeps scopes apart: a gateway cannot read tokens, a reader cannot send counts', async () => {
    const [gateway, reader, admin] = [await rig.token(['gateway']), await rig.token(['read']), await rig.adminToken()]
    expect((await rig.get('/api/v1/tokens', gateway)).status).toBe(403)
    expect((await rig.post('/api/v1/signals/deltas', batch(), reader)).status).toBe(403)
    expect((await rig.post('/api/v1/signals/deltas', batch(), admin)).status).toBe(403)
    expect((await rig.get('/metrics', gateway)).status).toBe(403)
    expect(await (await rig.get('/metrics', reader)).text()).toContain('headgate_delta_batches_total')
  })

  test.each([
    ['forged fields', { ...batch(), extra: 1 }],
    ['a negative count', batch({ cells: [{ kind: 'visit', release: 'r1', arm: 'control', share: 500, count: -1 }] })],
    [
      'a share beyond all',
      batch({ cells: [{ kind: 'visit', release: 'r1', arm: 'control', share: 10_001, count: 1 }] }),
    ],
    ['a source that is no UUID', batch({ source: 'gw' })],
    ['a text with a NUL', batch({ gateway: 'gw\u0000' })],
    ['an impossible number', batch({ seq: 2 ** 53 })],
    ['no batch at all', [1, 2, 3]],
  ])('refuses deltas with %s, and keeps nothing of them', async (_, body) => {
    const response = await rig.post('/api/v1/signals/deltas', body, await rig.token(['gateway']))
    expect(response.status).toBe(400)
    const rows = await database.db.selectFrom('delta_source').select('source').execute()
    expect(rows).toEqual([])
  })

  test('refuses a batch that is too large before reading it all', async () => {
    const cells = Array.from({ length: 45_000 }, () => ({
      kind: 'visit',
      release: 'x'.repeat(90),
      arm: 'control',
      share: 1,
      count: 1,
    }))
    const response = await rig.post('/api/v1/signals/deltas', { ...batch(), cells }, await rig.token(['gateway']))
    expect(response.status).toBe(413)
  })

  test('stops with polls waiting: they end, and the process leaves nothing behind', async () => {
    const gateway = await rig.token(['gateway'])
    const waiting = rig.get('/api/v1/gateway/snapshot?after=0&wait=25', gateway)
    await pollArrived()
    await rig.server.stop()
    expect((await waiting).status).toBe(204)
    await expect(fetch(`${rig.url}/healthz`)).rejects.toThrow('fetch failed')
  })

  test('never logs a secret', async () => {
    const token = await rig.token(['read'])
    await rig.get('/api/v1/gateways', token)
    await rig.get('/api/v1/gateways', `${token.slice(0, -3)}AAA`)
    const log = JSON.stringify(rig.logs)
    expect(log).toContain('/api/v1/gateways')
    expect(log).not.toContain(token.split('_')[2])
    expect(log).not.toContain(rig.server.bootstrap?.secret)
  })
})

describe('other roles of a process', () => {
  test('a process that only works has no API, and a separate loopback listener tells its health and metrics', async () => {
    const database = await createTestDatabase()
    const adminPort = await findFreePort()
    const rig = await startServerRig(database.url, { api: false, work: true, adminPort })
    expect(rig.server).toMatchObject({ url: undefined, bootstrap: undefined })
    const admin = (route: string): Promise<Response> => fetch(`http://127.0.0.1:${adminPort}${route}`)
    expect((await admin('/readyz')).status).toBe(200)
    expect(await (await admin('/metrics')).text()).toContain('headgate_gateways{status="live"} 0')
    expect((await admin('/api/v1/gateways')).status).toBe(404)
    await rig.stop()
    await database.drop()
  })

  test('two servers that start at once on one empty data folder share it', async () => {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'headgate-two-'))
    chmodSync(dataDir, 0o711)
    const [one, two] = await Promise.all([
      startServerRig(undefined, { dataDir }),
      startServerRig(undefined, { dataDir }),
    ])
    const token = await one.adminToken()
    expect((await two.get('/api/v1/tokens', token)).status).toBe(200)
    await one.stop()
    expect((await two.get('/api/v1/tokens', token)).status).toBe(200)
    await two.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })

  test('a port that is taken is told, and everything opened by then is closed', async () => {
    const database = await createTestDatabase()
    const rig = await startServerRig(database.url)
    const port = Number(new URL(rig.url).port)
    const second = startServerRig(database.url, { port, dataDir: rig.dataDir })
    await expect(second).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await rig.stop()
    await database.drop()
  })
})

describe('a server whose PostgreSQL is restarted under load', () => {
  test('turns unready and back, loses nothing that it acknowledged, and counts nothing twice', async () => {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'headgate-restart-'))
    chmodSync(dataDir, 0o711)
    const rig = await startServerRig(undefined, { dataDir, gatewaySilentAfterMs: 60_000 })
    const own = await startEmbeddedPostgres({ dataDir })
    const gateway = await rig.token(['gateway'])
    const [source, counted] = [randomUUID(), { stop: false, acknowledged: 0 }]
    const traffic = [{ route: 'product', arm: 'control' as const, requests: 1, errors: 0, masked: 0, latencyMicros: 1 }]

    const statuses = new Set<number>()

    /** A gateway's way: the next batch only after the receipt of the one before, the same again until there is one. */
    const load = (async () => {
      for (let seq = 1; !counted.stop; seq += 1) {
        await waitUntil('the batch is acknowledged', async () => {
          const response = await rig.post('/api/v1/signals/deltas', batch({ source, seq, traffic }), gateway)
          statuses.add(response.status)
          return response.status === 200 && deltaReceipt.parse(await response.json())
        })
        counted.acknowledged = seq
      }
    })()
    const ready = async (): Promise<number> => (await rig.get('/readyz')).status
    await waitUntil('load runs', () => counted.acknowledged > 20)
    process.kill(own.pid(), 'SIGINT')
    await waitUntil('it is unready', async () => (await ready()) === 503)
    await waitUntil('it is ready again', async () => (await ready()) === 200)
    const before = counted.acknowledged
    await waitUntil('load goes on', () => counted.acknowledged > before + 20)
    counted.stop = true
    await load

    const database = openDatabase({ url: own.url })
    expect(statuses).toEqual(new Set([200, 503]))
    const total = await database.db.selectFrom('traffic').select('requests').executeTakeFirstOrThrow()
    expect(total.requests).toBe(counted.acknowledged)
    await database.close()
    await rig.stop()
    await own.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })
})

const openApiDocument = z.object({
  openapi: z.string(),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        summary: z.string(),
        operationId: z.string(),
        security: z.array(z.unknown()),
        responses: z.record(
          z.string(),
          z.object({ description: z.string(), content: z.record(z.string(), z.unknown()).optional() }),
        ),
      }),
    ),
  ),
})

async function openApi(rig: ServerRig): Promise<z.infer<typeof openApiDocument>> {
  return openApiDocument.parse(await (await rig.get('/api/v1/openapi.json', await rig.adminToken())).json())
}
