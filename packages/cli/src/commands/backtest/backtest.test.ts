import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { runWith, type Ran } from '../../testing/fake-surroundings.ts'

const examples = fileURLToPath(new URL('../../../../../examples/', import.meta.url))
const recording = path.join(examples, 'evidence/checkout-edge.jsonl.gz')
const gate = path.join(examples, 'evidence/checkout.yaml')
const pagesOnly = path.join(examples, 'evidence/pages-only.yaml')
const release = path.join(examples, 'shop/releases/storefront-next.yaml')

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headgate-backtest-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function backtest(...args: readonly string[]): Promise<Ran> {
  return runWith(['backtest', ...args], {}, { cwd: folder })
}

async function write(name: string, text: string): Promise<string> {
  await writeFile(path.join(folder, name), text)
  return name
}

const answer = z.object({
  gates: z.array(
    z.object({
      gate: z.string(),
      outcome: z.string(),
      stop: z
        .object({
          at: z.number(),
          verdict: z.object({ criterion: z.string(), where: z.string().optional(), shadow: z.boolean() }),
          ordersLost: z.object({ mid: z.number() }).optional(),
        })
        .optional(),
      timeline: z.array(z.object({ verdict: z.object({ kind: z.string() }) })),
    }),
  ),
})

describe('a recorded release whose coupon orders fail silently', () => {
  test('would have been stopped by a gate on orders: when, by what, where, and what it had cost', async () => {
    const { code, out } = await backtest('--gate', gate, '--evidence', recording)
    expect(code).toBe(1)
    const text = out.join('\n')
    expect(text).toMatch(
      /It would have stopped the release at \d\d:\d\d:\d\dZ in stage \w+, .* after the first signs:\s+completion-purchase on coupon/,
    )
    expect(text).toMatch(/orders lost until then: \d/)
  })

  test('is judged by its own release file, with the files of the shop or from the recording alone, alike', async () => {
    const own = await backtest('--gate', release, '--evidence', recording, '--json')
    const withFiles = await backtest(
      '--gate',
      release,
      '--evidence',
      recording,
      '--json',
      '--dir',
      path.join(examples, 'shop'),
    )
    expect(own.code).toBe(1)
    expect(withFiles.out).toEqual(own.out)
    const [judged] = answer.parse(JSON.parse(own.out.join(''))).gates
    expect(judged).toMatchObject({ gate: 'storefront-next', outcome: 'stop', stop: { verdict: { where: 'coupon' } } })
    expect(judged?.timeline.at(-1)?.verdict.kind).toBe('fail')
  })

  test('is compared under several gates side by side', async () => {
    const { code, out } = await backtest('--gate', gate, '--gate', pagesOnly, '--evidence', recording)
    expect(code).toBe(1)
    const rows = out.filter((line) => /^(checkout|pages-only) /.test(line))
    expect(rows).toHaveLength(2)
    expect(rows[0]).toContain('completion-purchase on coupon')
    expect(rows[1]).not.toMatch(/\d\d:\d\d:\d\dZ.*on/)
  })

  test('a margin is tried in place of the one that is written, several side by side', async () => {
    const { out } = await backtest('--gate', gate, '--margin', '10%', '--margin', '50%', '--evidence', recording)
    expect(out.filter((line) => /^checkout (10|50)% /.test(line))).toHaveLength(2)
  })

  test('a gate that sees no harm and does not pass at the end is undecided', async () => {
    const strict = await write(
      'strict.yaml',
      'criteria: [{ signal: errors, routes: [cart], margin: 0.1%, minUnits: 100000 }]',
    )
    expect((await backtest('--gate', strict, '--evidence', recording)).code).toBe(3)
  })

  test('a gate that passes at the end of a recording ends with 0', async () => {
    const { code, out } = await backtest(
      '--gate',
      await write('split.yaml', 'criteria: [{ signal: split }]'),
      '--evidence',
      recording,
    )
    expect(out.join('\n')).toContain('passes at the end')
    expect(code).toBe(0)
  })

  test('a shadow is told as what it would have done', async () => {
    const shadow = await write(
      'shadow.yaml',
      'criteria: [{ signal: completion, flow: purchase, margin: 30%, shadow: true }, { signal: split }]',
    )
    const { code, out } = await backtest('--gate', shadow, '--evidence', recording)
    expect(code).toBe(1)
    expect(out.join('\n')).toMatch(
      /It would have stopped the release at [^.]*:\s+completion-purchase on coupon \(shadow\)/,
    )
  })

  test('the gate of one stage is judged in the whole recording', async () => {
    const { code, out } = await backtest('--gate', release, '--stage', 'half', '--evidence', recording, '--every')
    expect(code).toBe(1)
    expect(out.some((line) => /^\d\d:\d\d:\d\dZ {2}storefront-next {2}fifth {2}\w/.test(line))).toBe(true)
  })
})

describe('bad input names file, place and next step', () => {
  test.each([
    ['no gate', ['--evidence', recording], /--gate is missing/],
    ['no evidence', ['--gate', gate], /--evidence is missing: name the recording; headgate signal export writes one/],
    [
      'a file that is not there',
      ['--gate', gate, '--evidence', 'nope.jsonl'],
      /Cannot read .*nope\.jsonl: there is no such file/,
    ],
    [
      'a stage that is not there',
      ['--gate', release, '--stage', 'most', '--evidence', recording],
      /has no stage "most"; it has fifth, half, all/,
    ],
    [
      'a margin that is none',
      ['--gate', gate, '--margin', 'much', '--evidence', recording],
      /--margin must be a share such as 3% or 0\.03, not "much"/,
    ],
  ])('%s', async (_, args, message) => {
    const { code, err } = await backtest(...args)
    expect(code).toBe(2)
    expect(err.join('\n')).toMatch(message)
  })

  test('a gate that watches what was not recorded', async () => {
    const other = await write('other.yaml', 'criteria: [{ signal: completion, flow: returns, margin: 3% }]')
    const { code, err } = await backtest('--gate', other, '--evidence', recording)
    expect(code).toBe(2)
    expect(err.join('\n')).toMatch(
      /gate other: flow returns .*; the recording has the flows purchase and the route classes/,
    )
  })

  test('a gate file with a mistake, with its line', async () => {
    const wrong = await write('wrong.yaml', 'criteria:\n  - { signal: completoin, flow: purchase, margin: 3% }\n')
    const { code, err } = await backtest('--gate', wrong, '--evidence', recording)
    expect(code).toBe(2)
    expect(err.join('\n')).toMatch(/wrong\.yaml:2:.*Did you mean "completion"\?/)
  })

  test('a damaged archive, and half of one', async () => {
    const packed = await readFile(recording)
    await writeFile(path.join(folder, 'half.jsonl.gz'), packed.subarray(0, packed.length / 2))
    await writeFile(path.join(folder, 'noise.jsonl.gz'), 'no gzip at all')
    const half = await backtest('--gate', gate, '--evidence', 'half.jsonl.gz')
    expect([half.code, half.err.join('')]).toEqual([
      2,
      expect.stringContaining('it ends in the middle; export it again'),
    ])
    const noise = await backtest('--gate', gate, '--evidence', 'noise.jsonl.gz')
    expect([noise.code, noise.err.join('')]).toEqual([2, expect.stringContaining('it is not packed with gzip')])
  })

  test('a line with a mistake; a file without its end is read, with a note', async () => {
    const lines = gunzipSync(await readFile(recording))
      .toString()
      .trimEnd()
      .split('\n')
    await write('cut.jsonl', lines.slice(0, -1).join('\n'))
    const cut = await backtest('--gate', gate, '--evidence', 'cut.jsonl')
    expect([cut.code, cut.err.join('\n')]).toEqual([1, 'note: cut.jsonl has no end line: it may have been cut off'])
    await writeFile(path.join(folder, 'bad.jsonl.gz'), gzipSync(lines.with(4, '{"kind":"journy"}').join('\n')))
    const bad = await backtest('--gate', gate, '--evidence', 'bad.jsonl.gz')
    expect([bad.code, bad.err.join('\n')]).toEqual([
      2,
      expect.stringMatching(/bad\.jsonl\.gz, line 5 at \/kind: unknown kind "journy"\. Did you mean "journey"\?/),
    ])
  })
})

describe('experiments as cumulative checkpoints', () => {
  const conversion = path.join(examples, 'evidence/conversion.yaml')
  const experiments = path.join(examples, 'evidence/experiments.csv')

  test('a harmful one stops on the binary metric, exactly, and on amounts, approximately; a harmless one does not', async () => {
    const { code, out } = await backtest('--gate', conversion, '--evidence', experiments)
    expect(code).toBe(1)
    expect(out.filter((line) => line.startsWith('conversion  9b959e/1'))).toHaveLength(4)
    expect(out.filter((line) => line.includes('8e2cb6'))).toEqual([])
    expect(out.at(-2)).toBe(
      'conversion, exact: 2 series, 1 would have been stopped, 1 of them ended with harm; 0 ended with harm and were not stopped.',
    )
  })

  test('a row with a mistake is refused with line and column', async () => {
    const text = await readFile(experiments, 'utf8')
    const bad = await write('bad.csv', text.replace(/^(8e2cb6,1,1,[^,]*),\d+/m, '$1,many'))
    const { code, err } = await backtest('--gate', conversion, '--evidence', bad)
    expect([code, err[0]]).toEqual([2, 'bad.csv, line 2, count_c: expected a number, found "many"'])
  })
})
