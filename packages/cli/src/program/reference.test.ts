import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { runWith } from '../testing/fake-surroundings.ts'
import { commandTree, exampleLine } from './commands.ts'
import { cliReference, environment } from './reference.ts'

const sources = fileURLToPath(new URL('..', import.meta.url))
const specs = commandTree([]).flatMap((entry) => ('commands' in entry ? entry.commands : [entry]))

describe('docs/reference/cli.md', () => {
  test('is current; else run: node scripts/generate-cli-reference.ts', () => {
    const page = readFileSync(new URL('../../../../docs/reference/cli.md', import.meta.url), 'utf8')
    expect(page).toBe(cliReference())
  })

  test('names every environment variable that the command line reads, and no other', () => {
    const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /(?<!\.test)\.ts$/.test(name),
    )
    const texts = files.map((name) => readFileSync(path.join(sources, name), 'utf8'))
    const read = texts.flatMap((text) => [...text.matchAll(/\benv\['(\w+)'\]/g)].map(([, name]) => name))
    expect(new Set(read)).toEqual(new Set(Object.keys(environment)))
  })
})

test.each(specs.flatMap(({ examples }) => examples.map(exampleLine)))(
  'the example "%s" is a command that exists, with options that it takes',
  async (example) => {
    const words = example
      .replace(/^\w+=\S+ /, '')
      .split(' ')
      .slice(1)
    const firstOption = words.findIndex((word) => word.startsWith('-'))
    const { code, out } = await runWith([...words.slice(0, firstOption < 0 ? words.length : firstOption), '--help'])
    expect(code).toBe(0)
    const help = out.join('\n')
    expect(help).toContain(`$ ${example}`)
    for (const option of words.filter((word) => /^--?[a-z]/.test(word))) expect(help).toContain(option)
  },
)
