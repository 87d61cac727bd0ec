import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, type WriteStream } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'

export interface ChildSpec {
  readonly name: string
  /** Module to run and its arguments. */
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly readyWithinMs?: number
}

/** How a process ended; `signal` when it was killed. */
export interface Ending {
  readonly code: number | undefined
  readonly signal: string | undefined
}

/** What a service says on standard output once it serves. */
export interface Ready {
  readonly ports: Readonly<Record<string, number>>
  readonly [detail: string]: unknown
}

export interface Child {
  readonly name: string
  readonly pid: number
  readonly logFile: string
  readonly ready: Ready
  readonly ended: Promise<Ending>
  readonly hasEnded: () => boolean
  /** Ask to end, insist after a while. Safe to call twice. */
  stop(): Promise<Ending>
  /** End at once, as a crash would. */
  kill(): Promise<Ending>
}

/** A child that did not start, or ended though nobody asked it to. */
export class ChildFailure extends Error {
  override readonly name = 'ChildFailure'
  readonly logFile: string

  constructor(message: string, logFile: string) {
    super(message)
    this.logFile = logFile
  }
}

const defaultReadyMs = 60_000
const graceMs = 8_000

/**
 * Start one process of the lab and wait for its `ready` line. Its standard input is a pipe that nothing is written to: it
 * closes when this process ends, however it ends, and that is how the child knows. It runs in a group of its own, so that
 * an interrupt typed at the terminal reaches the lab alone, which ends its children in order.
 */
export async function startChild(spec: ChildSpec, logFolder: string, signal: AbortSignal): Promise<Child> {
  signal.throwIfAborted()
  const logFile = path.join(logFolder, `${spec.name}.log`)
  const log = createWriteStream(logFile, { flags: 'a' })
  const spawned = spawn(process.execPath, [spec.file, ...spec.args], {
    env: { ...inherited(), ...spec.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  // Broken pipes are seen as the end of the process.
  spawned.stdin.on('error', () => undefined)
  const ended = endingOf(spawned, log)
  const child = childOf(spawned, { name: spec.name, logFile, ended })
  try {
    const ready = await untilReady(spawned, { spec, log, logFile, ended, signal })
    return { ...child, ready }
  } catch (error) {
    await child.kill()
    throw error
  }
}

function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'USER', 'LANG', 'LC_ALL', 'TZ', 'NODE_OPTIONS']
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function endingOf(spawned: ChildProcess, log: WriteStream): Promise<Ending> {
  spawned.stderr?.pipe(log, { end: false })
  return new Promise((resolve) => {
    spawned.once('error', (error) => log.write(`${String(error)}\n`))
    spawned.once('close', (code, signal) => {
      log.end()
      resolve({ code: code ?? undefined, signal: signal ?? undefined })
    })
  })
}

interface ChildParts {
  readonly name: string
  readonly logFile: string
  readonly ended: Promise<Ending>
}

function childOf(spawned: ChildProcess, { name, logFile, ended }: ChildParts): Omit<Child, 'ready'> {
  const hasEnded = (): boolean => spawned.exitCode !== null || spawned.signalCode !== null
  return {
    name,
    logFile,
    ended,
    hasEnded,
    pid: spawned.pid ?? 0,
    async stop() {
      if (!hasEnded()) spawned.kill('SIGTERM')
      const insist = setTimeout(() => spawned.kill('SIGKILL'), graceMs)
      const ending = await ended
      clearTimeout(insist)
      return ending
    },
    async kill() {
      spawned.kill('SIGKILL')
      return await ended
    },
  }
}

interface Waiting extends Omit<ChildParts, 'name'> {
  readonly spec: ChildSpec
  readonly log: WriteStream
  readonly signal: AbortSignal
}

/** The first line of standard output that is a `ready` document; everything goes to the log. */
async function untilReady(spawned: ChildProcess, waiting: Waiting): Promise<Ready> {
  const { spec, log, logFile, ended, signal } = waiting
  const { stdout } = spawned
  if (stdout === null) throw new ChildFailure(`${spec.name} has no output`, logFile)
  const limitMs = spec.readyWithinMs ?? defaultReadyMs
  return await new Promise<Ready>((resolve, reject) => {
    const timer = setTimeout(() => fail(`was not ready within ${limitMs / 1_000} s`), limitMs)
    const fail = (why: string): void => {
      clearTimeout(timer)
      reject(new ChildFailure(`${spec.name} ${why}`, logFile))
    }
    signal.addEventListener('abort', () => fail('was interrupted while it started'), { once: true })
    void ended.then((ending) => fail(`ended while it started (${endingText(ending)})`))
    createInterface({ input: stdout }).on('line', (line) => {
      log.write(`${line}\n`)
      const ready = parseReady(line)
      if (ready === undefined) return
      clearTimeout(timer)
      resolve(ready)
    })
  })
}

function parseReady(line: string): Ready | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null || !('ready' in value)) return undefined
    return { ...value, ports: 'ports' in value ? portsOf(value.ports) : {} }
  } catch {
    return undefined
  }
}

function portsOf(value: unknown): Readonly<Record<string, number>> {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(Object.entries(value).filter(([, port]) => typeof port === 'number'))
}

export function endingText({ code, signal }: Ending): string {
  return signal === undefined ? `exit code ${code ?? 'unknown'}` : `killed by ${signal}`
}
