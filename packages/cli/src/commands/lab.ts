import { HeadgateError } from '@headgate/core/model'
import type { LabEnd, LabIo } from '@headgate/example-shop/lab'
import { exitCodes, type ExitCode } from '../exit-code.ts'
import type { Command, Host } from '../host.ts'
import { choiceOption, durationOption, flag, integerOption, textOption } from '../input.ts'
import { span } from '../view/figures.ts'
import { incidentLines } from '../view/incident-lines.ts'
import { printable } from '../view/line.ts'
import { releaseChanges } from '../view/release-changes.ts'
import { releaseScreen } from '../view/release-screen.ts'

const exitCodeOfEnd: Readonly<Record<LabEnd, ExitCode>> = {
  met: exitCodes.done,
  'not-met': exitCodes.failed,
  failed: exitCodes.unavailable,
  interrupted: exitCodes.interrupted,
}

/** `headgate lab`: the demonstration shop with everything of Headgate, as real processes on this machine. */
export const lab: Command = async (input, host) => {
  const { runLab, scenarioNames, scenarioSummaries } = await import('@headgate/example-shop/lab')
  if (flag(input, 'list')) {
    const scenarios = scenarioSummaries()
    if (host.io.json) host.io.out(JSON.stringify({ scenarios }))
    else for (const { name, summary } of scenarios) host.io.out(`${name.padEnd(20)}  ${summary}`)
    return exitCodes.done
  }
  const gateways = integerOption(input, 'gateways') ?? 2
  if (gateways < 1 || gateways > 9) throw new HeadgateError('INVALID_INPUT', '--gateways must be 1 to 9.')
  const folder = textOption(input, 'folder')
  const limitMs = durationOption(input, 'duration')
  const options = {
    scenario: choiceOption(input, 'scenario', scenarioNames) ?? 'checkout-edge',
    exit: flag(input, 'exit'),
    seed: integerOption(input, 'seed') ?? 7,
    keep: flag(input, 'keep'),
    gateways,
    ...(folder === undefined ? {} : { folder }),
    ...(limitMs === undefined ? {} : { limitMs }),
  }
  const end = await runLab(options, labIo(host))
  // Interrupting a lab that serves on is how one ends it.
  return end === 'interrupted' && !options.exit ? exitCodes.done : exitCodeOfEnd[end]
}

function labIo({ io, program }: Host): LabIo {
  const { terminal } = io
  return {
    out: io.out,
    err: io.err,
    json: io.json,
    isLive: terminal.isLive,
    draw: (lines) => terminal.draw(lines),
    keep: () => terminal.keep(),
    signal: io.signal,
    now: io.now,
    program,
    views: {
      screen: (view, { events, lost, reservedLines }) =>
        releaseScreen(view, {
          now: io.now(),
          width: terminal.width(),
          height: Math.max(8, (terminal.height() ?? Number.POSITIVE_INFINITY) - reservedLines),
          hasColour: terminal.hasColour,
          hasUnicode: terminal.hasUnicode,
          events,
          lost,
        }),
      changes: (before, after) => releaseChanges(before, after).map(printable),
      incident: incidentLines,
      span,
    },
  }
}
