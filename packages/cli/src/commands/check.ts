import { lintModel } from '@headgate/core/model'
import { findingsWithPositions, parseModelFiles, type SourceFile } from '@headgate/protocol/operating-model'
import path from 'node:path'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import type { Command } from '../host.ts'
import { readModelFolder } from '../model-folder.ts'
import { counted } from '../view/figures.ts'
import { type Remark, reportLines } from './check-report.ts'

/**
 * `headgate check [folder] [--json]`: read and lint an operating model. 0 = nothing blocks exposure (there may be warnings),
 * 1 = a finding blocks it, 2 = the files cannot be read as a model.
 */
export const check: Command = async (input, { io }) => {
  const files = await readModelFolder(path.resolve(io.cwd, input.args[0] ?? '.'))
  const parsed = parseModelFiles(files)
  const findings = parsed.ok
    ? findingsWithPositions(lintModel(parsed.model, parsed.plans, io.now()), parsed.positions)
    : []
  const problems = parsed.ok ? [] : parsed.problems
  const code = exitCodeFor(parsed.ok, findings)
  if (io.json) {
    io.out(JSON.stringify({ ok: code === exitCodes.done, problems, findings }))
    return code
  }
  const remarks = [...problems.map((problem) => ({ severity: 'error' as const, ...problem })), ...findings]
  const style = { width: io.terminal.width(), hasColour: io.terminal.hasColour }
  for (const line of reportLines(remarks, files, style)) io.out(line)
  io.out(summary(files, remarks))
  if (!parsed.ok) io.out('The model was not linted: correct the files first.')
  if (findings.length > 0) io.out('Each finding is explained in docs/reference/check-findings.md.')
  return code
}

function exitCodeFor(isReadable: boolean, findings: readonly Remark[]): ExitCode {
  if (!isReadable) return exitCodes.invalid
  return findings.some(({ severity }) => severity === 'error') ? exitCodes.failed : exitCodes.done
}

function summary(files: readonly SourceFile[], remarks: readonly Remark[]): string {
  const errors = remarks.filter(({ severity }) => severity === 'error').length
  const read = counted(files.length, 'file')
  if (remarks.length === 0) return `${read} checked, nothing found.`
  return `${read} checked: ${counted(errors, 'error')}, ${counted(remarks.length - errors, 'warning')}.`
}
