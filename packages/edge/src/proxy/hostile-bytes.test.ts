import { fc, test } from '@fast-check/vitest'
import { afterAll, beforeAll, expect } from 'vitest'
import { startFront, type Rig } from './testing/front-rig.ts'
import { ask, Closing, open, startUpstream, type Upstream } from './testing/sockets.ts'

const closing = new Closing()
let rig: Rig
let upstream: Upstream

beforeAll(async () => {
  upstream = await startUpstream(
    closing,
    (asked, response) => void asked.resume().once('end', () => response.end('fine')),
  )
  rig = await startFront(closing, upstream.url)
})
afterAll(() => closing.closeAll())

/** Pieces of which requests are made, right and wrong ones, and bytes that are none. */
const fragment = fc.oneof(
  fc.constantFrom(
    'GET / HTTP/1.1\r\n',
    'POST /p HTTP/1.1\r\n',
    'HEAD / HTTP/1.0\r\n',
    'Host: a\r\n',
    'Content-Length: 3\r\n',
    'Content-Length: 0\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Expect: 100-continue\r\n',
    'Connection: upgrade\r\nUpgrade: websocket\r\n',
    'Connection: close\r\n',
    'Cookie: hgv=\r\n',
    'If-None-Match: "\r\n',
    '\r\n',
    '\n',
    '\r',
    '3\r\nabc\r\n',
    '0\r\n\r\n',
    'abc',
    ': ',
    '\0',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
)

test.prop([fc.array(fragment, { maxLength: 12 }), fc.boolean()], { numRuns: 200 })(
  'P9: no bytes end the gateway or make it serve others wrongly',
  async (fragments, hangsUp) => {
    const socket = await open(rig.port)
    const answered = new Promise<void>((resolve) => {
      socket.once('data', () => resolve())
      socket.once('close', () => resolve())
    })
    socket.write(fragments.join(''), 'latin1')
    if (hangsUp) socket.end()
    // What is not a whole request yet gets no answer; the next line must not wait for one.
    await Promise.race([answered, ask(rig.port, '/')])
    socket.destroy()
    expect(await ask(rig.port, '/alive')).toMatchObject({ status: 200, body: 'fine' })
    expect(rig.notes.internalErrors).toEqual([])
  },
)
