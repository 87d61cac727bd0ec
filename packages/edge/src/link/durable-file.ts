import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { z } from 'zod'
import type { EdgeLog } from './log.ts'

/**
 * Replaces a file as a whole: after a crash or with a full disk either the old content is there or the new one, never a
 * part. Readable by the owner only.
 */
export async function writeDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const file = await open(temporary, 'w', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

/** Makes the rename itself durable. Where folders cannot be opened the rename is still atomic. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  if (folder === undefined) return
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Moves a file that cannot be understood out of the way, for people to look at. */
export async function setAside(path: string): Promise<string> {
  const aside = `${path}.corrupt`
  await rename(path, aside)
  return aside
}

/** The file's content, undefined when there is none or when it was set aside. */
export async function readParsed<Value>(
  path: string,
  schema: z.ZodType<Value>,
  log: EdgeLog,
): Promise<Value | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw error
  })
  if (text === undefined) return undefined
  const parsed = schema.safeParse(parseOrUndefined(text))
  if (parsed.success) return parsed.data
  const aside = await setAside(path)
  log.warn({ path, aside }, 'a state file could not be understood; it was set aside and counts as absent')
  return undefined
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
