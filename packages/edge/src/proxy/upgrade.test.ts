import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { startFront } from './testing/front-rig.ts'
import {
  Closing,
  converse,
  deadUrl,
  firstConnectionGone,
  open,
  readAll,
  readUntil,
  startUpstream,
  type Upstream,
} from './testing/sockets.ts'

const closing = new Closing()
afterEach(() => closing.closeAll())

/** Answers every upgrade and sends back what it gets, in upper case. */
async function startEcho(): Promise<Upstream & { readonly sockets: Duplex[] }> {
  const upstream = await startUpstream(
    closing,
    (_, response) => void response.writeHead(426, { upgrade: 'websocket' }).end('upgrade'),
  )
  const sockets: Duplex[] = []
  upstream.server.on('upgrade', (asked, socket, head) => {
    upstream.seen.push({ method: 'UPGRADE', url: asked.url ?? '', headers: asked.headers, raw: asked.rawHeaders })
    sockets.push(socket)
    const accept =
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: yes\r\n\r\n'
    socket.write(`${accept}hello${head.toString()}`)
    socket.on('data', (chunk: Buffer) => socket.write(chunk.toString().toUpperCase()))
    socket.on('end', () => socket.end())
    socket.on('error', () => socket.destroy())
    closing.add(() => Promise.resolve(socket.destroy()))
  })
  return { ...upstream, sockets }
}

const upgrade =
  'GET /live HTTP/1.1\r\nHost: shop.example\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n'

async function startTunnel(port: number): Promise<Socket> {
  const client = await open(port)
  client.write(upgrade)
  const head = await readUntil(client, 'hello')
  expect(head).toMatch(/^HTTP\/1\.1 101 [^]*upgrade: websocket[^]*sec-websocket-accept: yes/i)
  return client
}

test('an upgraded connection carries bytes both ways, on the arm that was decided', async () => {
  const upstream = await startEcho()
  const { port, notes } = await startFront(closing, upstream.url, {
    course: { first: { arm: 'candidate', upstream: upstream.url }, headersFor: (arm) => ['headgate-arm', arm] },
  })
  const client = await startTunnel(port)
  client.write('ping')
  await readUntil(client, 'PING')
  expect(upstream.seen[0]).toMatchObject({
    url: '/live',
    headers: { upgrade: 'websocket', connection: 'upgrade', 'headgate-arm': 'candidate', host: 'shop.example' },
  })
  client.destroy()
  expect(notes.refusals).toEqual([])
})

test('bytes that the client sends right behind its request are not lost', async () => {
  const upstream = await startEcho()
  const { port } = await startFront(closing, upstream.url)
  const client = await open(port)
  client.write(`${upgrade}early`)
  expect(await readUntil(client, 'EARLY')).toContain('101 Switching Protocols')
  client.destroy()
})

test('a client that leaves closes the upstream end', async () => {
  const upstream = await startEcho()
  const { port, ended, notes } = await startFront(closing, upstream.url)
  const client = await startTunnel(port)
  const closed = firstConnectionGone(upstream)
  client.destroy()
  await closed
  await ended(1)
  expect(notes.endings).toEqual(['whole'])
})

test('an upstream that leaves closes the client end', async () => {
  const upstream = await startEcho()
  const { port } = await startFront(closing, upstream.url)
  const client = await startTunnel(port)
  const closed = once(client, 'close')
  upstream.sockets[0]?.destroy()
  await closed
  expect(client.bytesRead).toBeGreaterThan(0)
})

test('a tunnel that is silent for too long is closed', async () => {
  const upstream = await startEcho()
  const { port, ended, front } = await startFront(closing, upstream.url, { limits: { tunnelIdleMs: 30 } })
  const client = await startTunnel(port)
  await once(client, 'close')
  await ended(1)
  expect(front.active).toBe(0)
})

test('an upstream that refuses the upgrade answers as to any request', async () => {
  const upstream = await startUpstream(closing, (_, response) => void response.writeHead(426).end('no tunnels'))
  const { port, front } = await startFront(closing, upstream.url)
  const text = await converse(port, upgrade)
  expect(text).toMatch(/^HTTP\/1\.1 426 [^]*connection: close[^]*no tunnels/i)
  expect(front.active).toBe(0)
})

test('an upgrade whose candidate cannot be reached goes to control', async () => {
  const upstream = await startEcho()
  const dead = await deadUrl()
  const { port, notes } = await startFront(closing, dead, {
    course: { first: { arm: 'candidate', upstream: dead }, fallback: { arm: 'control', upstream: upstream.url } },
  })
  const client = await startTunnel(port)
  expect(notes.answers).toMatchObject([{ servedBy: 'control', masked: true, status: 101 }])
  client.destroy()
})

test('an upgrade behind an unanswered request of the same connection ends the connection', async () => {
  const upstream = await startUpstream(closing, () => undefined)
  const { port } = await startFront(closing, upstream.url)
  expect(await converse(port, `GET /slow HTTP/1.1\r\nHost: a\r\n\r\n${upgrade}`)).toBe('')
  expect(upstream.seen.map(({ url }) => url)).not.toContain('/live')
})

test.each([
  [
    'to cleartext HTTP/2',
    'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n',
  ],
  ['to one of several protocols', 'Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n'],
  ['without naming it in Connection', 'Upgrade: websocket\r\n'],
])('an upgrade %s is not passed on; the request is', async (_, fields) => {
  const upstream = await startEcho()
  const { port } = await startFront(closing, upstream.url)
  const client = await open(port)
  client.write(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`)
  await readUntil(client, '426')
  expect(upstream.seen).toHaveLength(1)
  expect(upstream.seen[0]?.headers).not.toHaveProperty('upgrade')
  expect(upstream.seen[0]?.headers).not.toHaveProperty('http2-settings')
  client.destroy()
})

test('draining closes tunnels at its deadline', async () => {
  const upstream = await startEcho()
  const { port, front } = await startFront(closing, upstream.url)
  const client = await startTunnel(port)
  const rest = readAll(client)
  await front.drain(1)
  expect(await rest).toBe('')
})
