import { connect } from 'node:net'
import { HeadgateError } from '@headgate/core/model'
import { problemDetails } from '@headgate/protocol/api'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createApi, type Api } from './api.ts'
import { eventStream } from './event-stream.ts'
import { addHealthRoutes } from './health.ts'
import { httpMetrics } from './http-metrics.ts'
import { listen, type Listener } from './listener.ts'

const registry = new Registry()
const metrics = httpMetrics(registry)
let lines: string[]
let api: Api
let listener: Listener
let closing: AbortController

beforeEach(async () => {
  lines = []
  closing = new AbortController()
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
  api = createApi({
    log,
    metrics,
    closing: closing.signal,
    checkAnswers: true,
    authenticate: async (authorization) => {
      if (authorization !== 'Bearer good') throw new HeadgateError('UNAUTHENTICATED', 'who?')
      return { name: 'reader@example.com', tokenId: 't', scopes: ['read'] }
    },
  })
  addTestRoutes()
  listener = await listen(api.app.fetch, { host: '127.0.0.1', port: 0 })
})
afterEach(() => listener.close(0))

function addTestRoutes(): void {
  const answer = { status: 200 as const, description: 'ok', schema: z.object({ text: z.string() }) }
  const common = { summary: 's', tag: 't', answer }
  api.route(
    {
      ...common,
      method: 'post',
      path: '/echo',
      access: 'public',
      body: z.strictObject({ text: z.string() }),
      bodyLimitBytes: 100,
    },
    ({ body }) => body,
  )
  api.route({ ...common, method: 'get', path: '/acts', access: ['act'] }, () => ({ text: 'acted' }))
  api.route({ ...common, method: 'get', path: '/reads', access: ['read'] }, ({ principal }) => ({
    text: principal.name,
  }))
  api.route({ ...common, method: 'get', path: '/breaks', access: 'public' }, () => {
    throw new Error('a secret of the inside')
  })
  api.route(
    { ...common, method: 'get', path: '/things/{id}', access: 'public', params: z.object({ id: z.string().max(3) }) },
    ({ params }) => ({ text: params.id }),
  )
  api.route(
    { ...common, method: 'get', path: '/stream', access: 'public', answer: { status: 200, description: 'events' } },
    (call) =>
      eventStream(call.context, call.signal, async (write, signal) => {
        await write({ event: 'release', data: { id: 'r1' }, id: '1' })
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve, { once: true })
        })
      }),
  )
}

async function problemOf(response: Response): Promise<{ code: string; status: number; detail: string }> {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  return problemDetails.parse(await response.json())
}

function send(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(listener.url + path, init)
}

function post(body: BodyInit, contentType = 'application/json'): Promise<Response> {
  return send('/echo', {
    method: 'POST',
    headers: { 'content-type': contentType },
    body,
    duplex: 'half',
  } as RequestInit)
}

/** Sends bytes as they are and returns all that comes back until the other side closes. */
function sendRaw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect(listener.port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (chunk) => {
      received += chunk.toString()
    })
    socket.on('close', () => resolve(received))
    socket.on('error', reject)
  })
}

describe('bodies', () => {
  test('a good one is parsed', async () => {
    expect(await (await post('{"text":"hello"}')).json()).toEqual({ text: 'hello' })
  })

  test.each([
    ['not JSON', '{"text":', 'application/json', 'INVALID_INPUT'],
    ['another form', '{"txt":"x"}', 'application/json', 'INVALID_INPUT'],
    ['an unknown field', '{"text":"x","more":1}', 'application/json', 'INVALID_INPUT'],
    ['another type', 'text=x', 'application/x-www-form-urlencoded', 'INVALID_INPUT'],
    ['too large', JSON.stringify({ text: 'x'.repeat(200) }), 'application/json', 'TOO_LARGE'],
  ])('%s is refused', async (_, body, type, code) => {
    const response = await post(body, type)
    expect(await problemOf(response)).toMatchObject({ code, status: response.status })
  })

  test('a body of unannounced length is cut off at the limit', async () => {
    const endless = new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode('x'.repeat(64)))
      },
    })
    expect(await problemOf(await post(endless))).toMatchObject({ code: 'TOO_LARGE' })
  })

  test('a body that is shorter than announced is never handled', async () => {
    const socket = connect(listener.port, '127.0.0.1')
    socket.end(
      'POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"text":"cut',
    )
    const answer = await new Promise<string>((resolve) => {
      let received = ''
      socket.on('data', (chunk) => {
        received += chunk.toString()
      })
      socket.on('close', () => resolve(received))
    })
    expect(answer).not.toContain('200 OK')
  })

  test('two lengths in one request are refused by the parser', async () => {
    const answer = await sendRaw('POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\n{}')
    expect(answer).toContain('400 Bad Request')
  })

  test('headers beyond 16 KB are refused', async () => {
    const answer = await sendRaw(`GET /reads HTTP/1.1\r\nhost: x\r\nx-much: ${'y'.repeat(20_000)}\r\n\r\n`)
    expect(answer).toContain('431')
  })
})

describe('answers', () => {
  test('carry a request id, the given one if it is harmless, and security headers', async () => {
    const given = await send('/things/abc', { headers: { 'x-request-id': 'trace-1' } })
    expect(given.headers.get('x-request-id')).toBe('trace-1')
    expect(given.headers.get('x-content-type-options')).toBe('nosniff')
    expect(given.headers.get('cache-control')).toBe('no-store')
    const drawn = await send('/things/abc', { headers: { 'x-request-id': 'a b\t{}' } })
    expect(drawn.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('say what is missing: a token, a scope, a page, a valid parameter', async () => {
    expect(await problemOf(await send('/reads'))).toMatchObject({ code: 'UNAUTHENTICATED' })
    const headers = { authorization: 'Bearer good' }
    expect(await problemOf(await send('/acts', { headers }))).toMatchObject({ code: 'FORBIDDEN' })
    expect(await (await send('/reads', { headers })).json()).toEqual({ text: 'reader@example.com' })
    expect(await problemOf(await send('/nowhere'))).toMatchObject({ code: 'NOT_FOUND' })
    expect(await problemOf(await send('/things/abcd'))).toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('tell nothing of an unforeseen failure; the log does', async () => {
    const problem = await problemOf(await send('/breaks'))
    expect(problem).toMatchObject({ code: 'INTERNAL', status: 500 })
    expect(problem.detail).not.toContain('secret')
    expect(lines.join('')).toContain('a secret of the inside')
  })

  test('are logged without headers, queries or bodies', async () => {
    await send('/reads?key=query-secret', { headers: { authorization: 'Bearer good' } })
    const log = lines.join('')
    expect(log).toContain('"path":"/reads"')
    expect(log).toContain('reader@example.com')
    expect(log).not.toMatch(/query-secret|Bearer|good"/)
  })

  test('are measured by route pattern', async () => {
    await send('/things/xyz')
    expect(await registry.metrics()).toContain('route="/things/:id"')
    expect(await registry.metrics()).not.toContain('xyz')
  })
})

describe('eventStream', () => {
  test('sends events at once and ends when the server closes', async () => {
    const response = await send('/stream')
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    closing.abort()
    expect(await response.text()).toBe('event: release\ndata: {"id":"r1"}\nid: 1\n\n')
  })
})

describe('readiness', () => {
  test('is 503 with the reasons while something is wrong', async () => {
    let problem: string | undefined = 'the database does not answer'
    const health = createApi({
      log: pino({ level: 'silent' }),
      metrics,
      closing: closing.signal,
      authenticate: () => Promise.reject(new Error('not asked')),
    })
    addHealthRoutes(health, [{ name: 'database', problem: () => problem }])
    const bad = await health.app.request('/readyz')
    expect(bad.status).toBe(503)
    expect(await bad.json()).toEqual({ ready: false, checks: [{ name: 'database', ok: false, problem }] })
    problem = undefined
    expect((await health.app.request('/readyz')).status).toBe(200)
    expect((await health.app.request('/healthz')).status).toBe(200)
  })
})
