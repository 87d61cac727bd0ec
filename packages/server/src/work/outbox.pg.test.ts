import { createTestDatabase, fakeClock, type TestDatabase } from '@headgate/testkit'
import type { Notice } from '@headgate/core/ports'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { inTransaction } from '../db/index.ts'
import { countNotices, queueNotices } from './outbox-store.ts'
import { deliverDueNotices, repeatDelayMs, type OutboxOptions } from './outbox.ts'

let database: TestDatabase
const clock = fakeClock()
const never = new AbortController().signal

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() => database.db.deleteFrom('outbox').execute())

function notice(id: string): Notice {
  return { id, to: 'checkout', topic: 'held', subject: 'storefront-next is held', message: 'blind since 12:00' }
}

function outbox(send: OutboxOptions['send']): OutboxOptions {
  return { db: database.db, now: clock.now, random: () => 0, send, onFailure: () => undefined }
}

async function queue(...ids: string[]): Promise<void> {
  await inTransaction(database.db, (tx) => queueNotices(tx, ids.map(notice), new Date(clock.now())))
}

test('a notice queued twice is sent once', async () => {
  await queue('a')
  await queue('a', 'b')
  const sent: string[] = []
  const options = outbox(async ({ id }) => void sent.push(id))
  await deliverDueNotices(options, never)
  await deliverDueNotices(options, never)
  expect(sent.toSorted()).toEqual(['a', 'b'])
})

test('a notice of a transaction that was rolled back is never sent', async () => {
  const failing = inTransaction(database.db, async (tx) => {
    await queueNotices(tx, [notice('ghost')], new Date(clock.now()))
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(
    await deliverDueNotices(
      outbox(async () => undefined),
      never,
    ),
  ).toBe(0)
})

test('two workers side by side share the work and send nothing twice', async () => {
  await queue(...Array.from({ length: 30 }, (_, index) => `n${index}`))
  const sent: string[] = []
  const options = outbox(async ({ id }) => void sent.push(id))
  await Promise.all([deliverDueNotices(options, never), deliverDueNotices(options, never)])
  await deliverDueNotices(options, never)
  expect(sent).toHaveLength(30)
  expect(new Set(sent).size).toBe(30)
})

test('a notice that is refused is tried again later, gives up after its last attempt, and stays visible', async () => {
  await queue('refused')
  let attempts = 0
  const options = outbox(async () => {
    attempts += 1
    throw new Error('503')
  })
  await deliverDueNotices(options, never)
  expect(await deliverDueNotices(options, never)).toBe(0)
  for (let round = 0; round < 20; round += 1) {
    clock.advance(16 * 60_000)
    await deliverDueNotices(options, never)
  }
  expect(attempts).toBe(12)
  expect(await countNotices(database.db)).toEqual({ waiting: 0, dead: 1 })
})

test('a worker that died with a claim loses it, and another one sends', async () => {
  await queue('orphan')
  await new Promise<void>((claimed) => {
    const died = outbox(() => {
      claimed()
      return new Promise<void>(() => undefined)
    })
    void deliverDueNotices(died, never)
  })
  const sent: string[] = []
  const options = outbox(async ({ id }) => void sent.push(id))
  expect(await deliverDueNotices(options, never)).toBe(0)
  clock.advance(61_000)
  await deliverDueNotices(options, never)
  expect(sent).toEqual(['orphan'])
})

test('the waits between attempts double up to a quarter of an hour', () => {
  expect([1, 2, 3, 20].map((attempt) => repeatDelayMs(attempt, 0))).toEqual([1_000, 2_000, 4_000, 900_000])
  expect(repeatDelayMs(1, 1)).toBe(1_500)
})
