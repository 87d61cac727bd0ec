import { createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { startFront, type RigOptions } from './testing/front-rig.ts'
import { ask, Closing, converse, listening, startUpstream, type AskOptions, type Upstream } from './testing/sockets.ts'

const closing = new Closing()
afterEach(() => closing.closeAll())

async function seenBy(asked: AskOptions, options: RigOptions = {}, path = '/'): Promise<Upstream['seen'][number]> {
  const upstream = await startUpstream(closing, (_, response) => void response.end())
  const { port } = await startFront(closing, upstream.url, options)
  await ask(port, path, asked)
  const [seen] = upstream.seen
  if (seen === undefined) throw new Error('the upstream was not asked')
  return seen
}

describe('towards the upstream', () => {
  test('fields of the connection stay behind, also those that Connection names', async () => {
    const { headers } = await seenBy({
      headers: {
        connection: 'close, X-Private',
        'x-private': '1',
        'keep-alive': 'timeout=5',
        te: 'trailers',
        'proxy-authorization': 'Basic x',
        'proxy-connection': 'keep-alive',
        'x-public': '2',
      },
    })
    expect(headers).toMatchObject({ 'x-public': '2', connection: 'keep-alive' })
    for (const name of ['x-private', 'keep-alive', 'te', 'proxy-authorization', 'proxy-connection'])
      expect(headers).not.toHaveProperty(name)
  })

  test('nobody outside can claim an arm, a release or a journey', async () => {
    const { headers } = await seenBy({
      headers: {
        'headgate-arm': 'candidate',
        'Headgate-Journey': 'forged',
        headgate_arm: 'candidate',
        'headgate-anything': 'x',
      },
    })
    expect(Object.entries(headers).filter(([name]) => name.startsWith('headgate'))).toEqual([
      ['headgate-arm', 'control'],
    ])
  })

  test('Connection cannot take our own fields away', async () => {
    const { headers } = await seenBy({ headers: { connection: 'close, headgate-arm, x-forwarded-for, host' } })
    expect(headers).toMatchObject({ 'headgate-arm': 'control', 'x-forwarded-for': '127.0.0.1' })
  })

  test('the address of the client is added to those before it', async () => {
    const { headers } = await seenBy({
      headers: { 'x-forwarded-for': '203.0.113.9', via: '1.1 cdn', host: 'shop.example' },
    })
    expect(headers).toMatchObject({
      'x-forwarded-for': '203.0.113.9, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.example',
      via: '1.1 cdn, 1.1 headgate',
      host: 'shop.example',
    })
  })

  test('what a stranger says about scheme and host is replaced', async () => {
    const claims = {
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.example',
      forwarded: 'for=1',
      x_forwarded_proto: 'https',
    }
    const { headers } = await seenBy({ headers: { ...claims, host: 'shop.example' } })
    expect(headers).toMatchObject({ 'x-forwarded-proto': 'http', 'x-forwarded-host': 'shop.example' })
    expect(headers).not.toHaveProperty('forwarded')
    expect(headers).not.toHaveProperty('x_forwarded_proto')
  })

  test('what a trusted proxy says about scheme and host is kept', async () => {
    const claims = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop.example' }
    const { headers } = await seenBy({ headers: claims }, { trusted: ['127.0.0.1'] })
    expect(headers).toMatchObject(claims)
  })

  test('the upstream’s own name is sent where that is configured', async () => {
    const upstream = await startUpstream(closing, (_, response) => void response.end())
    const { port } = await startFront(closing, upstream.url, { hostPolicy: 'upstream' })
    await ask(port, '/', { headers: { host: 'shop.example' } })
    expect(upstream.seen[0]?.headers).toMatchObject({
      host: new URL(upstream.url).host,
      'x-forwarded-host': 'shop.example',
    })
  })

  test('an upstream with TLS is greeted by its own name, not by the shop’s', async () => {
    const greeting = Promise.withResolvers<string>()
    const server = createServer((socket) =>
      socket.once('data', (hello: Buffer) => {
        greeting.resolve(hello.toString('latin1'))
        socket.destroy()
      }),
    )
    const url = await listening(server)
    closing.add(() => new Promise((resolve) => server.close(resolve)))
    const { port } = await startFront(closing, url.replace('http://127.0.0.1', 'https://localhost'))
    expect((await ask(port, '/', { headers: { host: 'shop.example' } })).status).toBe(502)
    expect(await greeting.promise).toMatch(/localhost/)
    expect(await greeting.promise).not.toMatch(/shop\.example/)
  })

  test('a base path of the upstream is put in front', async () => {
    const upstream = await startUpstream(closing, (_, response) => void response.end())
    const { port } = await startFront(closing, `${upstream.url}/shop/`)
    await ask(port, '/p/1?a=b')
    expect(upstream.seen[0]?.url).toBe('/shop/p/1?a=b')
  })

  test('repeated fields stay apart and in order', async () => {
    const { raw } = await seenBy({ headers: { 'x-many': ['1', '2'] } })
    expect(raw.filter((_, i) => raw[i - 1] === 'x-many')).toEqual(['1', '2'])
  })
})

describe('towards the shopper', () => {
  test('fields of the connection and our own stay behind, the rest is as it was', async () => {
    const upstream = await startUpstream(closing, (_, response) => {
      response.writeHead(200, 'Fine', [
        ['Connection', 'close, X-Private'],
        ['X-Private', '1'],
        ['Proxy-Authenticate', 'Basic'],
        ['Headgate-Event', 'order-placed'],
        ['headgate-path', 'coupon'],
        ['X-Public', 'a'],
        ['X-Public', 'b'],
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'hgv=stolen; Path=/'],
        ['Set-Cookie', 'hgs=x'],
        ['Set-Cookie', 'hgj_purchase=x'],
        ['Set-Cookie', 'b=2'],
      ])
      response.end()
    })
    const { port, notes } = await startFront(closing, upstream.url)
    const text = await converse(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(text).toMatch(/^HTTP\/1\.1 200 Fine\r\nX-Public: a\r\nX-Public: b\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n/)
    expect(text).not.toMatch(/x-private|proxy-auth|headgate|hg[vsj]/i)
    expect(notes.answers).toMatchObject([{ event: 'order-placed', path: 'coupon' }])
  })

  test('bytes beyond ASCII in fields survive', async () => {
    const upstream = await startUpstream(closing, (_, response) => void response.setHeader('x-name', 'caf\u00e9').end())
    const { port } = await startFront(closing, upstream.url)
    expect((await ask(port, '/')).headers['x-name']).toBe('caf\u00e9')
  })

  test('cookies of a course are set, and the response is kept from shared caches', async () => {
    const upstream = await startUpstream(
      closing,
      (_, response) => void response.setHeader('cache-control', 'public, max-age=60').end(),
    )
    const { port } = await startFront(closing, upstream.url, { course: { answered: () => ['hgv=1; Path=/', 'hgs=2'] } })
    const { headers } = await ask(port, '/')
    expect(headers).toMatchObject({ 'set-cookie': ['hgv=1; Path=/', 'hgs=2'], 'cache-control': 'private, max-age=60' })
  })

  test('an error of ours ends that connection and nothing else', async () => {
    const upstream = await startUpstream(closing, (_, response) => void response.end('fine'))
    let calls = 0
    const { port, notes } = await startFront(closing, upstream.url, {
      course: {
        headersFor: () => {
          calls += 1
          if (calls === 1) throw new Error('bug')
          return []
        },
      },
    })
    await expect(ask(port, '/')).rejects.toThrow('socket hang up')
    expect(await ask(port, '/')).toMatchObject({ body: 'fine' })
    expect(notes.internalErrors).toMatchObject([{ message: 'bug' }])
  })

  test('a connection that cannot be accepted is noted and nothing else', async () => {
    const upstream = await startUpstream(closing, (_, response) => void response.end('fine'))
    const { port, front, notes } = await startFront(closing, upstream.url)
    front.server.emit('error', new Error('accept EMFILE'))
    expect(await ask(port, '/')).toMatchObject({ body: 'fine' })
    expect(notes.internalErrors).toMatchObject([{ message: 'accept EMFILE' }])
  })
})
