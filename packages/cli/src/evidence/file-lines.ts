import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { HeadgateError } from '@headgate/core/model'

/** A file that may be larger than memory, by lines. */
export interface FileLines {
  /** Lines in batches as they are read; never one that is not whole, except the last. */
  readonly batches: AsyncIterable<readonly string[]>
  /** Share of the file that has been read, 0 to 1. */
  readonly progress: () => number
}

/** The first line, and all of them once more from the start. */
export async function peekLine({ batches }: Pick<FileLines, 'batches'>): Promise<{
  readonly first: string
  readonly batches: AsyncIterable<readonly string[]>
}> {
  const iterator = batches[Symbol.asyncIterator]()
  const held: (readonly string[])[] = []
  // Ends: with the first line that holds anything, or with the file.
  for (;;) {
    const { value, done } = await iterator.next()
    if (done === true) return { first: '', batches: replay() }
    held.push(value)
    const first = value.find((line) => line.trim() !== '')
    if (first !== undefined) return { first, batches: replay() }
  }

  async function* replay(): AsyncGenerator<readonly string[]> {
    yield* held.splice(0)
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value
  }
}

/** A line is held in memory: longer ones are refused instead of loaded. */
const maxLineCharacters = 32 * 1024 * 1024

/** Opens a file, unpacked on the way where its name ends in `.gz`. Throws INVALID_INPUT when it cannot be read. */
export async function openLines(file: string, signal: AbortSignal): Promise<FileLines> {
  const { size } = await stat(file).catch((cause: unknown) => {
    throw refuse(file, cause)
  })
  const raw = createReadStream(file, { signal, highWaterMark: 1024 * 1024 })
  const bytes = file.endsWith('.gz') ? unpack(raw) : raw
  return { batches: batchesOf(file, bytes), progress: () => (size === 0 ? 1 : raw.bytesRead / size) }
}

function unpack(raw: ReturnType<typeof createReadStream>): AsyncIterable<Buffer> {
  const unpacked = createGunzip()
  // Its reader hears of it there; without a listener here it would end the process.
  raw.on('error', (error) => unpacked.destroy(error))
  return raw.pipe(unpacked)
}

async function* batchesOf(file: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  try {
    for await (const chunk of bytes) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > maxLineCharacters) throw new RangeError(`a line is longer than ${maxLineCharacters} characters`)
      yield lines
    }
    yield [rest + decoder.decode()]
  } catch (cause) {
    throw refuse(file, cause)
  }
}

function refuse(file: string, cause: unknown): HeadgateError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const reason = reasons.get(String(code)) ?? (cause instanceof Error ? cause.message : String(cause))
  return new HeadgateError('INVALID_INPUT', `Cannot read ${file}: ${reason}`, { cause })
}

const reasons = new Map([
  ['ENOENT', 'there is no such file'],
  ['EISDIR', 'it is a folder'],
  ['Z_BUF_ERROR', 'it ends in the middle; export it again'],
  ['Z_DATA_ERROR', 'it is not packed with gzip, or damaged'],
  ['ERR_ENCODING_INVALID_ENCODED_DATA', 'it is not UTF-8 text'],
])
