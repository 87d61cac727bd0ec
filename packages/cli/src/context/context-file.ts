import { HeadgateError } from '@headgate/core/model'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** Which server to talk to and as whom; what `headgate login` remembers. */
export interface StoredContext {
  readonly server: string
  readonly token: string
}

/** `$XDG_CONFIG_HOME/headgate/context.json`, or below `~/.config`. */
export function contextPath(env: Readonly<Record<string, string | undefined>>, home: string): string {
  const base = env['XDG_CONFIG_HOME']
  return path.join(base === undefined || base === '' ? path.join(home, '.config') : base, 'headgate', 'context.json')
}

/** undefined when nobody logged in. Throws INVALID_INPUT when the file is not what `login` writes. */
export async function readContext(file: string): Promise<StoredContext | undefined> {
  const text = await readFile(file, 'utf8').catch(absentAsUndefined)
  if (text === undefined) return undefined
  const value = parse(text)
  if (isStoredContext(value)) return value
  throw new HeadgateError('INVALID_INPUT', `${file} is not a login context; remove it and run: headgate login`)
}

/** Readable by its owner alone from its first byte on. */
export async function writeContext(file: string, context: StoredContext): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}.tmp`
  await writeFile(draft, `${JSON.stringify(context, undefined, 2)}\n`, { mode: 0o600 })
  // An umask can only take rights away, but a left-over draft keeps the rights it had.
  await chmod(draft, 0o600)
  await rename(draft, file)
}

function absentAsUndefined(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isStoredContext(value: unknown): value is StoredContext {
  return (
    typeof value === 'object' &&
    value !== null &&
    'server' in value &&
    typeof value.server === 'string' &&
    'token' in value &&
    typeof value.token === 'string'
  )
}
