import path from 'node:path'
import type { ModelView } from '@headgate/protocol/api'
import { exitCodes } from '../exit-code.ts'
import type { Command } from '../host.ts'
import { readModelFolder } from '../model-folder.ts'
import { counted } from '../view/figures.ts'
import { printable } from '../view/line.ts'
import { placeOf } from '../view/place.ts'

/** `headgate apply [dir]`: send headgate.yaml and releases/*.yaml to the server, which parses and lints them again. */
export const apply: Command = async (input, { connect, io }) => {
  const folder = path.resolve(io.cwd, input.args[0] ?? '.')
  const files = [...(await readModelFolder(folder))]
  const model = await (await connect(input)).model.apply({ files })
  if (io.json) io.out(JSON.stringify(model))
  else for (const line of applied(model)) io.out(line)
  return exitCodes.done
}

function applied(model: ModelView): readonly string[] {
  const findings = model.findings.map(
    (finding) => `${finding.severity}  ${placeOf(finding)}  ${printable(finding.message)} (${finding.code})`,
  )
  const blocking = model.findings.filter((finding) => finding.severity === 'error').length
  const gaps = blocking === 0 ? '' : `; exposure is blocked by ${counted(blocking, 'error')}`
  return [...findings, `model version ${model.version} is in force, ${counted(model.files.length, 'file')}${gaps}`]
}
