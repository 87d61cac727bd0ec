import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'

const program = path.join(import.meta.dirname, '..', 'packages', 'cli', 'src', 'main.ts')

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Run one command of the command line to its end, as a person would. */
export async function headgate(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)))
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, out, err }
}

/** A lab that serves on until it is ended, and the environment of somebody who acts on it. */
export interface RunningLab {
  readonly env: Readonly<Record<string, string>>
  readonly shopUrls: readonly string[]
  /** Resolves with the first line of the lab, also a past one, that matches. */
  line(pattern: RegExp): Promise<string>
  /** Ctrl-C, and its exit code. */
  interrupt(): Promise<number>
}

export async function startLab(args: readonly string[]): Promise<RunningLab> {
  const folder = await mkdtemp(path.join(tmpdir(), 'headgate-e2e-'))
  const child = spawn(process.execPath, [program, 'lab', '--folder', folder, ...args], {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines = readLines(child)
  await lines.until(/to act on it from another terminal/)
  const env = await readEnv(path.join(folder, 'lab.env'))
  const places = await lines.until(/^shop http/)
  return {
    env,
    shopUrls: [/^shop (\S+)/.exec(places)?.[1] ?? ''],
    line: lines.until,
    async interrupt() {
      child.kill('SIGINT')
      const code = await lines.ended
      await rm(folder, { recursive: true, force: true })
      return code
    },
  }
}

interface Lines {
  readonly until: (pattern: RegExp) => Promise<string>
  readonly ended: Promise<number>
}

function readLines(child: ChildProcess): Lines {
  const seen: string[] = []
  const listeners = new Set<(line: string) => void>()
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)))
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue
    createInterface({ input: stream }).on('line', (line) => {
      seen.push(line)
      for (const listener of listeners) listener(line)
    })
  }
  return {
    ended,
    until: async (pattern) => {
      const known = seen.find((line) => pattern.test(line))
      if (known !== undefined) return known
      const coming = new Promise<string>((resolve) => {
        listeners.add((line) => {
          if (pattern.test(line)) resolve(line)
        })
      })
      const dead = ended.then((code) => {
        throw new Error(`the lab ended (${code}) before it said ${pattern}:\n${seen.join('\n')}`)
      })
      return await Promise.race([coming, dead])
    },
  }
}

/** `export NAME='value'` lines, as the lab writes them for people to source. */
async function readEnv(file: string): Promise<Readonly<Record<string, string>>> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n')
  return Object.fromEntries(
    lines.map((line) => {
      const match = /^export (\w+)='(.*)'$/.exec(line)
      return [match?.[1] ?? '', match?.[2] ?? '']
    }),
  )
}

/** Who serves the carts of some visitors with cookies of their own: shares of them per storefront. */
export async function candidateShare(shopUrl: string, visitors: readonly string[]): Promise<number> {
  const served = await Promise.all(
    visitors.map(async (visitor) => {
      const response = await fetch(`${shopUrl}/cart`, { headers: { cookie: `hgv=${visitor}` } })
      return (await response.text()).includes('content="storefront-next"')
    }),
  )
  return served.filter(Boolean).length / visitors.length
}
