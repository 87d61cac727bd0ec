import { HeadgateError } from '@headgate/core/model'
import type { IncidentView } from '@headgate/protocol/api'
import { exitCodes } from '../../exit-code.ts'
import type { Command, Host } from '../../host.ts'
import { argument, instantOption, requiredInstant, requiredOption, textOption, type Input } from '../../input.ts'
import { dateAndTime } from '../../view/figures.ts'
import { printable } from '../../view/line.ts'
import { proposalLines } from '../../view/proposal-lines.ts'
import { table } from '../../view/table.ts'

/** `headgate incident propose I`, or `--release R --from T --until T`: 0 = a criterion would have stopped earlier, 3 = none would. */
export const incidentPropose: Command = async (input, { connect, io }) => {
  const question = questionOf(input)
  const { lessons } = await connect(input)
  const proposal = await ('incident' in question ? lessons.propose(question.incident) : lessons.proposeFor(question))
  const width = Math.max(60, Math.min(120, io.terminal.width()))
  for (const line of io.json ? [JSON.stringify(proposal)] : proposalLines(proposal, width)) io.out(line)
  return proposal.best === undefined ? exitCodes.undecided : exitCodes.done
}

type Question =
  | { readonly incident: string }
  | { readonly release: string; readonly from: number; readonly until: number }

function questionOf(input: Input): Question {
  const release = textOption(input, 'release')
  const [from, until] = [instantOption(input, 'from'), instantOption(input, 'until')]
  if (input.args[0] !== undefined && release === undefined && from === undefined && until === undefined) {
    return { incident: argument(input, 0) }
  }
  if (input.args[0] === undefined && release !== undefined && from !== undefined && until !== undefined) {
    return { release, from, until }
  }
  throw new HeadgateError('INVALID_INPUT', 'Name an incident, or give --release, --from and --until; see --help.')
}

/** `headgate incident report R --from T --until T --reason ...` */
export const incidentReport: Command = async (input, { connect, io }) => {
  const reason = requiredOption(input, 'reason', 'say what harm was seen')
  const request = {
    release: argument(input, 0),
    from: requiredInstant(input, 'from', 'when the harm began'),
    until: requiredInstant(input, 'until', 'when it was over'),
    reason,
  }
  const incident = await (await connect(input)).lessons.report(request)
  io.out(
    io.json
      ? JSON.stringify(incident)
      : `${incident.id} is ${incident.status}. Next: headgate incident propose ${incident.id}`,
  )
  return exitCodes.done
}

/** `headgate incident accept I --criterion K --reason ...` */
export const incidentAccept: Command = async (input, host) => {
  const criterion = requiredOption(input, 'criterion', 'name one as headgate incident propose does')
  const reason = requiredOption(input, 'reason', 'say why this one')
  const incident = await (await host.connect(input)).lessons.accept(argument(input, 0), { criterion, reason })
  return tellDecision(host, incident)
}

/** `headgate incident waive I --reason ...` */
export const incidentWaive: Command = async (input, host) => {
  const reason = requiredOption(input, 'reason', 'say why it teaches nothing')
  const incident = await (await host.connect(input)).lessons.waive(argument(input, 0), { reason })
  return tellDecision(host, incident)
}

function tellDecision({ io }: Host, incident: IncidentView): typeof exitCodes.done {
  io.out(io.json ? JSON.stringify(incident) : printable(decisionText(incident)))
  return exitCodes.done
}

function decisionText({ id, lesson }: IncidentView): string {
  if (lesson?.kind !== 'accepted') return `${id} teaches no criterion: ${lesson?.reason ?? ''}`
  return `${lesson.criterion} (${lesson.key}) is in every later gate whose stage meets it, until: headgate criterion retire ${lesson.criterion}`
}

/** `headgate criterion list` */
export const criterionList: Command = async (input, { connect, io }) => {
  const criteria = await (await connect(input)).lessons.list()
  if (io.json) io.out(JSON.stringify({ criteria }))
  else if (criteria.length === 0) io.out('No incident has taught a criterion yet.')
  else {
    const rows = criteria.map(({ id, key, owner, accepted, retired, releases }) => [
      id,
      key,
      owner,
      `${accepted.by}, ${dateAndTime(accepted.at)}`,
      retired === undefined ? releases.join(', ') || 'no release yet' : `retired by ${retired.by}: ${retired.reason}`,
    ])
    for (const line of table(['criterion', 'watches', 'owner', 'accepted', 'inherited by'], rows)) io.out(line)
  }
  return exitCodes.done
}

/** `headgate criterion retire C --reason ...` */
export const criterionRetire: Command = async (input, { connect, io }) => {
  const reason = requiredOption(input, 'reason', 'say why no stage needs it any more')
  const lesson = await (await connect(input)).lessons.retire(argument(input, 0), { reason })
  io.out(
    io.json
      ? JSON.stringify(lesson)
      : printable(`${lesson.id} (${lesson.key}) is retired: no stage inherits it any more.`),
  )
  return exitCodes.done
}
