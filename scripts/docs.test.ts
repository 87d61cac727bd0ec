import { readdirSync, readFileSync } from 'node:fs'
import { errorCodes } from '@headgate/core/model'
import { errorTable } from '@headgate/protocol/api'
import { expect, test } from 'vitest'

const read = (page: string): string => readFileSync(new URL(`../${page}`, import.meta.url), 'utf8')
const errorsPage = read('docs/reference/errors.md')

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
