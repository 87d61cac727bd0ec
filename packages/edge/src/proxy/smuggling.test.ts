import { afterEach, describe, expect, test } from 'vitest'
import { startFront, type RigOptions } from './testing/front-rig.ts'
import { Closing, converse, open, readUntil, startRawUpstream } from './testing/sockets.ts'

const closing = new Closing()
afterEach(() => closing.closeAll())

const okay = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

async function attack(text: string, options: RigOptions = {}): Promise<{ status: string; forwarded: string }> {
  const upstream = await startRawUpstream(closing, (socket) => socket.write(okay))
  const { port } = await startFront(closing, upstream.url, options)
  const answer = await converse(port, text)
  return { status: answer.split(' ')[1] ?? answer, forwarded: upstream.received() }
}

const post = 'POST / HTTP/1.1\r\nHost: shop.example\r\n'
const get = 'GET / HTTP/1.1\r\nHost: shop.example\r\n'
const smuggled = 'GET /admin HTTP/1.1\r\nHost: shop.example\r\n\r\n'

describe('what two parsers could read differently is refused and reaches no upstream', () => {
  test.each([
    ['equal lengths twice', `${post}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`, '400'],
    ['two different lengths', `${post}Content-Length: 3\r\nContent-Length: 42\r\n\r\nabc${smuggled}`, '400'],
    ['a list of lengths', `${post}Content-Length: 3, 3\r\n\r\nabc`, '400'],
    ['a signed length', `${post}Content-Length: +3\r\n\r\nabc`, '400'],
    ['an endless length', `${post}Content-Length: 99999999999999999999\r\n\r\nabc`, '400'],
    [
      'a length in front of chunks',
      `${post}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
      '400',
    ],
    [
      'chunks in front of a length',
      `${post}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n${smuggled}`,
      '400',
    ],
    ['chunks twice', `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, '400'],
    ['an unknown coding', `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`, '501'],
    ['a coding after chunked', `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`, '400'],
    ['a coding in front of chunked', `${post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, '501'],
    [
      'chunks in HTTP/1.0',
      'POST / HTTP/1.0\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      '400',
    ],
    ['a bare line feed after the request line', 'GET / HTTP/1.1\nHost: shop.example\n\n', '400'],
    ['a bare line feed between fields', `${get}X: y\nTransfer-Encoding: chunked\r\n\r\n`, '400'],
    ['a bare carriage return in a value', `${get}X: y\rZ: z\r\n\r\n`, '400'],
    ['a folded field', `${get}X: y\r\n z\r\n\r\n`, '400'],
    ['a space in front of the first field', 'GET / HTTP/1.1\r\n Host: shop.example\r\n\r\n', '400'],
    ['a space in front of a colon', `${get}Transfer-Encoding : chunked\r\n\r\n`, '400'],
    ['a NUL in a value', `${get}X: a\0b\r\n\r\n`, '400'],
    ['a NUL in the path', 'GET /a\0b HTTP/1.1\r\nHost: shop.example\r\n\r\n', '400'],
    ['an empty field name', `${get}: x\r\n\r\n`, '400'],
    ['an unknown method', 'SMUGGLE / HTTP/1.1\r\nHost: shop.example\r\n\r\n', '400'],
    ['a method in lower case', 'get / HTTP/1.1\r\nHost: shop.example\r\n\r\n', '400'],
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: shop.example\r\n\r\n', '405'],
    ['CONNECT', 'CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example\r\n\r\n', '405'],
    ['no Host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', '400'],
    ['no Host in HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n', '400'],
    ['two Hosts', `${get}Host: other.example\r\n\r\n`, '400'],
    ['a Host with a path', 'GET / HTTP/1.1\r\nHost: shop.example/x\r\n\r\n', '400'],
    ['a Host with credentials', 'GET / HTTP/1.1\r\nHost: a@shop.example\r\n\r\n', '400'],
    ['an absolute target for another host', 'GET http://other.example/ HTTP/1.1\r\nHost: shop.example\r\n\r\n', '400'],
    [
      'an absolute target with credentials',
      'GET http://shop.example@other.example/ HTTP/1.1\r\nHost: shop.example\r\n\r\n',
      '400',
    ],
    ['an absolute target of another scheme', 'GET ftp://shop.example/ HTTP/1.1\r\nHost: shop.example\r\n\r\n', '400'],
    ['an asterisk', 'OPTIONS * HTTP/1.1\r\nHost: shop.example\r\n\r\n', '400'],
    ['a target without a slash', 'GET shop HTTP/1.1\r\nHost: shop.example\r\n\r\n', '400'],
    ['a fragment', 'GET /a#b HTTP/1.1\r\nHost: shop.example\r\n\r\n', '400'],
    ['bytes beyond ASCII in the path', 'GET /caf\xe9 HTTP/1.1\r\nHost: shop.example\r\n\r\n', '400'],
    ['HTTP/0.9', 'GET /\r\n\r\n', '505'],
    ['the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '400'],
    ['HTTP/1.2', 'GET / HTTP/1.2\r\nHost: shop.example\r\n\r\n', '400'],
    ['one field of 20 kB', `${get}X: ${'a'.repeat(20_000)}\r\n\r\n`, '431'],
    ['a hundred and one fields', `${get}${'X: y\r\n'.repeat(101)}\r\n`, '431'],
    ['a target of 9 kB', `GET /${'a'.repeat(9_000)} HTTP/1.1\r\nHost: shop.example\r\n\r\n`, '414'],
    ['a body announced beyond the limit', `${post}Content-Length: 32000001\r\n\r\n`, '413'],
    ['an expectation we do not know', `${get}Expect: 200-maybe\r\n\r\n`, '417'],
  ])('%s', async (_, text, status) => {
    expect(await attack(text)).toEqual({ status, forwarded: '' })
  })

  test('a chunk of no valid size ends the request, and what follows is no second one', async () => {
    const { status, forwarded } = await attack(`${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n${smuggled}`)
    expect(status).toBe('400')
    expect(forwarded).not.toContain('/admin')
  })

  test('a chunk size that would overflow is no size', async () => {
    const { status, forwarded } = await attack(
      `${post}Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\nabcde\r\n0\r\n\r\n`,
    )
    expect(status).toBe('400')
    expect(forwarded).not.toContain('abcde')
  })
})

describe('what has one reading only passes', () => {
  test('an absolute target that agrees with Host goes upstream as a path', async () => {
    const text = 'GET http://Shop.example:80/p/1?a=b HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n'
    const { status, forwarded } = await attack(text)
    expect(status).toBe('200')
    expect(forwarded).toMatch(/^GET \/p\/1\?a=b HTTP\/1\.1\r\nhost: shop\.example\r\n/)
  })

  test('chunk extensions and request trailers stay behind', async () => {
    const body = '3;note="x"\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n'
    const text = `${post}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n${body}`
    const { status, forwarded } = await attack(text)
    expect(status).toBe('200')
    expect(forwarded).not.toMatch(/note|x-trailer/i)
  })

  test('two requests on one connection, sent at once, are answered in order', async () => {
    const upstream = await startRawUpstream(closing, (socket) => socket.write(okay))
    const { port } = await startFront(closing, upstream.url)
    const text = await converse(
      port,
      `GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    )
    expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
    expect(upstream.received()).toMatch(/GET \/1 [^]*GET \/2 /)
  })
})

describe('clients that take too long', () => {
  test('a header that is not finished in time is answered with 408', async () => {
    const upstream = await startRawUpstream(closing, (socket) => socket.write(okay))
    const { port } = await startFront(closing, upstream.url, { limits: { headersMs: 40 } })
    expect(await converse(port, 'GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ')).toMatch(/^HTTP\/1\.1 408 /)
    expect(upstream.received()).toBe('')
  })

  test('a body that is not finished in time ends the connection and the upstream request', async () => {
    const upstream = await startRawUpstream(closing, () => undefined)
    const { port, ended, notes } = await startFront(closing, upstream.url, { limits: { headersMs: 40, requestMs: 60 } })
    expect(await converse(port, `${post}Content-Length: 10\r\n\r\nabc`)).toMatch(/^HTTP\/1\.1 408 /)
    await ended(1)
    expect(notes.endings).toEqual(['abandoned'])
  })

  test('connections beyond the limit are closed at once', async () => {
    const upstream = await startRawUpstream(closing, (socket) => socket.write(okay))
    const { port, notes } = await startFront(closing, upstream.url, { limits: { maxConnections: 1 } })
    const first = await open(port)
    first.write(`${get}\r\n`)
    await readUntil(first, 'ok')
    expect(await converse(port, `${get}\r\n`)).toBe('')
    expect(notes.refusals).toMatchObject([{ cause: 'overloaded' }])
  })
})
