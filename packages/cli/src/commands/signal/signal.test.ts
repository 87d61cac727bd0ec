import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runWith } from '../../testing/fake-surroundings.ts'

const lines = [
  '{"kind":"header"}',
  '{"kind":"tick","seq":1}',
  '{"kind":"visit"}',
  '{"kind":"tick","seq":2}',
  '{"kind":"end","ticks":2}',
]
const whole = `${lines.join('\n')}\n`

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headgate-export-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** A server that answers with `text`, in chunks that heed no line. */
async function exportOf(text: string, ...args: readonly string[]) {
  const chunks = text.match(/[^]{1,7}/g) ?? []
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
      controller.close()
    },
  })
  return runWith(
    ['signal', 'export', 'next', ...args],
    { [`GET /api/v1/releases/next/evidence${queryOf(args)}`]: new Response(body) },
    { cwd: folder },
  )
}

function queryOf(args: readonly string[]): string {
  return args.includes('--from') ? `?from=${Date.parse('2026-05-04T14:03Z')}` : ''
}

describe('signal export', () => {
  test('prints the recording line by line', async () => {
    const { code, out } = await exportOf(whole)
    expect([code, out]).toEqual([0, lines])
  })

  test('asks for a range', async () => {
    expect((await exportOf(whole, '--from', '2026-05-04T14:03Z')).code).toBe(0)
    const { code, err } = await exportOf(whole, '--until', 'yesterday')
    expect([code, err[0]]).toEqual([2, '--until must be an instant such as 2026-05-04T14:03Z, not "yesterday".'])
  })

  test('writes a file, packed where its name says so', async () => {
    const { out } = await exportOf(whole, '--out', 'next.jsonl')
    expect(out).toEqual(['2 ticks written to next.jsonl.'])
    expect(await readFile(path.join(folder, 'next.jsonl'), 'utf8')).toBe(whole)
    const packed = await exportOf(whole, '--out', 'next.jsonl.gz', '--json')
    expect(packed.out).toEqual(
      ['{"file":"next.jsonl.gz","ticks":2}'].map((text) => text.replace('next', path.join(folder, 'next'))),
    )
    expect(gunzipSync(await readFile(path.join(folder, 'next.jsonl.gz'))).toString()).toBe(whole)
  })

  test.each([[whole.slice(0, -30)], [whole.slice(0, -1)], ['']])(
    'an answer that was cut off leaves no file',
    async (text) => {
      const { code, err } = await exportOf(text, '--out', 'next.jsonl')
      expect([code, err[0]]).toEqual([5, 'The server broke off in the middle of the export; run it again.'])
      expect(await readdir(folder)).toEqual([])
    },
  )

  test('a folder that cannot be written to is named', async () => {
    const { code, err } = await exportOf(whole, '--out', 'nowhere/next.jsonl')
    expect([code, err[0]]).toEqual([2, expect.stringMatching(/^Cannot write nowhere\/next\.jsonl: /)])
  })

  test('a release that does not exist is refused', async () => {
    expect((await runWith(['signal', 'export', 'nope'])).code).toBe(2)
  })
})
