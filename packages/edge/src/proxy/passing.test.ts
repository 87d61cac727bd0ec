import { once } from 'node:events'
import { request, type ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import { createHash, randomBytes } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { startFront } from './testing/front-rig.ts'
import {
  ask,
  Closing,
  converse,
  firstConnectionGone,
  open,
  readAll,
  readReply,
  readUntil,
  responseOf,
  startRawUpstream,
  startUpstream,
} from './testing/sockets.ts'

const closing = new Closing()
afterEach(() => closing.closeAll())

const sha = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

describe('bodies', () => {
  test('a large upload arrives unchanged, announced or in chunks', async () => {
    const upstream = await startUpstream(closing, (asked, response) => {
      const hash = createHash('sha256')
      asked.pipe(hash).on('finish', () => response.end(hash.digest('hex')))
    })
    const { port } = await startFront(closing, upstream.url)
    const body = randomBytes(3_000_000)
    const announced = await ask(port, '/upload', {
      method: 'PUT',
      body,
      headers: { 'content-length': String(body.length) },
    })
    const chunked = await ask(port, '/upload', { method: 'POST', body, headers: { 'transfer-encoding': 'chunked' } })
    expect([announced.body, chunked.body]).toEqual([sha(body), sha(body)])
    expect(upstream.seen[0]?.headers).toMatchObject({ 'content-length': '3000000' })
    expect(upstream.seen[1]?.headers).toMatchObject({ 'transfer-encoding': 'chunked' })
  })

  test('a large page arrives unchanged, announced or in chunks', async () => {
    const page = randomBytes(5_000_000)
    const upstream = await startUpstream(closing, (asked, response) => {
      if (asked.url === '/announced') response.setHeader('content-length', page.length)
      response.end(page)
    })
    const { port } = await startFront(closing, upstream.url)
    for (const path of ['/announced', '/chunked'])
      expect(sha(Buffer.from((await ask(port, path)).body, 'latin1'))).toBe(sha(page))
  })

  test('a page of any length survives, also an empty one', async () => {
    const upstream = await startUpstream(closing, (asked, response) => {
      const size = Number(asked.url?.slice(1))
      response.write('x'.repeat(Math.floor(size / 2)))
      response.end('x'.repeat(Math.ceil(size / 2)))
    })
    const { port } = await startFront(closing, upstream.url)
    for (const size of [0, 1, 2, 1_023, 16_384, 65_537, 262_145])
      expect((await ask(port, `/${size}`)).body).toHaveLength(size)
  })

  test('an event stream is passed on event by event, head first', async () => {
    let stream: ServerResponse | undefined
    const upstream = await startUpstream(closing, (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
      stream = response
    })
    const { port } = await startFront(closing, upstream.url)
    const response = await responseOf(request({ port, path: '/events', agent: false }).end())
    for (const text of ['data: 1\n\n', 'data: 2\n\n']) {
      stream?.write(text)
      const [chunk]: unknown[] = await once(response, 'data')
      expect(String(chunk)).toBe(text)
    }
    response.destroy()
  })

  test('an upload is read no faster than the upstream takes it', async () => {
    const upstream = await startUpstream(closing, (asked) => void asked.pause())
    const { port } = await startFront(closing, upstream.url)
    const sent = request({ port, path: '/', method: 'POST', agent: false })
    sent.on('error', () => undefined)
    const taken = new Writing(sent)
    await taken.untilStuck()
    expect(taken.pieces).toBeLessThan(allPieces)
    sent.destroy()
  })

  test('a page is read from the upstream no faster than the shopper takes it, and arrives whole in the end', async () => {
    let writing: Writing | undefined
    const upstream = await startUpstream(closing, (_, response) => (writing = new Writing(response)))
    const { port } = await startFront(closing, upstream.url)
    const response = await responseOf(request({ port, path: '/', agent: false }).end())
    response.pause()
    await writing?.untilStuck()
    expect(writing?.pieces).toBeLessThan(allPieces)
    let bytes = 0
    for await (const chunk of response) bytes += Buffer.from(chunk).length
    expect(bytes).toBe(allPieces * pieceBytes)
  })

  test('a HEAD, 204 and 304 have no body and keep their length', async () => {
    const upstream = await startUpstream(closing, (asked, response) => {
      const status = asked.url === '/204' ? 204 : asked.url === '/304' ? 304 : 200
      response.writeHead(status, status === 200 ? { 'content-length': '1234' } : {})
      response.end()
    })
    const { port } = await startFront(closing, upstream.url)
    expect(await ask(port, '/', { method: 'HEAD' })).toMatchObject({
      status: 200,
      body: '',
      headers: { 'content-length': '1234' },
    })
    for (const status of [204, 304]) {
      const reply = await ask(port, `/${status}`)
      expect(reply).toMatchObject({ status, body: '' })
      expect(reply.headers['transfer-encoding']).toBeUndefined()
    }
  })

  test('trailers of a response arrive', async () => {
    const upstream = await startUpstream(closing, (_, response) => {
      response.writeHead(200, { trailer: 'x-sum' })
      response.write('body')
      response.addTrailers({ 'x-sum': '42', 'headgate-event': 'failed' })
      response.end()
    })
    const { port } = await startFront(closing, upstream.url)
    expect(await ask(port, '/')).toMatchObject({ body: 'body', trailers: { 'x-sum': '42' } })
  })

  test('a body that outgrows the limit on its way ends with 413', async () => {
    const upstream = await startUpstream(closing, (asked) => void asked.resume())
    const { port, notes } = await startFront(closing, upstream.url, { limits: { maxBodyBytes: 100_000 } })
    const reply = await ask(port, '/', {
      method: 'POST',
      body: Buffer.alloc(200_000),
      headers: { 'transfer-encoding': 'chunked' },
    })
    expect(reply.status).toBe(413)
    expect(notes.failures).toMatchObject([{ kind: 'body-too-large' }])
  })

  test('an answer before the end of an upload reaches the client, and the rest of the upload is thrown away', async () => {
    const upstream = await startUpstream(closing, (_, response) => void response.writeHead(409).end('no'))
    const { port } = await startFront(closing, upstream.url)
    const client = await open(port)
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\nfirst')
    expect(await readUntil(client, 'no')).toContain('409 Conflict')
    client.write(Buffer.alloc(4_999_995))
    client.write('GET /next HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(await readUntil(client, 'no')).toContain('409 Conflict')
    client.destroy()
  })

  test('the time an upstream has for its answer stands still while the client uploads', async () => {
    const upstream = await startUpstream(
      closing,
      (asked, response) => void asked.resume().once('end', () => response.end('thanks')),
    )
    const { port } = await startFront(closing, upstream.url, { course: { timeoutMs: 30 } })
    const client = await open(port)
    client.write('POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 8\r\n\r\nslow')
    await once(upstream.server, 'request')
    // The answer of another request that takes the whole of the same budget says that the budget is over.
    const other = await startUpstream(closing, () => undefined)
    const { port: otherPort } = await startFront(closing, other.url, { course: { timeoutMs: 60 } })
    expect((await ask(otherPort, '/')).status).toBe(504)
    client.write('-but')
    expect(await readAll(client)).toMatch(/200 OK[^]*thanks/)
  })

  test('a client that never ends such an upload loses its connection', async () => {
    const upstream = await startUpstream(closing, (_, response) => void response.writeHead(409).end('no'))
    const { port } = await startFront(closing, upstream.url, { limits: { lingerMs: 30 } })
    expect(await converse(port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\nabc')).toContain(
      '409 Conflict',
    )
  })
})

describe('100-continue', () => {
  const head = 'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n'

  test('the client is asked for its body once an upstream is there to read it', async () => {
    const upstream = await startUpstream(closing, (asked, response) => void asked.pipe(response))
    const { port } = await startFront(closing, upstream.url)
    const client = await open(port)
    client.write(head)
    expect(await readUntil(client, '\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    client.write('body')
    expect(await readUntil(client, 'body')).toContain('HTTP/1.1 200 OK')
    expect(upstream.seen[0]?.headers.expect).toBeUndefined()
    client.destroy()
  })

  test('a client that is refused is never asked for its body', async () => {
    const upstream = await startUpstream(closing, (_, response) => void response.end())
    const { port } = await startFront(closing, upstream.url, { limits: { maxBodyBytes: 3 } })
    const text = await converse(port, head)
    expect(text).toMatch(/^HTTP\/1\.1 413 /)
    expect(text).toMatch(/connection: close/i)
    expect(upstream.seen).toEqual([])
  })

  test('early hints of the upstream are passed on', async () => {
    const upstream = await startUpstream(closing, (_, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload; as=style' })
      response.end('page')
    })
    const { port } = await startFront(closing, upstream.url)
    const sent = request({ port, path: '/', agent: false }).end()
    const hints = once(sent, 'information')
    const reply = await readReply(await responseOf(sent))
    expect(await hints).toMatchObject([{ statusCode: 103, headers: { link: '</a.css>; rel=preload; as=style' } }])
    expect(reply.body).toBe('page')
  })
})

describe('endings', () => {
  test('a shopper who leaves ends the upstream request', async () => {
    const upstream = await startUpstream(closing, () => undefined)
    const { port, ended, notes } = await startFront(closing, upstream.url)
    const client = await open(port)
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await once(upstream.server, 'request')
    const closed = firstConnectionGone(upstream)
    client.destroy()
    await closed
    await ended(1)
    expect(notes).toMatchObject({ endings: ['abandoned'], answers: [] })
  })

  test('a shopper who leaves in mid-page ends the upstream response', async () => {
    const upstream = await startUpstream(closing, (_, response) => void response.write('first'))
    const { port, ended, notes } = await startFront(closing, upstream.url)
    const client = await open(port)
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await readUntil(client, 'first')
    const closed = firstConnectionGone(upstream)
    client.destroy()
    await closed
    await ended(1)
    expect(notes).toMatchObject({ endings: ['abandoned'], answers: [{ status: 200 }] })
  })

  test.each([
    ['announced', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'],
    ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ])('an upstream that dies in mid-body leaves a visible cut: %s', async (_, text) => {
    const upstream = await startRawUpstream(closing, (socket) => void socket.end(text))
    const { port, ended, notes } = await startFront(closing, upstream.url)
    await expect(ask(port, '/')).rejects.toThrow('aborted')
    await ended(1)
    expect(notes).toMatchObject({ endings: ['broken'], answers: [{ status: 200 }] })
  })

  test('an HTTP/1.0 client, which knows no chunks, sees the cut as a reset', async () => {
    const upstream = await startRawUpstream(closing, (socket) => {
      socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n')
    })
    const { port } = await startFront(closing, upstream.url)
    const client = await open(port)
    client.removeAllListeners('error')
    const failed = once(client, 'error')
    client.write('GET / HTTP/1.0\r\nHost: a\r\n\r\n')
    client.resume()
    expect(await failed).toMatchObject([{ code: 'ECONNRESET' }])
  })

  test('an HTTP/1.0 client gets a page without chunks that ends with the connection', async () => {
    const upstream = await startUpstream(closing, (_, response) => {
      response.write('one ')
      response.end('two')
    })
    const { port } = await startFront(closing, upstream.url)
    const text = await converse(port, 'GET / HTTP/1.0\r\nHost: a\r\n\r\n')
    expect(text).toMatch(/\r\n\r\none two$/)
    expect(text).not.toMatch(/transfer-encoding/i)
  })

  test('a response that ends with the upstream connection is whole', async () => {
    const upstream = await startRawUpstream(closing, (socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\nall of it'))
    const { port } = await startFront(closing, upstream.url)
    expect(await ask(port, '/')).toMatchObject({ status: 200, body: 'all of it' })
  })

  test('connections to upstreams are used again', async () => {
    const upstream = await startUpstream(closing, (_, response) => void response.end('x'))
    const { port } = await startFront(closing, upstream.url)
    for (let i = 0; i < 5; i += 1) await ask(port, '/')
    expect(upstream.connections.size).toBe(1)
  })

  test('draining finishes what is under way, takes nothing new, and closes kept-alive connections', async () => {
    let answer: ServerResponse | undefined
    const upstream = await startUpstream(closing, (_, response) => {
      response.write('begun ')
      answer = response
    })
    const { port, front } = await startFront(closing, upstream.url)
    const idle = await open(port)
    const busy = await open(port)
    busy.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await readUntil(busy, 'begun')
    const rest = readAll(busy)
    const drained = front.drain(10_000)
    await once(idle.resume(), 'close')
    answer?.end('done')
    await drained
    expect(await rest).toContain('done')
    expect(front.active).toBe(0)
  })

  test('draining ends at its deadline', async () => {
    const upstream = await startUpstream(closing, (_, response) => void response.write('begun'))
    const { port, front, notes, ended } = await startFront(closing, upstream.url)
    const busy = await open(port)
    busy.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await readUntil(busy, 'begun')
    await front.drain(1)
    await ended(1)
    expect(notes.endings).toEqual(['abandoned'])
  })
})

const pieceBytes = 1_000_000
const allPieces = 64

/** Writes 64 MB as fast as the other side takes them. */
class Writing {
  pieces = 0
  readonly #stream: Writable

  constructor(stream: Writable) {
    this.#stream = stream
    stream.on('drain', () => this.#fill())
    this.#fill()
  }

  /** Resolves once nothing has moved for many turns of the event loop. */
  async untilStuck(): Promise<void> {
    let last = -1
    for (let still = 0; still < 500 && this.pieces < allPieces; still = this.pieces === last ? still + 1 : 0) {
      last = this.pieces
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  #fill(): void {
    const piece = Buffer.alloc(pieceBytes)
    while (this.pieces < allPieces) {
      this.pieces += 1
      if (!this.#stream.write(piece)) return
    }
    this.#stream.end()
  }
}
