import { HeadgateError } from '@headgate/core/model'
import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { ApplyModelRequest, ModelView } from '@headgate/protocol/api'
import { exitCodes } from '../exit-code.ts'
import type { Command } from '../host.ts'
import { printable } from '../view/line.ts'

/** `headgate apply [dir]`: send headgate.yaml and releases/*.yaml to the server, which parses and lints them again. */
export const apply: Command = async (input, { connect, io }) => {
  const folder = path.resolve(io.cwd, input.args[0] ?? '.')
  const files = await readModelFiles(folder)
  const model = await (await connect(input)).model.apply({ files })
  if (io.json) io.out(JSON.stringify(model))
  else for (const line of applied(model)) io.out(line)
  return exitCodes.done
}

/** Paths are relative to the folder, with forward slashes, so that messages read the same everywhere. */
export async function readModelFiles(folder: string): Promise<ApplyModelRequest['files']> {
  const found: string[] = []
  for await (const file of glob(['headgate.yaml', 'releases/*.yaml'], { cwd: folder })) found.push(file)
  if (!found.includes('headgate.yaml')) {
    throw new HeadgateError(
      'INVALID_INPUT',
      `There is no headgate.yaml in ${folder}; name its folder: headgate apply DIR`,
    )
  }
  return await Promise.all(
    found.toSorted().map(async (file) => ({
      path: file.split(path.sep).join('/'),
      text: await readFile(path.join(folder, file), 'utf8'),
    })),
  )
}

function applied(model: ModelView): readonly string[] {
  const findings = model.findings.map((finding) => {
    const place = [finding.file, finding.line, finding.column].filter((part) => part !== undefined).join(':')
    return printable(
      `${finding.severity}  ${place === '' ? finding.path : place}  ${finding.message} (${finding.code})`,
    )
  })
  const blocking = model.findings.filter((finding) => finding.severity === 'error').length
  const gaps = blocking === 0 ? '' : `; ${blocking} findings block exposure`
  return [...findings, `model version ${model.version} is in force, ${model.files.length} files${gaps}`]
}
