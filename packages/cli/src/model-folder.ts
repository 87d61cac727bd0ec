import { HeadgateError } from '@headgate/core/model'
import { maxModelFileCharacters, type SourceFile } from '@headgate/protocol/operating-model'
import { open, readdir } from 'node:fs/promises'
import path from 'node:path'

/** No character of UTF-8 takes more bytes than this per UTF-16 unit, so one byte more is one character too many. */
const bytesPerCharacter = 3

/**
 * The files of an operating model: `headgate.yaml` and the YAML files directly in `releases/`, by name. At most a little
 * more than the longest readable file is read of each, so that a huge one is refused instead of loaded. Throws NOT_FOUND
 * when the folder has no `headgate.yaml`, INVALID_INPUT when it cannot be read.
 */
export async function readModelFolder(folder: string): Promise<SourceFile[]> {
  const root = await yamlNames(folder)
  const model = root.filter((name) => /^headgate\.ya?ml$/.test(name))
  if (model.length === 0) {
    throw new HeadgateError('NOT_FOUND', `No headgate.yaml in ${folder}. Name the folder that holds it.`)
  }
  const releases = (await yamlNames(path.join(folder, 'releases'))).map((name) => `releases/${name}`)
  return Promise.all(
    [...model, ...releases].map(async (name) => ({ path: name, text: await readText(path.join(folder, name)) })),
  )
}

async function yamlNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return []
    throw new HeadgateError('INVALID_INPUT', `Cannot read the folder ${folder}: ${messageOf(error)}`, { cause: error })
  })
  return entries
    .filter((entry) => !entry.isDirectory() && /\.ya?ml$/.test(entry.name) && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort()
}

/** One file of an operating model, under the name that its errors shall say. Throws INVALID_INPUT when it cannot be read. */
export async function readSource(file: string, name: string): Promise<SourceFile> {
  return { path: name, text: await readText(file) }
}

async function readText(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r')
    try {
      const buffer = Buffer.alloc(Math.min((await handle.stat()).size, maxModelFileCharacters * bytesPerCharacter + 4))
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
      const isWhole = bytesRead < maxModelFileCharacters * bytesPerCharacter
      return new TextDecoder('utf-8', { fatal: isWhole }).decode(buffer.subarray(0, bytesRead))
    } finally {
      await handle.close()
    }
  } catch (error) {
    const reason = isCode(error, 'ERR_ENCODING_INVALID_ENCODED_DATA') ? 'it is not UTF-8 text' : messageOf(error)
    throw new HeadgateError('INVALID_INPUT', `Cannot read ${file}: ${reason}`, { cause: error })
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
