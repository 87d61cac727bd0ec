import type { ReleaseView } from '@headgate/protocol/api'
import { HeadgateError } from '@headgate/core/model'
import { exitCodes } from '../../exit-code.ts'
import type { Command, Host } from '../../host.ts'
import { argument, integerOption, requiredOption, textOption, type Input } from '../../input.ts'
import { percentOfBasisPoints } from '../../view/figures.ts'
import { exposureText } from '../../view/release-screen.ts'
import { printable } from '../../view/line.ts'

/** `headgate release start R` */
export const releaseStart: Command = async (input, host) => {
  const client = await host.connect(input)
  return tell(await client.releases.start(argument(input, 0), acting(input)), host)
}

/** `headgate release raise R` */
export const releaseRaise: Command = async (input, host) => {
  const client = await host.connect(input)
  return tell(await client.releases.raise(argument(input, 0), acting(input)), host)
}

/** `headgate release hold R` */
export const releaseHold: Command = async (input, host) => {
  const client = await host.connect(input)
  // A hold only ever lowers risk: no paperwork may stand in its way (SPEC R2).
  const reason = textOption(input, 'reason') ?? 'held by hand'
  return tell(await client.releases.hold(argument(input, 0), { ...revisionOf(input), reason }), host)
}

/** `headgate release resume R` */
export const releaseResume: Command = async (input, host) => {
  const client = await host.connect(input)
  return tell(await client.releases.resume(argument(input, 0), acting(input)), host)
}

/** `headgate release close R` */
export const releaseClose: Command = async (input, host) => {
  const client = await host.connect(input)
  return tell(await client.releases.close(argument(input, 0), acting(input)), host)
}

/** `headgate release approve R`: a yes to the next raise, on the plan and evidence that the server shows now. */
export const releaseApprove: Command = async (input, host) => {
  const client = await host.connect(input)
  const id = argument(input, 0)
  const reason = requiredOption(input, 'reason', 'say what you looked at')
  const approvalHash = textOption(input, 'hash') ?? (await client.releases.get(id)).approvalHash
  if (approvalHash === undefined) {
    throw new HeadgateError('ILLEGAL_TRANSITION', `${id} waits for no approval; see: headgate release show ${id}`)
  }
  const view = await client.releases.approve(id, { reason, approvalHash })
  tell(view, host)
  if (!host.io.json) for (const line of missingApprovals(view)) host.io.out(line)
  return exitCodes.done
}

function acting(input: Input): { reason: string; revision?: number } {
  return { ...revisionOf(input), reason: requiredOption(input, 'reason', 'the record needs to know why') }
}

function revisionOf(input: Input): { revision?: number } {
  const revision = integerOption(input, 'revision')
  return revision === undefined ? {} : { revision }
}

function tell(view: ReleaseView, { io }: Host): 0 {
  if (io.json) io.out(JSON.stringify(view))
  else io.out(`${view.id}  ${view.phase}  ${exposureText(view)}  ${printable(view.reason)}`)
  return exitCodes.done
}

function missingApprovals(view: ReleaseView): readonly string[] {
  return view.raise
    .filter((rule) => rule.quorum > view.approvals.length)
    .map((rule) => {
      const automation =
        rule.automationUpToBasisPoints === undefined
          ? ''
          : ` (automation may raise up to ${percentOfBasisPoints(rule.automationUpToBasisPoints)})`
      return `${rule.domain}: ${view.approvals.length} of ${rule.quorum} people of ${rule.teams.join(', ')}${automation}`
    })
}
