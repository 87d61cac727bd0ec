import { HeadgateError } from '@headgate/core/model'
import { errorTable } from '@headgate/protocol/api'
import { exitCodes, type ExitCode } from './exit-code.ts'
import type { Io } from './io.ts'
import { printable } from './view/line.ts'
import { placeOf } from './view/place.ts'

/** Say what went wrong: one sentence, the places where it does, and the next step; with `--json` as JSON. */
export function tellError(error: unknown, { err, json }: Pick<Io, 'err' | 'json'>): ExitCode {
  if (!(error instanceof HeadgateError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    err(`headgate failed, which it should not: ${text}`)
    return exitCodes.failed
  }
  const { exitCode } = errorTable[error.code]
  if (json) {
    err(JSON.stringify({ code: error.code, detail: error.message, problems: error.problems }))
    return exitCode
  }
  err(printable(error.message))
  for (const problem of error.problems) err(`  ${placeOf(problem)}  ${printable(problem.message)}`)
  const next = nextSteps[error.code]
  if (next !== undefined) err(next)
  return exitCode
}

const nextSteps: Readonly<Partial<Record<HeadgateError['code'], string>>> = {
  UNAUTHENTICATED: 'Set HEADGATE_TOKEN or run: headgate login',
  FORBIDDEN: 'Who may: headgate who can <right> <domain>',
  UNAVAILABLE: 'Is the server up? Start one with: headgate serve. To stop a release without it: headgate stop-local',
}
