import { fc, test } from '@fast-check/vitest'
import { lintModel } from '@headgate/core/model'
import { readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { isPair, isScalar, isSeq, parseDocument, visit } from 'yaml'
import { parseModelFiles } from './parse-model-files.ts'

/** Problems that a model file with this text has; the parser must never throw. */
function messagesOf(text: string): string[] {
  const parsed = parseModelFiles([{ path: 'headgate.yaml', text }])
  return parsed.ok ? [] : parsed.problems.map(({ message }) => message)
}

function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(index)).join('\n')
}

const laughs = ['a: &a [x,x,x,x,x,x,x,x,x,x]']
for (const [before, name] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh', 'hi']) {
  laughs.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(',')}]`)
}

describe('what no author writes is refused in words', () => {
  test.each([
    ['nothing at all', '', /expected the operating model .* found nothing/],
    ['a bare word', 'hello', /expected the operating model .* found "hello"/],
    ['a list', '- a', /found a list/],
    ['tabs as indentation', 'shop:\n\tname: x', /Tabs are not allowed/],
    ['an open bracket', 'shop: [1, 2', /must end with a \]|end with a \]/],
    ['a key twice', 'shop: {}\nshop: {}', /the key "shop" stands here twice; first on line 1/],
    ['a key twice, written two ways', 'shop: {}\n"shop": {}', /stands here twice/],
    ['several documents', 'a: 1\n---\nb: 2', /one document/],
    ['an unknown tag', 'shop: !js/function "x"', /Unresolved tag/],
    ['YAML 1.1', '%YAML 1.1\n---\nshop: yes', /YAML 1.1/],
    ['a list as a key', '? [a, b]\n: 1', /keys must be strings/],
    ['a merge key', 'base: &b {a: 1}\nshop: { <<: *b }', /unknown key "<<"/],
    ['an alias of nothing', 'shop: *b', /no anchor &b/],
    ['an alias of itself', 'shop: &a [*a]', /\*a contains itself/],
    ['aliases that multiply', laughs.join('\n'), /more than 30000 values, aliases included/],
    ['the prototype as a key', 'teams: { __proto__: { lead: x } }', /"__proto__" is refused/],
    ['a built-in name as an id', 'teams: { constructor: { lead: x } }', /"constructor" is a reserved word/],
    ['a number as an id, which would lose its place', 'routes: { 1: { match: / } }', /found "1"/],
    ['half of a character', 'shop: "\\ud800"', /half of a character/],
    ['no number', 'shop: .nan', /found NaN/],
    ['an endless number', 'shop: -.inf', /found -Infinity/],
    ['10 MB', 'x'.repeat(10_000_000), /more than 2000000 characters/],
    ['deep brackets', '['.repeat(1_900_000), /nested deeper than 32/],
    ['deep braces', '{a: '.repeat(400_000), /nested deeper than 32/],
    ['deep dashes', '- '.repeat(60), /nested deeper than 32/],
    ['deep indentation', lines(60, (index) => `${' '.repeat(index)}a:`), /nested deeper than 32/],
    ['wide flow lists', `shop: [${'1,'.repeat(900_000)}]`, /more than 200000 words/],
    ['many keys', lines(190_000, (index) => `k${index}: 1`), /more than 200000 words/],
    ['many lines', '\n'.repeat(1_900_000), /more than 200000 words/],
    ['a long text', `shop: "${'\\x'.repeat(900_000)}"`, /a text of more than 20000 characters/],
  ])('%s', (_, text, message) => {
    expect(messagesOf(text).join('\n')).toMatch(message)
  })

  test('more than a hundred problems are counted, not listed', () => {
    const messages = messagesOf(lines(2_000, (index) => `k${index}: 1`))
    expect(messages).toHaveLength(101)
    expect(messages.at(-1)).toBe('and 1906 more problems in this file')
  })

  test('more than 500 files are refused', () => {
    const parsed = parseModelFiles(Array.from({ length: 501 }, (_, index) => ({ path: `${index}.yaml`, text: '' })))
    expect(parsed).toMatchObject({ ok: false, problems: [{ message: '501 files; at most 500 are read' }] })
  })

  test('what is quoted back is one short line', () => {
    for (const message of messagesOf(`shop: "a\\u001b[31m\\nb${'x'.repeat(5_000)}"`)) {
      expect(message.length).toBeLessThan(300)
      expect(message).not.toMatch(/\p{Cc}/u)
    }
  })
})

const page = readFileSync(new URL('../../../../docs/reference/operating-model.md', import.meta.url), 'utf8')
const [model = '', release = ''] = [...page.matchAll(/```yaml\n(apiVersion[^]*?)```/g)].map(([, text]) => text)

/** The text with a piece cut out, doubled or replaced: what typing and merging do to files. */
const damaged = fc
  .tuple(
    fc.nat(),
    fc.nat(40),
    fc.constantFrom('', '&a ', '*a', '{', ']', ': ', '- ', '\t', '"', '!', '|', '5%', '\u0000', '%', '#'),
  )
  .map(([at, length, patch]) => {
    const from = at % model.length
    return model.slice(0, from) + patch + model.slice(from + length)
  })

test.prop([fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), damaged)], { numRuns: 60 })(
  'whatever the text, it is read or refused with file, line and column within the text',
  (text) => {
    const parsed = parseModelFiles([
      { path: 'headgate.yaml', text },
      { path: 'releases/r.yaml', text: release },
    ])
    if (parsed.ok) return
    expect(parsed.problems.length).toBeGreaterThan(0)
    const lineCount = Math.max(text.split('\n').length, release.split('\n').length)
    for (const { file, line = 0, column = 0, message } of parsed.problems) {
      expect(file).toMatch(/yaml$/)
      expect(line).toBeGreaterThan(0)
      expect(line).toBeLessThanOrEqual(lineCount + 1)
      expect(column).toBeGreaterThan(0)
      expect(message).not.toMatch(/^(Invalid|Too|Unrecognized)|\[object|undefined/)
    }
  },
)

const junk = fc.constantFrom<unknown[]>(
  null,
  5,
  -1,
  0.5,
  '',
  'constructor',
  true,
  [],
  {},
  [1],
  [[]],
  { id: 'x' },
  'GET /x',
  '5%',
  '1h',
)

/** The parsed file with one value, anywhere, replaced. */
const misshapen = fc.tuple(fc.nat(), junk).map(([pick, value]) => {
  const document = parseDocument(model)
  const places: (readonly unknown[])[] = []
  visit(document, {
    Pair: (_, pair, ancestors) => {
      const keys = ancestors.filter(isPair).map(({ key }) => (isScalar(key) ? key.value : key))
      if (isScalar(pair.key) && !ancestors.some(isSeq)) places.push([...keys, pair.key.value])
    },
  })
  document.setIn(places[pick % places.length] ?? [], value)
  return document.toString()
})

test.prop([misshapen], { numRuns: 60 })(
  'a value of any shape in any place is accepted or explained in words',
  (text) => {
    const parsed = parseModelFiles([
      { path: 'headgate.yaml', text },
      { path: 'releases/r.yaml', text: release },
    ])
    if (parsed.ok) expect(() => lintModel(parsed.model, parsed.plans)).not.toThrow()
    else
      for (const { message } of parsed.problems)
        expect(message).not.toMatch(/^(Invalid|Too|Unrecognized)|\[object|undefined/)
  },
)

test.prop([fc.json()], { numRuns: 50 })('any JSON is read or refused, never thrown at', (text) => {
  expect(Array.isArray(messagesOf(text))).toBe(true)
})
