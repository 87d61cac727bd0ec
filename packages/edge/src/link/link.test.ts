import { fc, test } from '@fast-check/vitest'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { afterEach, describe, expect } from 'vitest'
import { createBackoff, createLink, isRefusal, isTaken, sleep, type Link } from './index.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

async function linkTo(listener: RequestListener, maxAnswerBytes?: number): Promise<Link> {
  const server = createServer(listener)
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return createLink({
    baseUrl: `http://127.0.0.1:${port}`,
    token: 'secret',
    ...(maxAnswerBytes === undefined ? {} : { maxAnswerBytes }),
  })
}

const forever = new AbortController().signal

describe('the link', () => {
  test('sends JSON with the token and gives back status and JSON', async () => {
    const seen: unknown[] = []
    const link = await linkTo(async (request, response) => {
      let body = ''
      for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
      seen.push(request.method, request.url, request.headers.authorization, body)
      response.writeHead(202, { 'content-type': 'application/json' }).end('{"ok":true}')
    })
    const answer = await link.request({ method: 'POST', path: '/api/v1/x?y=1', body: { a: 1 } }, forever)
    expect(answer).toEqual({ kind: 'answered', status: 202, body: { ok: true } })
    expect(seen).toEqual(['POST', '/api/v1/x?y=1', 'Bearer secret', '{"a":1}'])
  })

  test('an answer that is not JSON is an answer without content', async () => {
    const link = await linkTo((_, response) => response.end('<html>'))
    expect(await link.request({ method: 'GET', path: '/' }, forever)).toEqual({
      kind: 'answered',
      status: 200,
      body: undefined,
    })
  })

  test('an endless answer is not read to its end', async () => {
    const link = await linkTo((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      }
      response.on('drain', more)
      more()
    }, 100_000)
    expect(await link.request({ method: 'GET', path: '/' }, forever)).toMatchObject({
      kind: 'unreachable',
      reason: expect.stringContaining('longer than 100000'),
    })
  })

  test('a redirect is not followed with the token', async () => {
    const link = await linkTo((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end())
    expect(await link.request({ method: 'GET', path: '/' }, forever)).toMatchObject({ kind: 'unreachable' })
  })

  test('silence, resets and an aborted wait are answers, never exceptions', async () => {
    const silent = await linkTo(() => undefined)
    expect(await silent.request({ method: 'GET', path: '/', timeoutMs: 20 }, forever)).toMatchObject({
      kind: 'unreachable',
    })
    expect(await silent.request({ method: 'GET', path: '/' }, AbortSignal.abort())).toMatchObject({
      kind: 'unreachable',
    })
    const resetting = await linkTo((request) => request.socket.destroy())
    expect(await resetting.request({ method: 'GET', path: '/' }, forever)).toMatchObject({ kind: 'unreachable' })
  })
})

test('a malformed request is refused for good; silence, overload, conflicts and missing tokens may pass', () => {
  const statuses = [200, 204, 400, 401, 403, 404, 409, 413, 422, 429, 500, 503]
  const final = statuses.filter((status) => isRefusal({ kind: 'answered', status, body: undefined }))
  expect(final).toEqual([400, 413, 422])
  expect(isRefusal({ kind: 'answered', status: 404, body: undefined }, [404])).toBe(true)
  expect(isRefusal({ kind: 'unreachable', reason: '' })).toBe(false)
  expect(statuses.filter((status) => isTaken({ kind: 'answered', status, body: undefined }))).toEqual([200, 204])
})

test.prop([
  fc.integer({ min: 1, max: 1_000 }),
  fc.integer({ min: 1_000, max: 60_000 }),
  fc.nat({ max: 100 }),
  fc.double({ min: 0, max: 0.999, noNaN: true }),
])(
  'waits double up to their limit and are never shorter than half of what they could be',
  (firstMs, maxMs, failures, random) => {
    const backoff = createBackoff({ firstMs, maxMs, random: () => random })
    for (let count = 0; count < failures; count += 1) backoff.next()
    const full = Math.min(maxMs, firstMs * 2 ** failures)
    const wait = backoff.next()
    expect(wait).toBeGreaterThanOrEqual(full / 2)
    expect(wait).toBeLessThanOrEqual(full)
    backoff.reset()
    expect(backoff.next()).toBeLessThanOrEqual(firstMs)
  },
)

test('a sleep ends with its signal', async () => {
  await sleep(3_600_000, AbortSignal.abort())
  const over = new AbortController()
  const sleeping = sleep(3_600_000, over.signal)
  over.abort()
  await sleeping
  expect(over.signal.aborted).toBe(true)
})
