import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import type { RequestListener } from 'node:http'
import { startFront, type Rig, type RigOptions } from './testing/front-rig.ts'
import {
  ask,
  Closing,
  deadUrl,
  firstConnectionGone,
  startRawUpstream,
  startUpstream,
  type Upstream,
} from './testing/sockets.ts'

const closing = new Closing()
afterEach(() => closing.closeAll())

const control: RequestListener = (asked, response) => {
  asked.resume()
  response.setHeader('x-arm-seen', String(asked.headers['headgate-arm']))
  response.end('control')
}

async function startArms(
  candidate: string,
  options: RigOptions = {},
): Promise<Rig & { readonly controlSaw: Upstream['seen'] }> {
  const { url, seen } = await startUpstream(closing, control)
  const course = {
    first: { arm: 'candidate', upstream: candidate },
    fallback: { arm: 'control', upstream: url },
    timeoutMs: 1_000,
    ...options.course,
  } as const
  const rig = await startFront(closing, candidate, { ...options, course })
  return { ...rig, controlSaw: seen }
}

const masked = { servedBy: 'control', status: 200, masked: true }

describe('a GET whose candidate fails before its first byte is served by control, once', () => {
  test.each([500, 502, 503, 504])('status %d', async (status) => {
    const candidate = await startUpstream(closing, (_, response) => void response.writeHead(status).end('sorry'))
    const rig = await startArms(candidate.url)
    expect(await ask(rig.port, '/')).toMatchObject({
      status: 200,
      body: 'control',
      headers: { 'x-arm-seen': 'control' },
    })
    await rig.ended(1)
    expect(rig.notes).toMatchObject({ answers: [masked], failures: [{ kind: 'error-status' }], endings: ['whole'] })
    expect(candidate.seen).toHaveLength(1)
    expect(candidate.seen[0]?.headers['headgate-arm']).toBe('candidate')
  })

  test.each([
    ['closes the connection', '', 'broken'],
    ['answers something else than HTTP', 'SSH-2.0-OpenSSH_9.9\r\n', 'malformed'],
    ['answers HTTP/0.9', '<html>', 'malformed'],
    ['sends a head that never ends', 'HTTP/1.1 200 OK\r\nX: y\r\n', 'broken'],
    ['sends a broken field', 'HTTP/1.1 200 OK\r\nX y\r\n\r\n', 'malformed'],
    ['sends a space in front of a colon', 'HTTP/1.1 200 OK\r\nX : y\r\n\r\n', 'malformed'],
    ['sends two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 'malformed'],
    [
      'sends a length and chunks',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'malformed',
    ],
    ['sends bare line feeds', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nab', 'malformed'],
    ['sends a NUL', 'HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n', 'malformed'],
    ['sends a status out of range', 'HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n', 'malformed'],
    [
      'changes the protocol unasked',
      'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
      'malformed',
    ],
    ['sends too large a head', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 'malformed'],
  ])('a candidate that %s', async (_, text, kind) => {
    const candidate = await startRawUpstream(closing, (socket) => void socket.end(text, 'latin1'))
    const rig = await startArms(candidate.url)
    expect(await ask(rig.port, '/')).toMatchObject({ status: 200, body: 'control' })
    expect(rig.notes).toMatchObject({ answers: [masked], failures: [{ kind }] })
  })

  test('a candidate that resets the connection', async () => {
    const candidate = await startRawUpstream(closing, (socket) => void socket.resetAndDestroy())
    const rig = await startArms(candidate.url)
    expect(await ask(rig.port, '/')).toMatchObject({ body: 'control' })
    expect(rig.notes).toMatchObject({ answers: [masked], failures: [{ kind: 'broken' }] })
  })

  test('a candidate that cannot be reached', async () => {
    const rig = await startArms(await deadUrl())
    expect(await ask(rig.port, '/')).toMatchObject({ body: 'control' })
    expect(rig.notes).toMatchObject({ answers: [masked], failures: [{ kind: 'unreachable', sent: false }] })
  })

  test('a candidate that hangs is given up at the route’s time to first byte, and its connection is closed', async () => {
    const candidate = await startUpstream(closing, () => undefined)
    const rig = await startArms(candidate.url, { course: { timeoutMs: 40 } })
    const connected = once(candidate.server, 'connection')
    const reply = ask(rig.port, '/')
    await connected
    const closed = firstConnectionGone(candidate)
    expect(await reply).toMatchObject({ body: 'control' })
    await closed
    expect(rig.notes).toMatchObject({ answers: [masked], failures: [{ kind: 'timeout' }] })
  })

  test('a candidate with too many requests under way', async () => {
    const candidate = await startUpstream(closing, () => undefined)
    const rig = await startArms(candidate.url, { pools: { maxRequests: 0 } })
    expect((await ask(rig.port, '/')).status).toBe(503)
    expect(rig.notes.failures).toMatchObject([{ kind: 'overloaded' }, { kind: 'overloaded' }])
  })

  test('a HEAD', async () => {
    const candidate = await startUpstream(closing, (_, response) => void response.writeHead(500).end())
    const rig = await startArms(candidate.url)
    expect(await ask(rig.port, '/', { method: 'HEAD' })).toMatchObject({ status: 200 })
    expect(rig.notes).toMatchObject({ answers: [masked] })
  })

  test('the connection of a candidate that answers errors is used again', async () => {
    const candidate = await startUpstream(closing, (_, response) => void response.writeHead(500).end('x'.repeat(2_000)))
    const rig = await startArms(candidate.url)
    for (let i = 0; i < 3; i += 1) await ask(rig.port, '/')
    expect(candidate.seen).toHaveLength(3)
    expect(candidate.connections.size).toBe(1)
  })

  test('an endless error page is not read to its end', async () => {
    const candidate = await startUpstream(closing, (_, response) => {
      response.writeHead(500)
      response.write('x'.repeat(200_000))
    })
    const rig = await startArms(candidate.url)
    const gone = once(candidate.server, 'request').then(() => firstConnectionGone(candidate))
    expect(await ask(rig.port, '/')).toMatchObject({ body: 'control' })
    await gone
  })
})

describe('what is not served by control', () => {
  test.each([400, 404, 410, 429, 501, 505])('status %d is an answer, not a failure', async (status) => {
    const candidate = await startUpstream(closing, (_, response) => void response.writeHead(status).end('as it is'))
    const rig = await startArms(candidate.url)
    expect(await ask(rig.port, '/')).toMatchObject({ status, body: 'as it is' })
    expect(rig.controlSaw).toEqual([])
    expect(rig.notes).toMatchObject({ answers: [{ servedBy: 'candidate', status, masked: false }], failures: [] })
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'a %s that reached the candidate is never sent twice',
    async (method) => {
      const candidate = await startUpstream(closing, (asked, response) => {
        asked.resume().once('end', () => response.writeHead(503).end('no'))
      })
      const rig = await startArms(candidate.url)
      expect(await ask(rig.port, '/', { method, body: method === 'OPTIONS' ? '' : 'order' })).toMatchObject({
        status: 503,
        body: 'no',
      })
      expect(rig.controlSaw).toEqual([])
    },
  )

  test.each([
    ['a POST on a connection that dies', 'POST', 'order'],
    ['a GET with a body', 'GET', 'query'],
  ])('%s', async (_, method, body) => {
    const candidate = await startRawUpstream(closing, (socket) => void socket.destroy())
    const rig = await startArms(candidate.url)
    expect(await ask(rig.port, '/', { method, body })).toMatchObject({ status: 502 })
    expect(rig.controlSaw).toEqual([])
    expect(rig.notes).toMatchObject({ answers: [{ servedBy: 'candidate', status: 502, masked: false }] })
  })

  test('a POST goes to control when the candidate was never reached, with its whole body', async () => {
    const echo = await startUpstream(closing, (asked, response) => void asked.pipe(response))
    const rig = await startArms(await deadUrl(), { course: { fallback: { arm: 'control', upstream: echo.url } } })
    const body = 'x'.repeat(300_000)
    expect(await ask(rig.port, '/', { method: 'POST', body })).toMatchObject({ status: 200, body })
    expect(rig.notes).toMatchObject({ answers: [masked] })
  })

  test('nothing, where the exposure has no fallback', async () => {
    const candidate = await startUpstream(closing, (_, response) => void response.writeHead(500).end('seen'))
    const rig = await startArms(candidate.url, { course: { fallback: undefined } })
    expect(await ask(rig.port, '/')).toMatchObject({ status: 500, body: 'seen' })
  })

  test('a page that broke off', async () => {
    const candidate = await startRawUpstream(
      closing,
      (socket) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'),
    )
    const rig = await startArms(candidate.url)
    await expect(ask(rig.port, '/')).rejects.toThrow('aborted')
    await rig.ended(1)
    expect(rig.controlSaw).toEqual([])
    expect(rig.notes).toMatchObject({ answers: [{ servedBy: 'candidate', status: 200 }], endings: ['broken'] })
  })
})

describe('when control fails as well', () => {
  test('the shopper gets a plain 502 that no cache keeps', async () => {
    const rig = await startArms(await deadUrl(), {
      course: { fallback: { arm: 'control', upstream: await deadUrl() } },
    })
    const reply = await ask(rig.port, '/')
    expect(reply).toMatchObject({ status: 502, headers: { 'cache-control': 'no-store' } })
    expect(rig.notes).toMatchObject({ answers: [{ servedBy: 'control', status: 502, masked: true }] })
  })

  test('a hanging control ends with 504', async () => {
    const hanging = await startUpstream(closing, () => undefined)
    const rig = await startArms(hanging.url, {
      course: { fallback: { arm: 'control', upstream: hanging.url }, timeoutMs: 20 },
    })
    expect((await ask(rig.port, '/')).status).toBe(504)
    expect(rig.notes.failures).toMatchObject([{ kind: 'timeout' }, { kind: 'timeout' }])
  })
})
