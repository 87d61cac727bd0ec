import { HeadgateError, type OperatingModel, type ReleasePlan, suggest } from '@headgate/core/model'
import { declaredTraffic, overlayTraffic, sightReport, type SightReport, type Traffic } from '@headgate/core/sight'
import { requireModel, requireTraffic } from '@headgate/protocol/operating-model'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import type { Command, Host } from '../host.ts'
import { argument, flag, type Input, numberOption, textOption } from '../input.ts'
import { readModelFolder } from '../model-folder.ts'
import { glyphs } from '../view/glyphs.ts'
import { sightLines } from '../view/sight-lines.ts'

/**
 * `headgate plan R`: what the gates of a release can see, at the traffic that the server has recorded or that files name. 0 = enough, 3 = a criterion that acts is blind, underpowered or unknown and nobody has signed for it.
 */
export const plan: Command = async (input, host) => {
  const report = await reportFor(input, host)
  const { io } = host
  if (io.json) io.out(JSON.stringify(report))
  else {
    const { hasColour, hasUnicode } = io.terminal
    const options = {
      width: io.terminal.width(),
      hasColour,
      isFull: flag(input, 'full'),
      ellipsis: glyphs(hasUnicode).ellipsis,
    }
    for (const line of sightLines(report, options)) io.out(line)
  }
  return exitCodeOf(report)
}

function exitCodeOf({ seesEnough }: SightReport): ExitCode {
  return seesEnough ? exitCodes.done : exitCodes.undecided
}

/** From files where a folder, a file of rates or --recorded is named; else all of it from the server. */
async function reportFor(input: Input, host: Host): Promise<SightReport> {
  const release = argument(input, 0)
  const days = numberOption(input, 'days')
  const isLocal = ['dir', 'traffic'].some((name) => textOption(input, name) !== undefined) || flag(input, 'recorded')
  if (!isLocal) return await (await host.connect(input)).releases.sight(release, { days })
  const { model, plan: found } = await readPlan(input, host, release)
  const recorded = flag(input, 'recorded') ? await (await host.connect(input)).traffic({ days }) : undefined
  const stated = await statedTraffic(input, host.io.cwd)
  const known = [stated, recorded].filter((each) => each !== undefined)
  const traffic = known.reduceRight((second, first) => overlayTraffic(first, second), declaredTraffic(model))
  return sightReport(found, model, { traffic, at: host.io.now() })
}

async function readPlan(
  input: Input,
  { io }: Host,
  release: string,
): Promise<{ readonly model: OperatingModel; readonly plan: ReleasePlan }> {
  const folder = path.resolve(io.cwd, textOption(input, 'dir') ?? '.')
  const { model, plans } = requireModel(await readModelFolder(folder))
  const found = plans.find(({ id }) => id === release)
  if (found !== undefined) return { model, plan: found }
  const known = plans.map(({ id }) => id)
  throw new HeadgateError('NOT_FOUND', `No release "${release}" under ${folder}/releases.${suggest(release, known)}`)
}

async function statedTraffic(input: Input, cwd: string): Promise<Traffic | undefined> {
  const name = textOption(input, 'traffic')
  if (name === undefined) return undefined
  const file = path.resolve(cwd, name)
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new HeadgateError('INVALID_INPUT', `Cannot read the traffic file ${file}: ${why}`, { cause })
  })
  return requireTraffic({ path: name, text })
}
