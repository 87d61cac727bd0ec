import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Ran, runWith } from '../testing/fake-surroundings.ts'

const model = `apiVersion: headgate.dev/v1
shop: { name: demo, servedBy: legacy }
teams:
  web: { lead: web-lead@example.com, oncall: pagerduty:web }
domains:
  web:
    owner: web
    rights:
      stop: { any: [web] }
      raise: { quorum: 2, of: [web], automation: { upTo: 25% } }
    escalation: [{ after: 5m, to: web }]
components:
  legacy: { domain: web, owner: web, upstream: "http://127.0.0.1:1" }
routes:
  all: { match: "/*" }
`
const sound = model.replace('quorum: 2, of', 'any')

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headgate-check-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function write(name: string, content: string | Uint8Array): Promise<void> {
  await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
  await writeFile(path.join(folder, name), content)
}

async function inFolder(...args: readonly string[]): Promise<Ran> {
  return await runWith(args, {}, { cwd: folder })
}

describe('headgate check', () => {
  test('says that nothing was found', async () => {
    await write('headgate.yaml', sound)
    expect(await inFolder('check')).toMatchObject({ code: 0, out: ['1 file checked, nothing found.'], err: [] })
  })

  test('shows each finding with its line and a caret, and ends with 1 when one blocks exposure', async () => {
    await write('shop/headgate.yaml', model)
    const { code, out } = await inFolder('check', 'shop')
    expect(code).toBe(1)
    expect(out).toEqual([
      'headgate.yaml',
      '  10:7    error   "raise" in domain "web" needs 2 distinct people, its teams have 1; add people or lower the quorum  [quorum-out-of-reach]',
      '       10 |       raise: { quorum: 2, of: [web], automation: { upTo: 25% } }',
      '          |       ^',
      '',
      '1 file checked: 1 error, 0 warnings.',
      'Each finding is explained in docs/reference/check-findings.md.',
    ])
  })

  test('a warning alone ends with 0', async () => {
    await write('headgate.yaml', sound.replace('owner: web, upstream', 'owner: web, consumes: [x@1], upstream'))
    const { code, out } = await inFolder('check')
    expect(code).toBe(0)
    expect(out).toContain('1 file checked: 0 errors, 1 warning.')
  })

  test('shows the problems of every file and ends with 2 when they cannot be read as a model', async () => {
    await write('headgate.yaml', sound.replace('owner: web\n', 'onwer: web\n'))
    await write('releases/b.yaml', 'release: [1')
    await write('releases/a.yaml', 'apiVersion: headgate.dev/v1\n')
    await write('releases/notes.txt', 'not read')
    const { code, out } = await inFolder('check')
    expect(code).toBe(2)
    expect(out.filter((line) => /^\S.*yaml$/.test(line))).toEqual([
      'headgate.yaml',
      'releases/a.yaml',
      'releases/b.yaml',
    ])
    expect(out).toContain('The model was not linted: correct the files first.')
  })

  test('--json is one document with problems and findings', async () => {
    await write('headgate.yaml', model)
    const { code, out } = await inFolder('check', '--json')
    expect(code).toBe(1)
    expect(JSON.parse(out.join('\n'))).toEqual({
      ok: false,
      problems: [],
      findings: [expect.objectContaining({ code: 'quorum-out-of-reach', file: 'headgate.yaml', line: 10, column: 7 })],
    })
  })

  test('a long line is cut around the caret, and control characters cannot reach the terminal', async () => {
    const long = `shop: { name: demo, servedBy: legacy, markets: [${'"de", '.repeat(40)}"at"], colour: "\u001b[31m" }`
    await write('headgate.yaml', sound.replace(/^shop: .*$/m, long))
    const { code, out } = await inFolder('check')
    expect(code).toBe(2)
    const caret = out.findIndex((line) => line.trimEnd().endsWith('^'))
    expect(out[caret]?.indexOf('^')).toBe(out[caret - 1]?.indexOf('colour'))
    expect(out.join('')).not.toContain('\u001b')
    for (const line of out.slice(caret - 1, caret + 1)) expect(line.length).toBeLessThanOrEqual(100)
  })

  test('a 10 MB file is refused without being loaded, and what is no text is named', async () => {
    await write('headgate.yaml', 'ä'.repeat(5_000_000))
    expect((await inFolder('check')).out.join('\n')).toContain('the file has more than 2000000 characters')
    await write('headgate.yaml', new Uint8Array([0x61, 0xff, 0xfe]))
    expect(await inFolder('check')).toMatchObject({ code: 2, err: [expect.stringContaining('it is not UTF-8 text')] })
  })

  test('a folder without a model is named, with the next step', async () => {
    const { code, err } = await inFolder('check', 'elsewhere')
    expect(code).toBe(2)
    expect(err[0]).toMatch(/^No headgate\.yaml in .*elsewhere\. Name the folder that holds it\.$/)
  })
})

describe('headgate who can', () => {
  test('lists the people, who is on call and who is told next', async () => {
    await write('headgate.yaml', sound)
    expect(await inFolder('who', 'can', 'raise', 'legacy')).toMatchObject({
      code: 0,
      out: [
        'One of these people can raise in component legacy (domain web):',
        '  web-lead@example.com  web',
        'Automation may raise by itself up to 25 %.',
        'On call for web: pagerduty:web',
        'If nobody acts: after 5 min web.',
      ],
    })
  })

  test('says so and ends with 1 when too few people, or nobody, can', async () => {
    await write('shop/headgate.yaml', model)
    const few = await inFolder('who', 'can', 'raise', 'web', '--dir', 'shop')
    expect(few.code).toBe(1)
    expect(few.out).toContain('That is fewer than the 2 it takes.')
    const nobody = await inFolder('who', 'can', 'override', 'web', '--dir', 'shop')
    expect(nobody).toMatchObject({ code: 1, out: ['Nobody can override in domain web.', expect.any(String)] })
  })

  test('--json is one document', async () => {
    await write('headgate.yaml', sound)
    const { out } = await inFolder('who', 'can', 'stop', 'web', '--json')
    expect(JSON.parse(out.join('\n'))).toMatchObject({ right: 'stop', domain: 'web', quorum: 1 })
  })

  test('an unknown word ends with 2 and the nearest one', async () => {
    await write('headgate.yaml', sound)
    expect(await inFolder('who', 'can', 'stpo', 'web')).toMatchObject({
      code: 2,
      err: [expect.stringContaining('Did you mean "stop"?')],
    })
  })

  test('a model that cannot be read ends with 2 and names every place', async () => {
    await write('headgate.yaml', sound.replace('owner: web\n', 'onwer: web\n'))
    const { code, err } = await inFolder('who', 'can', 'stop', 'web')
    expect(code).toBe(2)
    expect(err.join('\n')).toContain('headgate.yaml:7:5')
  })
})
