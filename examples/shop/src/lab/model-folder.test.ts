import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { copyModel } from './model-folder.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headgate-model-'))
  await mkdir(path.join(folder, 'from', 'releases'), { recursive: true })
  const model = '# the shop\ncomponents:\n  next: { upstream: "http://127.0.0.1:4502" } # free port in the lab\n'
  await writeFile(path.join(folder, 'from', 'headgate.yaml'), model)
  await writeFile(path.join(folder, 'from', 'releases', 'a.yaml'), 'stages:\n  - { id: one, window: { max: 2m } }\n')
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

test('a copy of the model has the edits and keeps what its author wrote beside them', async () => {
  await copyModel(path.join(folder, 'from'), path.join(folder, 'to'), {
    upstreams: { next: 'http://127.0.0.1:39999' },
    release: [{ path: ['stages', 0, 'window', 'max'], value: '50s' }],
  })
  const model = await readFile(path.join(folder, 'to', 'headgate.yaml'), 'utf8')
  expect(model).toContain('http://127.0.0.1:39999')
  expect(model).toContain('# free port in the lab')
  expect(await readFile(path.join(folder, 'to', 'releases', 'a.yaml'), 'utf8')).toContain('max: 50s')
})

test('an edit of a place that is not there is refused: a scenario that compresses nothing must not run', async () => {
  const edits = { upstreams: {}, release: [{ path: ['stages', 7, 'window'], value: 'x' }] }
  await expect(copyModel(path.join(folder, 'from'), path.join(folder, 'to'), edits)).rejects.toThrow(
    /stages\.7\.window/,
  )
})
