import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventLog, waitUntil } from '@headgate/testkit'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.ts'

let dataDir: string
const opened: EmbeddedPostgres[] = []
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'headgate-embedded-'))
  chmodSync(dataDir, 0o711)
})
afterEach(async () => {
  for (const postgres of opened.splice(0)) await postgres.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

async function start(onNotice: (text: string) => void = () => undefined): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' }, onNotice })
  opened.push(postgres)
  return postgres
}

async function query(url: string, text: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows.map((row) => Object.values(row)[0])
  } finally {
    await client.end()
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Another process that opens the same data folder and then waits to be killed. */
async function startElsewhere(): Promise<{ readonly pid: number; kill(): Promise<void> }> {
  const module = fileURLToPath(new URL('embedded-postgres.ts', import.meta.url))
  const script = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(module)})
    const postgres = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, settings: { fsync: 'off' } })
    process.stdout.write('pid ' + postgres.pid() + '\\n')
    setInterval(() => {}, 1000)
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = new Promise((resolve) => {
    child.once('exit', resolve)
  })
  const said = eventLog<string>()
  child.stdout.on('data', (chunk: Buffer) => said.report(chunk.toString()))
  const line = await said.waitUntilEvent((text) => text.startsWith('pid '))
  return {
    pid: Number(line.slice(4)),
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

describe('startEmbeddedPostgres', () => {
  test('keeps what was written, and stops with its last user', async () => {
    const first = await start()
    await query(first.url, 'create table kept (id int)')
    const pid = first.pid()
    await first.stop()
    expect(isAlive(pid)).toBe(false)
    const again = await start()
    expect(await query(again.url, 'select count(*)::int from kept')).toEqual([0])
  })

  test('asks for the generated password, on loopback only', async () => {
    const { url } = await start()
    const wrong = new URL(url)
    wrong.password = 'wrong'
    await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed')
    expect(await query(url, 'show listen_addresses')).toEqual(['127.0.0.1'])
    expect(await query(url, 'show unix_socket_directories')).toEqual([''])
  })

  test('a second user joins the one that runs, and it outlives the first', async () => {
    const [first, second] = await Promise.all([start(), start()])
    expect(second.pid()).toBe(first.pid())
    await first.stop()
    expect(await query(second.url, 'select 1')).toEqual([1])
  })

  test('what a killed server left running is taken over', async () => {
    const other = await startElsewhere()
    await other.kill()
    expect(isAlive(other.pid)).toBe(true)
    const mine = await start()
    expect(mine.pid()).toBe(other.pid)
    await mine.stop()
    expect(isAlive(other.pid)).toBe(false)
  })

  test('a crash of server and PostgreSQL together leaves nothing that blocks the next start', async () => {
    const other = await startElsewhere()
    await other.kill()
    process.kill(other.pid, 'SIGKILL')
    await waitUntil('the postmaster is gone', () => !isAlive(other.pid))
    const mine = await start()
    expect(await query(mine.url, 'select 1')).toEqual([1])
  })

  test("a stale pid file whose number is another process's now does not block", async () => {
    const first = await start()
    const file = path.join(first.location, 'cluster', 'postmaster.pid')
    const lines = readFileSync(file, 'utf8').split('\n')
    await first.stop()
    writeFileSync(file, [String(process.pid), ...lines.slice(1)].join('\n'))
    const again = await start()
    expect(again.pid()).not.toBe(process.pid)
    expect(await query(again.url, 'select 1')).toEqual([1])
  })

  test('a PostgreSQL that dies is started again, on the same port', async () => {
    const notices = eventLog<string>()
    const postgres = await start(notices.report)
    const [pid, url] = [postgres.pid(), postgres.url]
    process.kill(pid, 'SIGKILL')
    await notices.waitUntilEvent((text) => text.includes('starting it again'))
    await waitUntil('it answers again', () => query(url, 'select 1').catch(() => undefined))
    expect(postgres.url).toBe(url)
  })

  test('a folder that holds another version says what to do', async () => {
    const first = await start()
    await first.stop()
    writeFileSync(path.join(first.location, 'cluster', 'PG_VERSION'), '9.6\n')
    await expect(start()).rejects.toThrow('created by PostgreSQL 9.6')
  })

  test('a setting that PostgreSQL refuses is told in its own words', async () => {
    const refused = startEmbeddedPostgres({ dataDir, settings: { max_connections: 'many' }, startTimeoutMs: 2_000 })
    await expect(refused).rejects.toThrow('max_connections')
  })
})
