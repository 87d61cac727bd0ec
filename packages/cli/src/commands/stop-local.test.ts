import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runWith } from '../testing/fake-surroundings.ts'

let folder = ''
const servers: Server[] = []

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hg-'))
})

afterEach(async () => {
  for (const server of servers.splice(0)) server.close()
  await rm(folder, { recursive: true, force: true })
})

/** A control socket that answers every command with this and remembers what it was asked. */
async function gatewayAnswering(name: string, answer: unknown) {
  const asked: string[] = []
  const server = createServer((socket) => {
    socket.once('data', (line) => {
      asked.push(line.toString().trim())
      socket.end(`${JSON.stringify(answer)}\n`)
    })
  })
  servers.push(server)
  const socket = path.join(folder, name)
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  return { socket, asked }
}

test('asks every gateway named, and is done when all obey', async () => {
  const ok = { ok: true, release: 'next', mode: 'evict', isExposed: true, isKept: true }
  const a = await gatewayAnswering('a.sock', ok)
  const b = await gatewayAnswering('b.sock', ok)
  const { code, out } = await runWith(
    ['stop-local', 'next', '--socket', a.socket, '--socket', b.socket, '--by', 'sre', '-r', 'coupons  fail'],
    {},
  )
  expect(code).toBe(0)
  expect(a.asked).toEqual(['stop next evict by=sre coupons fail'])
  expect(b.asked).toEqual(a.asked)
  expect(out[0]).toContain(`${a.socket}: next is stopped (evict) after`)
})

test('a gateway that is not there does not keep the others from stopping, and ends with 5', async () => {
  const a = await gatewayAnswering('a.sock', { ok: true })
  const { code, err } = await runWith(['stop-local', 'next', '--socket', `${folder}/none.sock,${a.socket}`])
  expect(code).toBe(5)
  expect(a.asked).toHaveLength(1)
  expect(err[0]).toContain('none.sock')
})

test('says when the release was not exposed there, or when the stop would not outlive a restart', async () => {
  const a = await gatewayAnswering('a.sock', { ok: true, isExposed: false, isKept: false })
  const { code, err } = await runWith(['stop-local', 'nxt', '--socket', a.socket])
  expect(code).toBe(0)
  expect(err.join('\n')).toMatch(/is the name right\?[\s\S]*would not outlive a restart/)
})

test('a refusal of the gateway is a fail with its own words', async () => {
  const a = await gatewayAnswering('a.sock', { ok: false, error: 'no local stop of release next is in force' })
  const { code, err } = await runWith(['stop-local', 'next', '--clear', '--socket', a.socket])
  expect([code, a.asked]).toEqual([1, ['clear next']])
  expect(err[0]).toContain('no local stop of release next is in force')
})

test('without a socket it says how to name one', async () => {
  const { code, err } = await runWith(['stop-local', 'next'])
  expect([code, err[0]?.includes('--socket')]).toEqual([2, true])
})

test('the socket of the environment is asked for its status', async () => {
  const a = await gatewayAnswering('a.sock', { ok: true, snapshotVersion: 9 })
  const { out } = await runWith(['local-status'], {}, { env: { HEADGATE_CONTROL_SOCKET: a.socket } })
  expect(JSON.parse(out.join('\n'))).toEqual({ ok: true, snapshotVersion: 9 })
})
