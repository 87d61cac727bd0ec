import { type WhoAnswer, whoCan as answerWhoCan } from '@headgate/core/authority'
import { requireModel } from '@headgate/protocol/operating-model'
import path from 'node:path'
import { exitCodes } from '../exit-code.ts'
import type { Command } from '../host.ts'
import { argument, textOption } from '../input.ts'
import { readModelFolder } from '../model-folder.ts'
import { percentOfBasisPoints } from '../view/figures.ts'
import { pad, printable } from '../view/line.ts'

/**
 * `headgate who can <right> <domain|component|flow> [--dir <folder>] [--json]`: read from the files, so that it answers with
 * everything down. 0 = somebody can, 1 = nobody can, 2 = unknown words or unreadable files.
 */
export const whoCan: Command = async (input, { io }) => {
  const right = argument(input, 0)
  const target = argument(input, 1)
  const { model } = requireModel(await readModelFolder(path.resolve(io.cwd, textOption(input, 'dir') ?? '.')))
  const answer = answerWhoCan(model, right, target)
  for (const line of io.json ? [JSON.stringify(answer)] : whoLines(answer)) io.out(line)
  return canAnybody(answer) ? exitCodes.done : exitCodes.failed
}

function canAnybody({ people, quorum }: WhoAnswer): boolean {
  return quorum > 0 && people.length >= quorum
}

function whoLines(answer: WhoAnswer): string[] {
  const { right, on, kind, domain, people, quorum } = answer
  const where = kind === 'domain' ? `domain ${domain}` : `${kind} ${on.replace(/^.*:/, '')} (domain ${domain})`
  if (people.length === 0) return [`Nobody can ${right} in ${where}.`, ...escalationLines(answer)]
  const need = quorum === 1 ? 'One of these people' : `${quorum} of these people together`
  const width = Math.max(...people.map(({ address }) => address.length))
  return [
    `${need} can ${right} in ${where}:`,
    ...people.map(({ address, teams }) => printable(`  ${pad(address, width)}  ${teams.join(', ')}`)),
    ...(canAnybody(answer) ? [] : [`That is fewer than the ${quorum} it takes.`]),
    ...automationLines(answer),
    ...answer.oncall.map(({ team, oncall }) => printable(`On call for ${team}: ${oncall}`)),
    ...escalationLines(answer),
  ]
}

function automationLines({ right, automationUpToBasisPoints: limit }: WhoAnswer): string[] {
  return limit === undefined ? [] : [`Automation may ${right} by itself up to ${percentOfBasisPoints(limit)}.`]
}

function escalationLines({ escalation }: WhoAnswer): string[] {
  if (escalation.length === 0) return ['Nobody is told when nobody acts: the domain has no escalation.']
  return [`If nobody acts: ${escalation.map(({ afterMs, to }) => `after ${delay(afterMs)} ${to}`).join(', ')}.`]
}

/** `5 min`, `90 s`, `2 h`: in the largest unit that needs no fraction, as it was written in the file. */
function delay(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`
  if (ms % 60_000 === 0) return `${ms / 60_000} min`
  return ms % 1_000 === 0 ? `${ms / 1_000} s` : `${ms} ms`
}
