import { spawn } from 'node:child_process'
import { chownSync, closeSync, existsSync, openSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { HeadgateError } from '@headgate/core/model'
import { spawnIdentity } from './account.ts'
import type { Place } from './place.ts'

/** The process that holds the cluster, as its own pid file tells. */
export interface Postmaster {
  readonly pid: number
  readonly port: number
}

/** Reads `postmaster.pid`; undefined when there is none, it is half written, or its process is not a PostgreSQL any more. */
export function findPostmaster(place: Place): Postmaster | undefined {
  const lines = readLines(pidFile(place))
  const pid = Number(lines[0])
  const port = Number(lines[3])
  if (!Number.isInteger(pid) || pid <= 0 || !Number.isInteger(port) || port <= 0) return undefined
  return isPostgres(pid) && !livesElsewhere(pid, place) ? { pid, port } : undefined
}

/**
 * PostgreSQL itself recovers from a stale pid file, except when the number was given to another process of the same user
 * since (usual in containers): then it would refuse for ever. Such a file is removed here.
 */
export function removeStalePidFile(place: Place): void {
  const pid = Number(readLines(pidFile(place))[0])
  if (Number.isInteger(pid) && pid > 0 && (!isPostgres(pid) || livesElsewhere(pid, place)))
    rmSync(pidFile(place), { force: true })
}

export interface StartingPostmaster {
  /** Why it ended, in PostgreSQL's own words; undefined while it runs. */
  hasEnded(): string | undefined
}

/**
 * Starts a postmaster that outlives a crash of this process (the next start takes it over) and gets no Ctrl-C meant for us.
 */
export function spawnPostmaster(
  place: Place,
  port: number,
  settings: Readonly<Record<string, string>>,
): StartingPostmaster {
  const log = openSync(place.startLog, 'w', 0o600)
  if (place.account) chownSync(place.startLog, place.account.uid, place.account.gid)
  const child = spawn(place.binaries.postgres, postmasterArguments(place, port, settings), {
    ...spawnIdentity(place.account),
    cwd: place.cluster,
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
  })
  closeSync(log)
  child.unref()
  let words: string | undefined
  child.once('error', (error) => {
    words = error.message
  })
  child.once('exit', (code, signal) => {
    words ??= readLines(place.startLog).slice(-8).join('\n').trim() || `it ended with ${signal ?? code} and no word`
  })
  return { hasEnded: () => words }
}

function postmasterArguments(
  place: Place,
  port: number,
  settings: Readonly<Record<string, string>>,
): readonly string[] {
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
    max_connections: '200',
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    logging_collector: 'on',
    log_directory: 'log',
    log_filename: 'postgres-%a.log',
    log_truncate_on_rotation: 'on',
    log_rotation_size: '0',
    log_rotation_age: '1d',
    ...settings,
  }
  return ['-D', place.cluster, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** Asks for a fast shutdown (open transactions roll back, files are left clean) and waits until the process has gone. */
export async function stopPostmaster(postmaster: Postmaster, timeoutMs = 30_000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  signalProcess(postmaster.pid, 'SIGINT')
  // Ends when the process is gone or the deadline has passed.
  while (isPostgres(postmaster.pid)) {
    if (performance.now() > deadline) {
      throw new HeadgateError('UNAVAILABLE', `PostgreSQL (pid ${postmaster.pid}) did not stop within ${timeoutMs} ms`)
    }
    await delay(20)
  }
}

export async function findFreePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address: AddressInfo | string | null = server.address()
  await new Promise((resolve) => {
    server.close(resolve)
  })
  if (address === null || typeof address === 'string') throw new HeadgateError('UNAVAILABLE', 'There is no free port')
  return address.port
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // Gone already, which is what was asked for.
  }
}

function isPostgres(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives, but belongs to somebody else.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  const [stat = ''] = readLines(`/proc/${pid}/stat`)
  if (stat === '') return !existsSync('/proc/self/stat')
  // A zombie holds neither files nor memory: `pid (name) state ...`.
  return /^\d+ \(postgres\) [^ZX]/.test(stat)
}

/** Whether the number now belongs to the PostgreSQL of another folder; only Linux can tell. */
function livesElsewhere(pid: number, place: Place): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) !== place.cluster
  } catch {
    return false
  }
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}

function pidFile(place: Place): string {
  return path.join(place.cluster, 'postmaster.pid')
}
