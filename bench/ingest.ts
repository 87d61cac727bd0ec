/**
 * How much one server ingests: counts from gateways and outcomes from the shop, over real HTTP, into the embedded PostgreSQL
 * with its default durability. The server runs in a process of its own; this process sends. Every figure depends on the
 * machine, so it is printed with what it was measured on.
 *
 *   node bench/ingest.ts [seconds]
 */
import { fork } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import path from 'node:path'
import { createClient } from '@headgate/client'
import { readConfig, startServer } from '@headgate/server'
import { openDatabase } from '@headgate/server/database'
import { startEmbeddedPostgres } from '@headgate/server/embedded-postgres'
import { shopModel } from '@headgate/testkit/operating-model'
import { buildExposure } from '@headgate/testkit/snapshot'
import { encodeJourneyToken, type DeltaBatch, type OutcomeBatch } from '@headgate/protocol/signals'
import { inTransaction, listenForNotifications } from '../packages/server/src/db/index.ts'
import { createExposure, loadKeys, type ReadExposures } from '../packages/server/src/exposure/index.ts'

const senders = 8
const cellsPerBatch = 200
const eventsPerBatch = 200

if (process.argv[2] === 'server') await serve(process.argv[3] ?? '')
else await measure(Number(process.argv[2] ?? 5) * 1_000)

function exposed(): ReturnType<ReadExposures> {
  return Promise.resolve({ model: shopModel(), exposures: [buildExposure()] })
}

/** The measured process. */
async function serve(dataDir: string): Promise<void> {
  const postgres = await startEmbeddedPostgres({ dataDir })
  const server = await startServer(readConfig({ dataDir, port: 0, logLevel: 'warn', work: false }, {}))
  const database = openDatabase({ url: postgres.url })
  const notifications = listenForNotifications(database.connection)
  const keys = loadKeys({ dataDir })
  const options = { db: database.db, now: Date.now, notifications, keys, gatewaySilentAfterMs: 10_000 }
  const exposure = createExposure(options)
  await inTransaction(database.db, (tx) => exposure.publishSnapshot(tx, exposed))
  await exposure.close()
  await notifications.close()
  await database.close()
  process.send?.({ url: server.url, secret: server.bootstrap?.secret, journeyKey: keys.journeyKey })
  process.once('disconnect', () => void server.stop().then(() => postgres.stop()))
}

async function measure(durationMs: number): Promise<void> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'headgate-bench-'))
  // The user that PostgreSQL runs as must be able to pass.
  chmodSync(dataDir, 0o711)
  const child = fork(import.meta.filename, ['server', dataDir])
  const [{ url, secret, journeyKey }] = await once(child, 'message')
  const admin = createClient({
    baseUrl: url,
    token: (await createClient({ baseUrl: url }).bootstrap({ secret })).token,
  })
  const token = async (scope: 'gateway' | 'signals'): Promise<string> =>
    (await admin.tokens.create({ name: scope, principal: scope, scopes: [scope] })).token
  const [gateway, signals] = [await token('gateway'), await token('signals')]
  console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores; Node ${process.version}`)
  console.log(
    `${senders} senders, each waits for its receipt; ${durationMs / 1_000} s each; server, senders and PostgreSQL share the cores`,
  )
  const deltas = await load(durationMs, url + '/api/v1/signals/deltas', gateway, () => deltaSender())
  print(`deltas: batches of ${cellsPerBatch} cells`, deltas, cellsPerBatch, 'cells')
  const small = await load(durationMs, url + '/api/v1/signals/deltas', gateway, () => deltaSender(10))
  print('deltas: batches of 10 cells', small, 10, 'cells')
  const events = await load(durationMs, url + '/api/v1/signals/events', signals, () => eventSender(journeyKey))
  print(`events: batches of ${eventsPerBatch} orders placed`, events, eventsPerBatch, 'events')
  child.disconnect()
  await once(child, 'exit')
  rmSync(dataDir, { recursive: true, force: true })
}

/** The bodies of one sender, one after the other. */
type NextBody = () => DeltaBatch | OutcomeBatch

interface Load {
  readonly seconds: number
  readonly latencies: readonly number[]
}

async function load(durationMs: number, address: string, token: string, sender: () => NextBody): Promise<Load> {
  const latencies: number[] = []
  const began = performance.now()
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const run = async (next: NextBody): Promise<void> => {
    while (performance.now() - began < durationMs) {
      const body = JSON.stringify(next())
      const sent = performance.now()
      const response = await fetch(address, { method: 'POST', headers, body })
      const text = await response.text()
      if (response.status !== 200) throw new Error(`${response.status} ${text}`)
      latencies.push(performance.now() - sent)
    }
  }
  await Promise.all(Array.from({ length: senders }, () => run(sender())))
  return { seconds: (performance.now() - began) / 1_000, latencies: latencies.toSorted((a, b) => a - b) }
}

function deltaSender(cells = cellsPerBatch): NextBody {
  const [gateway, source] = [`gw-${randomUUID()}`, randomUUID()]
  let seq = 0
  return () => {
    seq += 1
    return {
      gateway,
      source,
      seq,
      at: Date.now(),
      snapshotVersion: 1,
      cells: Array.from({ length: cells }, (_, index) => ({
        kind: 'page',
        release: 'r1',
        route: `route-${index % 8}`,
        arm: index % 2 === 0 ? 'control' : 'candidate',
        share: 5_000,
        outcome: 'ok',
        bucket: index,
        count: 1 + (seq % 7),
      })),
      traffic: [{ route: 'product', arm: 'control', requests: 100, errors: 0, masked: 0, latencyMicros: 1_000_000 }],
    }
  }
}

function eventSender(journeyKey: string): NextBody {
  const key = Buffer.from(journeyKey, 'base64url')
  const mac = (text: string): string => createHmac('sha256', key).update(text).digest('base64url')
  return () => ({
    source: 'commerce-api',
    events: Array.from({ length: eventsPerBatch }, () => {
      const at = Date.now()
      const journey = {
        release: 'r1',
        arm: 'candidate',
        share: 5_000,
        flow: 'purchase',
        path: 'critical',
        id: randomUUID(),
        pinnedAt: at,
        startedAt: at,
        state: 'started',
      } as const
      return { id: randomUUID(), journey: encodeJourneyToken(journey, mac), step: 'order-placed', at }
    }),
  })
}

function print(what: string, { seconds, latencies }: Load, perBatch: number, unit: string): void {
  const rate = latencies.length / seconds
  const at = (quantile: number): string => `${(latencies[Math.floor(latencies.length * quantile)] ?? 0).toFixed(1)} ms`
  const totals = `${Math.round(rate)} batches/s = ${Math.round(rate * perBatch).toLocaleString('en')} ${unit}/s`
  console.log(`${what}: ${totals}; receipt after p50 ${at(0.5)}, p99 ${at(0.99)}`)
}
