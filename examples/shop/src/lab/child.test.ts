import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startChild, type Child } from './child.ts'

let folder = ''
const children: Child[] = []
const quiet = new AbortController().signal

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headgate-lab-'))
})

afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.kill()))
  await rm(folder, { recursive: true, force: true })
})

async function start(code: string, options: { readyWithinMs?: number; signal?: AbortSignal } = {}): Promise<Child> {
  const file = path.join(folder, 'child.mjs')
  await writeFile(file, code)
  const { signal = quiet, ...rest } = options
  const child = await startChild(
    { name: 'child', file, args: ['--a', 'b'], env: { COLOUR: 'red' }, ...rest },
    folder,
    signal,
  )
  children.push(child)
  return child
}

const sayReady = `console.log(JSON.stringify({ ready: 'x', ports: { http: 7 }, pid: process.pid, args: process.argv.slice(2), colour: process.env.COLOUR }));`
const stay = `process.stdin.resume(); process.stdin.on('end', () => process.exit(0));`

describe('a child of the lab', () => {
  test('is there once it has said so, with its arguments and environment', async () => {
    const child = await start(`console.log('warming up'); ${sayReady} ${stay}`)
    expect(child.ready).toMatchObject({ ports: { http: 7 }, pid: child.pid, args: ['--a', 'b'], colour: 'red' })
  })

  test('leaves what it says in its log', async () => {
    const child = await start(`console.log('out'); console.error('err'); ${sayReady} ${stay}`)
    await child.stop()
    expect((await readFile(child.logFile, 'utf8')).split('\n')).toEqual(expect.arrayContaining(['out', 'err']))
  })

  test('that ends while it starts is a failure that names the log', async () => {
    await expect(start(`process.exit(3)`)).rejects.toMatchObject({
      message: 'child ended while it started (exit code 3)',
      logFile: path.join(folder, 'child.log'),
    })
  })

  test('that never gets ready is given up and killed', async () => {
    await expect(start(stay, { readyWithinMs: 50 })).rejects.toThrow(/not ready within 0.05 s/)
  })

  test('is killed when the lab is interrupted while it starts', async () => {
    const controller = new AbortController()
    const starting = start(stay, { signal: controller.signal })
    controller.abort()
    await expect(starting).rejects.toThrow(/interrupted|aborted/)
  })

  test('ends in order when asked to, and says how a killed one ended', async () => {
    const orderly = await start(`process.on('SIGTERM', () => process.exit(7)); ${sayReady} ${stay}`)
    expect(await orderly.stop()).toEqual({ code: 7, signal: undefined })
    const killed = await start(`${sayReady} ${stay}`)
    expect(await killed.kill()).toEqual({ code: undefined, signal: 'SIGKILL' })
    expect(killed.hasEnded()).toBe(true)
  })

  test('ends with its parent, also when the parent is killed', async () => {
    const farewell = path.join(folder, 'farewell')
    const sayGoodbye = `process.on('exit', () => fs.writeFileSync(${JSON.stringify(farewell)}, 'bye'));`
    await writeFile(path.join(folder, 'grandchild.mjs'), `import fs from 'node:fs'; ${sayGoodbye} ${sayReady} ${stay}`)
    const module = path.join(import.meta.dirname, 'child.ts')
    const parent = await start(
      `import { startChild } from ${JSON.stringify(module)};
       const spec = { name: 'grandchild', file: ${JSON.stringify(path.join(folder, 'grandchild.mjs'))}, args: [], env: {} };
       const child = await startChild(spec, ${JSON.stringify(folder)}, new AbortController().signal);
       console.log(JSON.stringify({ ready: 'parent', grandchild: child.pid }));
       ${stay}`,
    )
    expect(parent.ready['grandchild']).toBeGreaterThan(0)
    await parent.kill()
    await expect.poll(async () => await readFile(farewell, 'utf8').catch(() => '')).toBe('bye')
  })
})
