import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { errorCodes, lintModel } from '@headgate/core/model'
import { errorTable } from '@headgate/protocol/api'
import { requireModel } from '@headgate/protocol/operating-model'
import { expect, test } from 'vitest'

const read = (page: string): string => readFileSync(new URL(`../${page}`, import.meta.url), 'utf8')
const errorsPage = read('docs/reference/errors.md')
const cliPage = read('docs/reference/cli.md')
const pages = globSync(['*.md', 'docs/**/*.md', 'examples/*/*.md'], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
})

test('every error code has a section in docs/reference/errors.md, and every section is an error code', () => {
  const sections = [...errorsPage.matchAll(/^## (\w+)$/gm)].map(([, code]) => code)
  expect(new Set(sections)).toEqual(new Set(errorCodes))
})

test('the status and exit code of every error are what docs/reference/errors.md says', () => {
  const rows = [...errorsPage.matchAll(/^\| `(\w+)` \| (\d+) \| (\d) \|$/gm)]
  const documented = Object.fromEntries(
    rows.map(([, code, status, exitCode]) => [code, { status: Number(status), exitCode: Number(exitCode) }]),
  )
  expect(documented).toEqual(errorTable)
})

test('every decision record is listed in docs/adr/README.md', () => {
  const index = read('docs/adr/README.md')
  const records = readdirSync(new URL('../docs/adr', import.meta.url)).filter((name) => name !== 'README.md')
  expect(records.filter((name) => !index.includes(`(${name})`))).toEqual([])
})

test('every dependency has its line in docs/adr/dependencies.md, and every line is a dependency', () => {
  const folders = [
    '.',
    ...readdirSync(new URL('../packages', import.meta.url)).map((name) => `packages/${name}`),
    'examples/shop',
  ]
  const used = new Set(
    folders.flatMap((folder) => {
      const { dependencies = {}, devDependencies = {} } = JSON.parse(read(`${folder}/package.json`))
      return Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !name.startsWith('@headgate/'))
    }),
  )
  const rows = [...read('docs/adr/dependencies.md').matchAll(/^\| (`.+?) \|/gm)].map(([, cell = '']) => cell)
  const listed = new Set(rows.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name)))
  expect(listed).toEqual(used)
})

test('the release in the README is read and has no finding, beside the model of the lab', () => {
  const [, release = ''] = /```yaml\n(# releases[^]*?)```/.exec(read('README.md')) ?? []
  const files = [
    { path: 'headgate.yaml', text: read('examples/shop/headgate.yaml') },
    { path: 'releases/storefront-next.yaml', text: release },
  ]
  const { model, plans } = requireModel(files)
  expect(plans.map(({ stages }) => stages.length)).toEqual([3])
  expect(lintModel(model, plans)).toEqual([])
})

test('the exit codes in the README are those of the command line', () => {
  const table = new Map([...cliPage.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, code = '', text]) => [code, text]))
  const [, sentence = ''] = /exit codes: ([^.]*)\./.exec(read('README.md').replaceAll(/\s+/g, ' ')) ?? []
  const named = sentence.split(', ').map((part) => part.split(/ (.*)/))
  expect(named.length).toBeGreaterThan(5)
  for (const [code = '', text] of named) expect([code, text]).toEqual([code, table.get(code)])
})

const optionsIn = (text: string): string[] => [...text.matchAll(/(?<=^\| `.*)--[a-z-]+/gm)].map(([option]) => option)

/** Options by command, from the generated reference; those of a gateway have a page of their own. */
function knownCommands(): ReadonlyMap<string, ReadonlySet<string>> {
  const [common = '', ...sections] = cliPage.split(/^##+ headgate /m)
  const everywhere = optionsIn(common)
  return new Map(
    sections.map((section) => {
      const [heading = ''] = section.split('\n')
      const name = heading.replace(/ (&lt;|\[).*$/, '')
      const own = optionsIn(name === 'gateway' ? section + read('docs/reference/gateway.md') : section)
      return [name, new Set([...everywhere, ...own])]
    }),
  )
}

/** `headgate ...` in code of a page: inline, or a line of a block; `a|b|c` stands for three commands. */
function commandsIn(page: string): string[] {
  const typed = [
    ...page.matchAll(/`(?:npm run )?headgate (?:-- )?([^`<\n]+)`|^\$? ?headgate ([^<\n]+?)(?: {2,}.*)?$/gm),
  ]
  return typed.flatMap(([, inline, line]) => {
    const words = (inline ?? line ?? '').split(' ')
    const choice = words.findIndex((word) => word.includes('|'))
    return (words[choice]?.split('|') ?? ['']).map((word) => (choice < 0 ? words : words.with(choice, word)).join(' '))
  })
}

test('every command and option that a page names exists', () => {
  const known = knownCommands()
  const written = pages.filter((page) => page !== 'docs/reference/cli.md')
  const named = written.flatMap((page) => commandsIn(read(page)).map((command) => ({ page, command })))
  expect(named.length).toBeGreaterThan(25)
  const unknown = named.filter(({ command }) => {
    const [first = '', second = ''] = command.split(' ')
    const options = known.get(`${first} ${second}`) ?? known.get(first)
    return options === undefined || [...command.matchAll(/(?<= )--[a-z-]+/g)].some(([option]) => !options.has(option))
  })
  expect(unknown).toEqual([])
})

test('every link of a page leads to a file', () => {
  const links = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => ({ page, target })),
  )
  expect(links.length).toBeGreaterThan(20)
  expect(
    links.filter(({ page, target }) => !existsSync(new URL(target, new URL(`../${page}`, import.meta.url)))),
  ).toEqual([])
})
