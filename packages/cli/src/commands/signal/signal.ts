import type { Client } from '@headgate/client'
import { HeadgateError } from '@headgate/core/model'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { exitCodes } from '../../exit-code.ts'
import type { Command } from '../../host.ts'
import { argument, instantOption, textOption } from '../../input.ts'
import type { Io } from '../../io.ts'
import { counted } from '../../view/figures.ts'

/** `headgate signal export R`: the recorded evidence of a release, to a file or to standard output. */
export const signalExport: Command = async (input, { connect, io }) => {
  const release = argument(input, 0)
  const range = { from: instantOption(input, 'from'), until: instantOption(input, 'until') }
  const lines = linesOf((await connect(input)).releases.evidence(release, range, { signal: io.signal }))
  const out = textOption(input, 'out')
  if (out === undefined) await print(lines, io)
  else await save(lines, out, io)
  return exitCodes.done
}

type Pieces = ReturnType<Client['releases']['evidence']>

/** Lines of the answer. Throws UNAVAILABLE when the last is not the end line: the answer was cut off. */
async function* linesOf(pieces: Pieces): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  let last = ''
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    last = lines.at(-1) ?? last
    yield* lines
  }
  if (rest === '' && last.startsWith('{"kind":"end"')) return
  throw new HeadgateError('UNAVAILABLE', 'The server broke off in the middle of the export; run it again.')
}

async function print(lines: AsyncIterable<string>, io: Io): Promise<void> {
  for await (const line of lines) {
    io.out(line)
    await io.drained()
  }
}

/** Under another name until it is whole, so that half an export is never taken for one. */
async function save(lines: AsyncIterable<string>, name: string, io: Io): Promise<void> {
  const file = path.resolve(io.cwd, name)
  const part = `${file}.part`
  let ticks = 0
  const source = Readable.from(counting())
  const target = createWriteStream(part)
  try {
    if (file.endsWith('.gz')) await pipeline(source, createGzip(), target, { signal: io.signal })
    else await pipeline(source, target, { signal: io.signal })
    await rename(part, file)
  } catch (cause) {
    await rm(part, { force: true })
    if (cause instanceof HeadgateError || io.signal.aborted) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new HeadgateError('INVALID_INPUT', `Cannot write ${name}: ${reason}`, { cause })
  }
  io.out(io.json ? JSON.stringify({ file, ticks }) : `${counted(ticks, 'tick')} written to ${name}.`)

  async function* counting(): AsyncGenerator<string> {
    for await (const line of lines) {
      if (line.startsWith('{"kind":"tick"')) ticks += 1
      yield `${line}\n`
    }
  }
}
