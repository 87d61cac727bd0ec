import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let folder = ''
const children: ChildProcessByStdio<Writable, Readable, Readable>[] = []

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hg-'))
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

/** A gateway that needs no control plane, with its standard input open; resolves with its ready line. */
async function startGateway(...more: readonly string[]) {
  const snapshot = path.join(folder, 'snapshot.json')
  const components = { legacy: { upstream: 'http://127.0.0.1:1' } }
  const rest = { routes: [], flows: [], exposures: [], journeyKey: 'k'.repeat(43) }
  await writeFile(
    snapshot,
    JSON.stringify({ version: 1, issuedAt: 1, shop: 's', servedBy: 'legacy', components, ...rest }),
  )
  const args = ['gateway', '--json', '--snapshot-file', snapshot, '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0']
  const child = spawn(
    process.execPath,
    [path.join(import.meta.dirname, 'main.ts'), ...args, '--data-folder', folder, ...more],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
  children.push(child)
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const ready = new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve))
  return { child, ended, ready: JSON.parse(await ready) }
}

describe('a process of the command line', () => {
  test('says in one line that it serves, and where', async () => {
    const { ready, child } = await startGateway()
    expect(ready).toMatchObject({ pid: child.pid, controlSocket: path.join(folder, 'gateway.sock') })
    expect((await fetch(`http://127.0.0.1:${ready.ports.admin}/_headgate/health`)).status).toBe(200)
  })

  test('ends in order when told to, although its standard input stays open', async () => {
    const { child, ended } = await startGateway('--with-parent')
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })

  test('ends with its parent when asked to: its standard input closes', async () => {
    const { child, ended } = await startGateway('--with-parent')
    child.stdin.end()
    expect(await ended).toBe(0)
  })
})
