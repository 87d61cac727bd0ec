import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createTestDatabase, eventLog, fakeClock, type TestDatabase } from '@headgate/testkit'
import { shopModel } from '@headgate/testkit/operating-model'
import { buildExposure } from '@headgate/testkit/snapshot'
import { parseSnapshotPayload } from '@headgate/protocol/snapshot'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { inTransaction, listenForNotifications, type Notifications } from '../db/index.ts'
import type { Principal } from '../http/index.ts'
import { createExposure, type ExposureService } from './exposure.ts'
import { loadKeys } from './keys.ts'
import type { ReadExposures } from './publish.ts'
import { latestSnapshot } from './snapshot-store.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'headgate-publish-'))
const keys = loadKeys({ dataDir: folder })
const machine: Principal = { name: 'gateways', tokenId: 't', scopes: ['gateway'] }
let database: TestDatabase
let notifications: Notifications
let exposure: ExposureService
let clock = fakeClock()

beforeEach(async () => {
  clock = fakeClock()
  database = await createTestDatabase({ maxConnections: 20 })
  notifications = listenForNotifications(database.connection)
  exposure = createExposure({ db: database.db, now: clock.now, notifications, keys, gatewaySilentAfterMs: 10_000 })
  await exposure.registerKeys(false)
})
afterEach(async () => {
  await exposure.close()
  await notifications.close()
  await database.drop()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const exposed: ReadExposures = () => Promise.resolve({ model: shopModel(), exposures: [buildExposure()] })
const nothing: ReadExposures = () => Promise.resolve({ model: shopModel(), exposures: [] })

/** Reads its share from a table, as release control reads its state. */
const exposedShare: ReadExposures = async (tx) => {
  const row = await sql<{ share: number }>`select share from exposed_share`.execute(tx)
  const visitorBasisPoints = row.rows[0]?.share ?? -1
  return { model: shopModel(), exposures: [buildExposure({ visitorBasisPoints })] }
}

function publish(read: ReadExposures = exposed): Promise<number> {
  return inTransaction(database.db, (tx) => exposure.publishSnapshot(tx, read))
}

async function acknowledge(
  version: number,
  gateway = 'gw-1',
  source = '0190c5a1-0000-7000-8000-000000000001',
): Promise<void> {
  await exposure.acknowledge({ gateway, source, version, appliedAt: clock.now() }, machine)
}

describe('publishSnapshot', () => {
  test('numbers versions without gaps, however many publish at once', async () => {
    const versions = await Promise.all(Array.from({ length: 10 }, () => publish()))
    expect(versions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, index) => index + 1))
  })

  test('a publication that is rolled back leaves no version, no gap and wakes nobody', async () => {
    const heard = eventLog<string>()
    const failing = inTransaction(database.db, async (tx) => {
      await exposure.publishSnapshot(tx, exposed)
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    notifications.subscribe('snapshot', (version) => heard.report(version))
    expect(await publish()).toBe(1)
    await heard.waitUntilEvent((version) => version === '1')
    expect(heard.events.filter((version) => version !== '')).toEqual(['1'])
  })

  test('reads what to expose only when its turn has come, so that a stop before it stays a stop', async () => {
    await sql`create table exposed_share (share int)`.execute(database.db)
    await sql`insert into exposed_share values (500)`.execute(database.db)
    const waiting = eventLog<'turn'>()
    const renewal = await inTransaction(database.db, async (tx) => {
      await sql`update exposed_share set share = 0`.execute(tx)
      await exposure.publishSnapshot(tx, exposedShare)
      const other = inTransaction(database.db, async (second) => {
        waiting.report('turn')
        return exposure.publishSnapshot(second, exposedShare)
      })
      await waiting.waitUntilEvent(() => true)
      return { other }
    })
    await renewal.other
    const latest = await latestSnapshot(database.db)
    const parsed = parseSnapshotPayload(latest?.payload ?? '')
    expect([parsed.version, parsed.exposures[0]?.visitorBasisPoints]).toEqual([2, 0])
  })

  test('signs nothing that a gateway would refuse', async () => {
    const base = { domain: 'storefront', owner: 'storefront', provides: [], consumes: [] }
    const model = shopModel({ components: { broken: { ...base, upstream: 'no url' } } })
    const read: ReadExposures = () => Promise.resolve({ model, exposures: [] })
    await expect(publish(read)).rejects.toMatchObject({ code: 'INVALID_MODEL' })
    expect(await latestSnapshot(database.db)).toBeUndefined()
  })

  test('keeps a bounded number of versions', async () => {
    for (let index = 0; index < 205; index += 1) await publish()
    const row = await database.db
      .selectFrom('snapshot')
      .select((select) => [select.fn.countAll<number>().as('count'), select.fn.min('version').as('oldest')])
      .executeTakeFirstOrThrow()
    expect(row).toEqual({ count: 200, oldest: 6 })
  })
})

describe('keys', () => {
  test('a second server with another signing key is refused, and may take over on purpose', async () => {
    const others = loadKeys({ dataDir: path.join(folder, 'other'), journeyKey: keys.journeyKey })
    const second = createExposure({
      db: database.db,
      now: clock.now,
      notifications,
      keys: others,
      gatewaySilentAfterMs: 1,
    })
    await expect(second.registerKeys(false)).rejects.toMatchObject({ code: 'CONFLICT' })
    await second.registerKeys(true)
    expect(await exposure.readiness.problem()).toContain('another key')
    await expect(publish()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(await second.listKeys()).toEqual([{ keyId: others.signing.keyId, publicKey: others.signing.publicKey }])
    await second.close()
  })
})

describe('renewSnapshot', () => {
  test('publishes again after a third of the shortest lease, not before, and once among many', async () => {
    await publish()
    clock.advance(4_999)
    expect(await exposure.renewSnapshot(exposed)).toBeUndefined()
    clock.advance(1)
    const renewals = await Promise.all(Array.from({ length: 5 }, () => exposure.renewSnapshot(exposed)))
    expect(renewals.filter((version) => version !== undefined)).toEqual([2])
  })

  test('has nothing to renew where nothing is exposed', async () => {
    await publish(nothing)
    clock.advance(1_000_000)
    expect(await exposure.renewSnapshot(exposed)).toBeUndefined()
  })
})

function confirmation(version: number): ReturnType<ExposureService['confirmation']> {
  return exposure.confirmation(database.db, version)
}

describe('confirmation', () => {
  test('counts live gateways that obey the version or a later one', async () => {
    const version = await publish()
    await acknowledge(version)
    await acknowledge(0, 'gw-2', '0190c5a1-0000-7000-8000-000000000002')
    expect(await confirmation(version)).toEqual({ confirmed: 1, of: 2 })
    await acknowledge(version + 1, 'gw-2', '0190c5a1-0000-7000-8000-000000000002')
    expect(await confirmation(version)).toEqual({ confirmed: 2, of: 2 })
  })

  test('waits for a silent gateway until the leases of the versions that it may obey have run out', async () => {
    await acknowledge(await publish())
    clock.advance(12_000)
    const stop = await publish(nothing)
    expect(await confirmation(stop)).toEqual({ confirmed: 0, of: 1 })
    clock.advance(3_000)
    expect(await confirmation(stop)).toEqual({ confirmed: 0, of: 0 })
  })

  test('waits without end for a silent gateway whose lease stays, until it is forgotten', async () => {
    const lease = { expiresAt: 0, durationMs: 15_000, onExpiry: 'stay' as const }
    const stays: ReadExposures = () => Promise.resolve({ model: shopModel(), exposures: [buildExposure({ lease })] })
    await acknowledge(await publish(stays))
    const stop = await publish(nothing)
    await expect(exposure.forgetGateway('gw-1')).rejects.toMatchObject({ code: 'CONFLICT' })
    clock.advance(86_400_000)
    expect(await confirmation(stop)).toEqual({ confirmed: 0, of: 1 })
    await exposure.forgetGateway('gw-1')
    expect(await confirmation(stop)).toEqual({ confirmed: 0, of: 0 })
  })

  test('a late acknowledgement of an older version takes nothing back; a restarted gateway does', async () => {
    const version = (await publish()) + 1
    await publish()
    await acknowledge(version)
    await acknowledge(version - 1)
    expect(await confirmation(version)).toEqual({ confirmed: 1, of: 1 })
    await acknowledge(version - 1, 'gw-1', '0190c5a1-0000-7000-8000-000000000009')
    expect(await confirmation(version)).toEqual({ confirmed: 0, of: 1 })
  })
})

describe('the feed', () => {
  test('wakes all that wait with the new version', async () => {
    const never = new AbortController().signal
    const waiting = Array.from({ length: 20 }, () => exposure.feed.newerThan(0, never))
    await publish()
    const got = await Promise.all(waiting)
    expect(got.map((snapshot) => snapshot?.version)).toEqual(Array.from({ length: 20 }, () => 1))
  })

  test('still finds new versions when its listening connection was cut', async () => {
    await sql`
      select pg_terminate_backend(activity.pid) from pg_stat_activity activity
      where activity.application_name = 'headgate notifications' and activity.datname = current_database()
    `.execute(database.db)
    const waiting = exposure.feed.newerThan(0, new AbortController().signal)
    await publish()
    expect(await waiting).toMatchObject({ version: 1 })
  })

  test('answers with nothing when the patience ends', async () => {
    const ended = new AbortController()
    const waiting = exposure.feed.newerThan(0, ended.signal)
    ended.abort()
    expect(await waiting).toBeUndefined()
  })
})
