import { readFileSync } from 'node:fs'
import { createEvidenceReader } from '@headgate/protocol/evidence'
import { expect, test } from 'vitest'
import { evidencePage } from './evidence-page.ts'

const page = readFileSync(new URL('../docs/reference/evidence-format.md', import.meta.url), 'utf8')

test('docs/reference/evidence-format.md shows what its commands print; else run: node scripts/generate-evidence-page.ts', () => {
  expect(page.match(/```text\n/g)?.length).toBeGreaterThan(2)
  expect(evidencePage()).toBe(page)
}, 60_000)

test('the file that docs/reference/evidence-format.md shows can be read, with a tick of every kind of line', () => {
  const [, example = ''] = /```json\n([^]*?)```/.exec(page) ?? []
  const reader = createEvidenceReader('example')
  const records = example.split('\n').flatMap((line) => reader.take(line) ?? [])
  expect(reader.end().isWhole).toBe(true)
  expect(records).toMatchObject([{ judged: 0, frame: { cells: { length: 4 } } }])
})
