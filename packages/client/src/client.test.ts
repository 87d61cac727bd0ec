import { HeadgateError } from '@headgate/core/model'
import type { ReleaseView } from '@headgate/protocol/api'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from 'vitest'
import { createClient, type ClientOptions } from './index.ts'

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<string> {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

function clientAt(baseUrl: string, options: Partial<ClientOptions> = {}) {
  return createClient({ baseUrl, token: 'hg_secret', pause: () => Promise.resolve(), ...options })
}

function json(response: ServerResponse, status: number, body: unknown, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body))
}

function stream(response: ServerResponse, ...views: unknown[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const data of views) response.write(`event: release\ndata: ${JSON.stringify(data)}\n\n`)
}

const view: ReleaseView = {
  id: 'next',
  revision: 3,
  phase: 'ramping',
  owner: 'storefront',
  planHash: 'p',
  stages: [],
  exposure: { visitorBasisPoints: 500, urlBasisPoints: 0, mode: 'open' },
  confirmed: { gateways: 1, of: 1 },
  reason: 'raised',
  since: 1,
  approvals: [],
  raise: [],
  incidents: [],
}

describe('a call', () => {
  test('sends method, path, token and body, and answers with the parsed view', async () => {
    const seen: unknown[] = []
    const url = await serve(async (request, response) => {
      seen.push([request.method, request.url, request.headers.authorization, JSON.parse(await text(request))])
      json(response, 200, { ...view, addedByANewerServer: true })
    })
    const answer = await clientAt(url).releases.stop('a/b', { reason: 'coupons', mode: 'evict' })
    expect(answer).toEqual(view)
    expect(seen).toEqual([
      ['POST', '/api/v1/releases/a%2Fb/stop', 'Bearer hg_secret', { reason: 'coupons', mode: 'evict' }],
    ])
  })

  test('keeps the path prefix of the base URL and leaves absent query fields out', async () => {
    const seen: unknown[] = []
    const url = await serve((request, response) => {
      seen.push(request.url)
      json(response, 200, { events: [] })
    })
    await clientAt(`${url}/headgate/`).releases.events('next', { after: 4, limit: undefined })
    expect(seen).toEqual(['/headgate/api/v1/releases/next/events?after=4'])
  })

  test('turns problem details into a HeadgateError with code, sentence and problems', async () => {
    const problems = [{ path: '/stages/0', message: 'no gate', file: 'a.yaml', line: 3, column: 5 }]
    const url = await serve((_request, response) =>
      json(
        response,
        422,
        {
          type: 'about:blank',
          title: 'x',
          status: 422,
          detail: 'The model is wrong.',
          code: 'INVALID_MODEL',
          problems,
        },
        'application/problem+json',
      ),
    )
    const error = await clientAt(url)
      .model.get()
      .catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(HeadgateError)
    expect(error).toMatchObject({ code: 'INVALID_MODEL', message: 'The model is wrong.', problems })
  })

  test.each([
    [404, 'NOT_FOUND'],
    [403, 'FORBIDDEN'],
    [418, 'INTERNAL'],
  ])('an answer %i without problem details becomes %s', async (status, code) => {
    const url = await serve((_request, response) => response.writeHead(status).end('<html>'))
    await expect(clientAt(url).releases.list()).rejects.toMatchObject({ code })
  })

  test('refuses an answer that is not what the protocol says', async () => {
    const url = await serve((_request, response) => json(response, 200, { releases: [{ id: 7 }] }))
    await expect(clientAt(url).releases.list()).rejects.toMatchObject({ code: 'INTERNAL' })
  })

  test('refuses to follow a redirect, which could carry the token elsewhere', async () => {
    const elsewhere: string[] = []
    const other = await serve((request, response) => {
      elsewhere.push(request.url ?? '')
      json(response, 200, { releases: [] })
    })
    const url = await serve((_request, response) => response.writeHead(307, { location: other }).end())
    await expect(clientAt(url, { retries: 0 }).releases.list()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(elsewhere).toEqual([])
  })

  test('a base URL that is none is named as the mistake', () => {
    expect(() => clientAt('localhost:4400')).toThrow(/"localhost:4400" is not a server URL/)
  })
})

describe('a gateway link', () => {
  test('asks for a snapshot newer than its own, and gets none when there is none', async () => {
    const seen: unknown[] = []
    const signed = { keyId: 'k', payload: '{}', signature: 's' }
    const url = await serve((request, response) => {
      seen.push(request.url)
      if (seen.length === 1) response.writeHead(204).end()
      else json(response, 200, signed)
    })
    const link = clientAt(url).gatewayLink
    expect(await link.snapshot({ after: 4, waitSeconds: 20 })).toBeUndefined()
    expect(await link.snapshot({ after: 4, waitSeconds: 20 })).toEqual(signed)
    expect(seen[0]).toBe('/api/v1/gateway/snapshot?after=4&wait=20')
  })

  test('sends counts again when the answer was lost, because they are numbered', async () => {
    let calls = 0
    const url = await serve((request, response) => {
      calls += 1
      if (calls === 1) request.socket.destroy()
      else json(response, 200, { accepted: false, duplicate: true, seq: 1 })
    })
    const source = '00000000-0000-4000-8000-000000000000'
    const batch = { gateway: 'g', source, seq: 1, at: 1, snapshotVersion: 1, cells: [], traffic: [] }
    expect(await clientAt(url).signals.deltas(batch)).toMatchObject({ duplicate: true })
  })
})

describe('repeats', () => {
  test('a read is repeated while the server is unavailable, then answers', async () => {
    let calls = 0
    const url = await serve((_request, response) => {
      calls += 1
      if (calls < 3) response.writeHead(503).end()
      else json(response, 200, { releases: [view] })
    })
    expect(await clientAt(url).releases.list()).toEqual([view])
    expect(calls).toBe(3)
  })

  test('gives up after the bounded number of attempts and says that the server is unavailable', async () => {
    let calls = 0
    const url = await serve((request) => {
      calls += 1
      request.socket.destroy()
    })
    await expect(clientAt(url, { retries: 2 }).releases.list()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(calls).toBe(3)
  })

  test('a raise is never sent twice; a stop is, because repeating it is safe', async () => {
    const calls: string[] = []
    const url = await serve((request, response) => {
      calls.push(request.url ?? '')
      response.writeHead(503).end()
    })
    const client = clientAt(url, { retries: 1 })
    await expect(client.releases.raise('next', { reason: 'r' })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(client.releases.stop('next', { reason: 'r' })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(calls).toEqual(['/api/v1/releases/next/raise', '/api/v1/releases/next/stop', '/api/v1/releases/next/stop'])
  })

  test('an answer that breaks off is an unavailable server, not half an answer', async () => {
    const url = await serve((request, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{"releases":[')
      setImmediate(() => request.socket.destroy())
    })
    await expect(clientAt(url).releases.list()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('a server that never answers is given up after the time limit', async () => {
    const url = await serve(() => undefined)
    await expect(clientAt(url, { timeoutMs: 20, retries: 0 }).releases.list()).rejects.toThrow(
      /did not answer within 20 ms/,
    )
  })

  test("the caller's signal ends a call at once and unchanged", async () => {
    const controller = new AbortController()
    const url = await serve(() => controller.abort(new Error('enough')))
    await expect(clientAt(url).releases.list({ signal: controller.signal })).rejects.toThrow('enough')
  })
})

describe('a watch', () => {
  test('yields every view, ignores events of other names, and reconnects when the stream ends', async () => {
    let connections = 0
    const url = await serve((_request, response) => {
      connections += 1
      stream(response, { ...view, revision: connections })
      response.end('event: other\ndata: {}\n\n: comment\n\n')
    })
    const seen: unknown[] = []
    for await (const event of clientAt(url).releases.watch('next')) {
      seen.push(event.kind === 'view' ? event.view.revision : event.kind)
      if (seen.length === 5) break
    }
    expect(seen).toEqual([1, 'lost', 2, 'lost', 3])
  })

  test('a view cut into small chunks arrives whole', async () => {
    const url = await serve((_request, response) => {
      const bytes = Buffer.from(`event: release\ndata: ${JSON.stringify({ ...view, reason: 'größer – 5 %' })}\n\n`)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const byte of bytes) response.write(Buffer.from([byte]))
    })
    const first = await clientAt(url).releases.watch('next').next()
    expect(first.value).toMatchObject({ kind: 'view', view: { reason: 'größer – 5 %' } })
  })

  test('a stream that falls silent counts as lost', async () => {
    const url = await serve((_request, response) => stream(response, view))
    let wasHeard = false
    let reason = ''
    // On a slow machine the limit may pass before the first view; then it reconnects, and the next one is as good.
    for await (const event of clientAt(url).releases.watch('next', { silenceMs: 50 })) {
      if (event.kind === 'view') wasHeard = true
      else ({ reason } = event)
      if (wasHeard && event.kind === 'lost') break
    }
    expect(reason).toBe('nothing was heard for 0 s')
  })

  test('a server that refuses ends the watch with its error instead of asking for ever', async () => {
    const url = await serve((_request, response) => response.writeHead(404).end())
    await expect(clientAt(url).releases.watch('nope').next()).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test("ends quietly by the caller's signal", async () => {
    const controller = new AbortController()
    const url = await serve((_request, response) => stream(response, view))
    const kinds: string[] = []
    for await (const event of clientAt(url).releases.watch('next', { signal: controller.signal })) {
      kinds.push(event.kind)
      controller.abort()
    }
    expect(kinds).toEqual(['view'])
  })
})
