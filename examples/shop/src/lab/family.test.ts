import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ChildSpec } from './child.ts'
import { createFamily, type Family } from './family.ts'

let folder = ''
let family: Family

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headgate-family-'))
  family = createFamily(folder, new AbortController().signal)
})

afterEach(async () => {
  await family.close()
  await rm(folder, { recursive: true, force: true })
})

const ready = `console.log('{"ready":"x"}');`
const stay = `process.stdin.resume(); process.stdin.on('end', () => process.exit(0)); process.on('SIGTERM', () => process.exit(0));`

async function specOf(name: string, code: string): Promise<ChildSpec> {
  const file = path.join(folder, `${name}.mjs`)
  await writeFile(file, code)
  return { name, file, args: [], env: {} }
}

describe('a family of processes', () => {
  test('fails as a whole when one ends by itself', async () => {
    await family.start(await specOf('steady', `${stay} ${ready}`))
    await family.start(await specOf('fragile', `${ready} setTimeout(() => process.exit(4), 10)`))
    await expect(family.failure).rejects.toThrow('fragile ended by itself (exit code 4)')
  })

  test('lets go of one that is killed on purpose', async () => {
    const child = await family.start(await specOf('server', `${stay} ${ready}`))
    family.release(child)
    await child.kill()
    const outcome = await Promise.race([family.failure.catch(() => 'failed'), Promise.resolve('quiet')])
    expect(outcome).toBe('quiet')
  })

  test('runs a process to its end, and tells when that end is a failure', async () => {
    await family.runToEnd(await specOf('migration', ready))
    await expect(family.runToEnd(await specOf('broken', `${ready} process.exitCode = 9`))).rejects.toThrow(
      'broken failed (exit code 9)',
    )
  })

  test('ends the youngest first: shoppers before the shop, the shop before its database', async () => {
    const order: string[] = []
    for (const name of ['database', 'shop', 'shoppers']) {
      const child = await family.start(await specOf(name, `${stay} ${ready}`))
      void child.ended.finally(() => order.push(name))
    }
    await family.close()
    expect(order).toEqual(['shoppers', 'shop', 'database'])
  })
})
