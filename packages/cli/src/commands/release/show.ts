import { exitCodes } from '../../exit-code.ts'
import type { Command } from '../../host.ts'
import { argument, integerOption } from '../../input.ts'
import { percentOfBasisPoints, span, timeOfDay } from '../../view/figures.ts'
import { printable } from '../../view/line.ts'
import { eventText, releaseScreen } from '../../view/release-screen.ts'
import { table } from '../../view/table.ts'

/** `headgate release list` */
export const releaseList: Command = async (input, { connect, io }) => {
  const releases = await (await connect(input)).releases.list()
  if (io.json) {
    io.out(JSON.stringify({ releases }))
    return exitCodes.done
  }
  if (releases.length === 0) io.out('No releases yet. Write one in releases/*.yaml, then: headgate apply')
  else {
    const rows = releases.map((view) => [
      view.id,
      view.phase,
      view.stage === undefined ? '' : (view.stages[view.stage]?.id ?? ''),
      percentOfBasisPoints(view.exposure.visitorBasisPoints),
      view.verdict?.kind ?? '',
      span(io.now() - view.since),
      view.reason,
    ])
    const head = ['release', 'phase', 'stage', 'exposed', 'verdict', 'for', 'reason']
    for (const line of table(head, rows, new Set(['exposed', 'for']))) io.out(line)
  }
  return exitCodes.done
}

/** `headgate release show R` */
export const releaseShow: Command = async (input, { connect, io }) => {
  const client = await connect(input)
  const id = argument(input, 0)
  const view = await client.releases.get(id)
  if (io.json) {
    io.out(JSON.stringify(view))
    return exitCodes.done
  }
  const events = await client.releases.events(id)
  const screen = releaseScreen(view, {
    now: io.now(),
    width: io.terminal.width(),
    hasColour: io.terminal.hasColour,
    hasUnicode: io.terminal.hasUnicode,
    events,
  })
  for (const line of screen) io.out(line)
  return exitCodes.done
}

/** `headgate release events R` */
export const releaseEvents: Command = async (input, { connect, io }) => {
  const page = { after: integerOption(input, 'after'), limit: integerOption(input, 'limit') }
  const events = await (await connect(input)).releases.events(argument(input, 0), page)
  if (io.json) io.out(JSON.stringify({ events }))
  else {
    for (const event of events) {
      io.out(`${String(event.seq).padStart(4)}  ${timeOfDay(event.at)}  ${printable(eventText(event))}`)
    }
  }
  return exitCodes.done
}
