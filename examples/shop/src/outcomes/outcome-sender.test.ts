import { outcomeBatch, type OutcomeBatch } from '@headgate/protocol/signals'
import { eventLog } from '@headgate/testkit'
import { afterEach, describe, expect, test } from 'vitest'
import { OutcomeSender, type Outcome, type OutcomeSenderOptions } from './outcome-sender.ts'

/** A stand-in for Headgate: parses what arrives by the real contract and answers as told. */
function receiver() {
  const log = eventLog<OutcomeBatch>()
  const state = { status: 200 }
  const fetch: typeof globalThis.fetch = (_url, init) => {
    const batch = outcomeBatch.parse(JSON.parse(typeof init?.body === 'string' ? init.body : ''))
    log.report(batch)
    if (state.status === 0) return Promise.reject(new TypeError('connection refused'))
    return Promise.resolve(Response.json({ accepted: batch.events.length, duplicates: 0, rejected: [] }, state))
  }
  return { log, state, fetch }
}

const senders: OutcomeSender[] = []
afterEach(() => Promise.all(senders.splice(0).map((sender) => sender.close())))

function start(options: Partial<OutcomeSenderOptions>): OutcomeSender {
  const fixed = { url: 'http://headgate.invalid', token: 'secret', source: 'commerce-api', flushMs: 1 }
  const sender = new OutcomeSender({ ...fixed, ...options })
  senders.push(sender)
  return sender
}

const placed = (number: number): Outcome => ({
  id: `order-${number}-placed`,
  journey: '1.next.n.1kw.purchase.card.abc.0.0.s.mac',
  step: 'order-placed',
  at: number,
  value: { amount: 49.9, currency: 'EUR' },
})
const ids = (batch: OutcomeBatch) => batch.events.map(({ id }) => id)

describe('the outcome sender', () => {
  test('sends what was reported in one batch, in order', async () => {
    const { log, fetch } = receiver()
    const sender = start({ fetch })
    for (const number of [1, 2, 3]) sender.report(placed(number))
    const batch = await log.waitUntilEvent(({ events }) => events.length > 0)
    expect(batch).toEqual({ source: 'commerce-api', events: [placed(1), placed(2), placed(3)] })
  })

  test('says that it is alive when it has nothing to report', async () => {
    const { log, fetch } = receiver()
    start({ fetch, signOfLifeMs: 1 })
    expect((await log.waitUntilEvent(() => true)).events).toEqual([])
  })

  test.each([[0], [401], [503]])('sends the same outcomes again until they are accepted, after %d', async (status) => {
    const { log, state, fetch } = receiver()
    state.status = status
    const warnings: string[] = []
    const sender = start({ fetch, warn: (message) => warnings.push(message) })
    sender.report(placed(1))
    await log.waitUntilEvent(({ events }) => events.length === 1)
    sender.report(placed(2))
    await log.waitUntilEvent(({ events }) => events.length === 2)
    expect(sender.counters).toMatchObject({ accepted: 0, dropped: 0 })
    state.status = 200
    await sender.close()
    expect(ids(log.events.at(-1) ?? { source: '', events: [] })).toEqual(['order-1-placed', 'order-2-placed'])
    expect(sender.counters).toMatchObject({ accepted: 2, queued: 0 })
    expect(warnings).toHaveLength(1)
  })

  test('gives up on a batch that can never be right, and says so', async () => {
    const { log, state, fetch } = receiver()
    state.status = 422
    const warnings: string[] = []
    const sender = start({ fetch, warn: (message) => warnings.push(message) })
    sender.report(placed(1))
    await log.waitUntilEvent(({ events }) => events.length === 1)
    await sender.close()
    expect(sender.counters).toMatchObject({ accepted: 0, dropped: 1, queued: 0 })
    expect(warnings[0]).toContain('422')
  })

  test('keeps the newest when Headgate is away for long', async () => {
    const { log, state, fetch } = receiver()
    state.status = 0
    const sender = start({ fetch, maxQueued: 3 })
    for (const number of [1, 2, 3, 4, 5]) sender.report(placed(number))
    expect(sender.counters).toMatchObject({ queued: 3, dropped: 2 })
    await log.waitUntilEvent(({ events }) => events.length === 3)
    sender.report(placed(6))
    state.status = 200
    await sender.close()
    expect(ids(log.events.at(-1) ?? { source: '', events: [] })).toEqual([4, 5, 6].map((n) => `order-${n}-placed`))
  })

  test('never sends what cannot be a journey token, nor anything while silent', async () => {
    const { log, fetch } = receiver()
    const state = { silent: true }
    const sender = start({ fetch, isSilent: () => state.silent })
    sender.report(placed(1))
    state.silent = false
    sender.report({ ...placed(2), journey: '' })
    sender.report({ ...placed(3), journey: 'x'.repeat(1_001) })
    sender.report({ ...placed(4), journey: 'a b' })
    sender.report(placed(5))
    expect(ids(await log.waitUntilEvent(({ events }) => events.length > 0))).toEqual(['order-5-placed'])
  })

  test('splits a backlog into batches of at most a thousand', async () => {
    const { log, fetch } = receiver()
    const sender = start({ fetch })
    for (let number = 0; number < 1_500; number += 1) sender.report(placed(number))
    await log.waitUntilEvent(({ events }) => events.length === 500)
    expect(log.events.map(({ events }) => events.length).filter((size) => size > 0)).toEqual([1_000, 500])
  })
})
