import { afterEach, describe, expect, test } from 'vitest'
import { conditionsFor, markEntityTag } from './entity-tags.ts'
import { startFront } from './testing/front-rig.ts'
import { ask, Closing, startUpstream } from './testing/sockets.ts'

const closing = new Closing()
afterEach(() => closing.closeAll())

describe('on the way out a tag is marked with its arm', () => {
  test.each([
    ['"abc"', '"abc--hgn"'],
    ['W/"abc"', 'W/"abc--hgn"'],
    ['""', '"--hgn"'],
    ['abc', 'abc'],
  ])('%s becomes %s', (given, expected) => {
    expect(markEntityTag(['X', '"abc"', 'etag', given], 'candidate')).toEqual(['X', '"abc"', 'etag', expected])
  })
})

describe('on the way in only tags of the asked arm count', () => {
  test.each([
    ['its own tag', ['If-None-Match', '"abc--hgn"'], ['If-None-Match', '"abc"']],
    ['its own weak tag among others', ['If-None-Match', '"x", W/"abc--hgn", "y--hgc"'], ['If-None-Match', 'W/"abc"']],
    ['a tag of the other arm', ['If-None-Match', '"abc--hgc"', 'X', 'y'], ['X', 'y']],
    ['a tag from before the release', ['If-None-Match', '"abc"'], []],
    ['any tag', ['If-None-Match', '*'], ['If-None-Match', '*']],
    ['a bare date', ['If-Modified-Since', 'Mon, 23 Nov 2026 00:00:00 GMT'], []],
    [
      'a date beside its own tag',
      ['If-Modified-Since', 'd', 'If-None-Match', '"a--hgn"'],
      ['If-Modified-Since', 'd', 'If-None-Match', '"a"'],
    ],
    ['a date beside a tag of the other arm', ['If-Modified-Since', 'd', 'If-None-Match', '"a--hgc"'], []],
    [
      'a range of its own version',
      ['Range', 'bytes=0-1', 'If-Range', '"a--hgn"'],
      ['Range', 'bytes=0-1', 'If-Range', '"a"'],
    ],
    ['a range of the other version', ['Range', 'bytes=0-1', 'If-Range', '"a--hgc"'], []],
    ['a range by date', ['Range', 'bytes=0-1', 'If-Range', 'Mon, 23 Nov 2026 00:00:00 GMT'], []],
    ['a write to its own version', ['If-Match', '"a--hgn"'], ['If-Match', '"a"']],
    ['a write by date', ['If-Unmodified-Since', 'd'], ['If-Unmodified-Since', 'd']],
  ])('%s', (_, given, expected) => {
    expect(conditionsFor(given, 'candidate')).toEqual(expected)
  })

  test('a write to the other arm’s version fails its condition', () => {
    expect(conditionsFor(['If-Match', '"a--hgc"'], 'candidate')).toEqual({ kind: 'precondition-failed' })
  })
})

describe('over the wire', () => {
  test('a page of one arm is never confirmed by the other, though both give the same tag', async () => {
    const ports = { control: await startArm('control'), candidate: await startArm('candidate') }
    const first = await ask(ports.control, '/')
    const headers = { 'if-none-match': String(first.headers.etag) }
    expect(first.headers.etag).toBe('"same--hgc"')
    expect(await ask(ports.control, '/', { headers })).toMatchObject({ status: 304, headers: { etag: '"same--hgc"' } })
    expect(await ask(ports.candidate, '/', { headers })).toMatchObject({
      status: 200,
      headers: { etag: '"same--hgn"' },
    })
  })

  test('a conditional write for the other arm is answered with 412 and reaches no upstream', async () => {
    const port = await startArm('candidate')
    const reply = await ask(port, '/', { method: 'PUT', body: 'x', headers: { 'if-match': '"same--hgc"' } })
    expect(reply.status).toBe(412)
  })

  test('a page that control serves in the candidate’s place carries control’s mark', async () => {
    const control = await startUpstream(closing, (_, response) => void response.setHeader('etag', '"c"').end())
    const candidate = await startUpstream(closing, (_, response) => void response.writeHead(500, { etag: '"n"' }).end())
    const { port } = await startFront(closing, candidate.url, {
      course: {
        first: { arm: 'candidate', upstream: candidate.url },
        fallback: { arm: 'control', upstream: control.url },
        audience: 'visitor',
      },
    })
    expect((await ask(port, '/', { headers: { 'if-none-match': '"n--hgn"' } })).headers.etag).toBe('"c--hgc"')
    expect(candidate.seen[0]?.headers['if-none-match']).toBe('"n"')
    expect(control.seen[0]?.headers).not.toHaveProperty('if-none-match')
  })
})

async function startArm(arm: 'control' | 'candidate'): Promise<number> {
  const upstream = await startUpstream(closing, (asked, response) => {
    response.setHeader('etag', '"same"')
    response.writeHead(asked.headers['if-none-match'] === '"same"' ? 304 : 200).end()
  })
  const course = { first: { arm, upstream: upstream.url }, audience: 'visitor' } as const
  return (await startFront(closing, upstream.url, { course })).port
}
