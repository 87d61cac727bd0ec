import { lintModel } from '@headgate/core/model'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { schemaFiles } from './json-schema.ts'
import { requireModel } from './parse-model-files.ts'

const root = new URL('../../../../', import.meta.url)

describe('docs/reference/operating-model.md', () => {
  const page = readFileSync(new URL('docs/reference/operating-model.md', root), 'utf8')
  const [model = '', release = ''] = [...page.matchAll(/```yaml\n(apiVersion[^]*?)```/g)].map(([, text]) => text)
  const files = [
    { path: 'headgate.yaml', text: model },
    { path: 'releases/next-1.yaml', text: release },
  ]

  test('the full example is read and has no finding', () => {
    const parsed = requireModel(files)
    expect(lintModel(parsed.model, parsed.plans)).toEqual([])
  })

  test('names every key of both files', () => {
    const keys = schemaFiles().flatMap(({ text }) =>
      [...text.matchAll(/^\s+"([a-zA-Z]+)": \{$/gm)].map(([, key]) => key),
    )
    const words = new Set(['properties', 'items', 'additionalProperties', 'propertyNames', 'definitions'])
    const unknown = keys.filter((key) => key !== undefined && !words.has(key) && !page.includes(key))
    expect(unknown).toEqual([])
  })
})

describe('the JSON Schemas for editors', () => {
  test.each(schemaFiles())('$name is current; else run: node scripts/generate-schemas.ts', ({ name, text }) => {
    expect(readFileSync(new URL(`packages/protocol/schema/${name}`, root), 'utf8')).toBe(text)
  })

  test('refuse unknown keys and know the closed words', () => {
    const [model, release] = schemaFiles().map(({ text }) => text)
    expect(model).toContain('"additionalProperties": false')
    expect(release).toContain('"evict"')
  })
})
