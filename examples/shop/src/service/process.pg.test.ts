import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { waitUntil } from '@headgate/testkit'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { createShopDatabase, type ShopDatabase } from '../database/shop-database.test-support.ts'
import { shopArguments, type ShopFlags, type ShopServiceName } from '../services.ts'

const readyLine = z.object({ ready: z.string(), ports: z.object({ http: z.int() }) })
const seenCounters = z.object({ errorPages: z.int(), shed: z.int(), journeys: z.object({ thanked: z.int() }) })

let shop: ShopDatabase
beforeAll(async () => {
  shop = await createShopDatabase()
})
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => shop.drop())

function start(service: ShopServiceName, flags: ShopFlags) {
  const child = spawn(process.execPath, shopArguments(service, flags), { stdio: ['pipe', 'pipe', 'ignore'] })
  children.push(child)
  const ready = once(child.stdout, 'data').then(([line]) => readyLine.parse(JSON.parse(String(line))))
  const exit = once(child, 'exit').then(([code]) => Number(code))
  return { child, ready, exit }
}

const free = { port: 0, internalPort: 0 }

test('a service says where it listens, answers, and ends in an orderly way on SIGTERM', async () => {
  const { child, ready, exit } = start('legacy', { ...free, databaseUrl: shop.url })
  const { ready: name, ports } = await ready
  expect(name).toBe('storefront-legacy')
  expect((await fetch(`http://127.0.0.1:${ports.http}/healthz`)).status).toBe(200)
  child.kill('SIGTERM')
  expect(await exit).toBe(0)
})

test('a service ends with its parent when told to', async () => {
  const { child, ready, exit } = start('commerce', { ...free, databaseUrl: shop.url, withParent: true })
  await ready
  child.stdin.end()
  expect(await exit).toBe(0)
})

test('shoppers buy, show what they saw, and end by themselves with their counters', async () => {
  const store = start('legacy', { ...free, databaseUrl: shop.url, withParent: true, paymentMs: 0, renderMs: 0 })
  const url = `http://127.0.0.1:${(await store.ready).ports.http}`
  const fast = { port: 0, url, visitorsPerMinute: 3_000, timeScale: 1_000 }
  const many = start('shoppers', { ...fast, withParent: true })
  const { ports } = await many.ready
  const seen = await waitUntil('shoppers have placed orders', async () => {
    const counters = seenCounters.parse(await (await fetch(`http://127.0.0.1:${ports.http}/counters`)).json())
    return counters.journeys.thanked > 5 && counters
  })
  expect(seen).toMatchObject({ errorPages: 0, shed: 0 })
  const paused = await fetch(`http://127.0.0.1:${ports.http}/rate`, { method: 'PUT', body: '{"visitorsPerMinute":0}' })
  expect(paused.status).toBe(200)
  many.child.stdin.end()
  expect(await many.exit).toBe(0)

  const few = start('shoppers', { ...fast, durationSeconds: 0.3 })
  const output = text(few.child.stdout)
  expect(await few.exit).toBe(0)
  expect(JSON.parse((await output).trim().split('\n').at(-1) ?? '')).toMatchObject({ counters: { inFlight: 0 } })
  store.child.stdin.end()
  expect(await store.exit).toBe(0)
})

test('wrong arguments exit with 2', async () => {
  const child = spawn(process.execPath, [...shopArguments('erp'), '--nonsense'], { stdio: 'ignore' })
  expect((await once(child, 'exit'))[0]).toBe(2)
})
