import type { IncidentView } from '@headgate/protocol/api'
import { exitCodes } from '../../exit-code.ts'
import type { Command } from '../../host.ts'
import { argument, requiredOption, textOption } from '../../input.ts'
import { dateAndTime } from '../../view/figures.ts'
import { incidentLines } from '../../view/incident-lines.ts'
import { table } from '../../view/table.ts'

/** `headgate incident list` */
export const incidentList: Command = async (input, { connect, io }) => {
  const incidents = await (await connect(input)).incidents.list({ release: textOption(input, 'release') })
  if (io.json) io.out(JSON.stringify({ incidents }))
  else if (incidents.length === 0) io.out('No incidents.')
  else {
    const rows = incidents.map((incident) => [
      incident.id,
      incident.status,
      incident.release,
      incident.stage,
      dateAndTime(incident.openedAt),
      lessonWord(incident),
      incident.reason,
    ])
    for (const line of table(['incident', 'status', 'release', 'stage', 'opened', 'lesson', 'reason'], rows))
      io.out(line)
  }
  return exitCodes.done
}

function lessonWord({ lesson }: IncidentView): string {
  if (lesson === undefined) return 'none yet'
  return lesson.kind === 'accepted' && lesson.retired !== undefined ? 'retired' : lesson.kind
}

/** `headgate incident show I` */
export const incidentShow: Command = async (input, { connect, io }) => {
  const incident = await (await connect(input)).incidents.get(argument(input, 0))
  if (io.json) io.out(JSON.stringify(incident))
  else for (const line of incidentLines(incident)) io.out(line)
  return exitCodes.done
}

/** `headgate incident open I`: somebody takes the draft on. */
export const incidentOpen: Command = async (input, { connect, io }) => {
  const reason = requiredOption(input, 'reason', 'say what is known')
  const incident = await (await connect(input)).incidents.open(argument(input, 0), { reason })
  io.out(io.json ? JSON.stringify(incident) : `${incident.id} is ${incident.status}.`)
  return exitCodes.done
}

/** `headgate incident close I`: says so when nothing was learnt; blocks nothing (docs/adr/0009). */
export const incidentClose: Command = async (input, { connect, io }) => {
  const reason = requiredOption(input, 'reason', 'say what ended the harm')
  const incident = await (await connect(input)).incidents.close(argument(input, 0), { reason })
  io.out(io.json ? JSON.stringify(incident) : `${incident.id} is ${incident.status}.`)
  if (incident.lesson === undefined) {
    io.err(
      `It has taught no criterion yet. See headgate incident propose ${incident.id}; then accept one, or waive it.`,
    )
  }
  return exitCodes.done
}
