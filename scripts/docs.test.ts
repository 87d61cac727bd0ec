import { readFileSync } from 'node:fs'
import { errorCodes } from '@headgate/core/model'
import { expect, test } from 'vitest'

const errorsPage = readFileSync(new URL('../docs/reference/errors.md', import.meta.url), 'utf8')

test('every error code has a section in docs/reference/errors.md, and every section is an error code', () => {
  const sections = [...errorsPage.matchAll(/^## (\w+)$/gm)].map(([, code]) => code)
  expect(new Set(sections)).toEqual(new Set(errorCodes))
})

test('every decision record is listed in docs/adr/README.md', async () => {
  const { readdirSync } = await import('node:fs')
  const index = readFileSync(new URL('../docs/adr/README.md', import.meta.url), 'utf8')
  const records = readdirSync(new URL('../docs/adr', import.meta.url)).filter((name) => name !== 'README.md')
  expect(records.filter((name) => !index.includes(`(${name})`))).toEqual([])
})
