import type { Client } from '@headgate/client'
import { stopModes, type StopMode } from '@headgate/core/model'
import type { ReleaseView } from '@headgate/protocol/api'
import { exitCodes } from '../../exit-code.ts'
import type { Command } from '../../host.ts'
import { argument, choiceOption, durationOption, flag, textOption } from '../../input.ts'
import type { Io } from '../../io.ts'
import { span, timeOfDay } from '../../view/figures.ts'

const defaultTimeoutMs = 30_000

/** `headgate release stop R`: asks for the stop, then waits until the gateways have confirmed it, and says how long each took. */
export const releaseStop: Command = async (input, { connect, io }) => {
  const id = argument(input, 0)
  // Nothing may stand between a person and a stop (SPEC R2): a reason is welcome, never demanded.
  const reason = textOption(input, 'reason') ?? 'stopped by hand'
  const mode = choiceOption(input, 'mode', stopModes)
  const timeoutMs = durationOption(input, 'timeout') ?? defaultTimeoutMs
  const client = await connect(input)
  const startedAt = io.now()
  const accepted = await client.releases.stop(id, mode === undefined ? { reason } : { reason, mode })
  const acceptedMs = io.now() - startedAt
  if (!io.json) tellAccepted(accepted, { startedAt, acceptedMs }, io)
  if (flag(input, 'noWait')) {
    if (io.json) io.out(JSON.stringify({ acceptedMs, release: accepted }))
    return exitCodes.done
  }
  const view = await untilInEffect(client, accepted, { timeoutMs, signal: io.signal })
  const inEffectMs = view.stop?.inEffectAt === undefined ? undefined : io.now() - startedAt
  if (io.json) io.out(JSON.stringify({ acceptedMs, inEffectMs, release: view }))
  else tellEffect(view, inEffectMs, io)
  return inEffectMs === undefined ? exitCodes.unavailable : exitCodes.done
}

/** The view that confirms the stop, or the last one seen when the time is over. */
async function untilInEffect(
  client: Client,
  accepted: ReleaseView,
  limit: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<ReleaseView> {
  let view = accepted
  if (isInEffect(view)) return view
  const signal = AbortSignal.any([limit.signal, AbortSignal.timeout(limit.timeoutMs)])
  for await (const event of client.releases.watch(accepted.id, { signal })) {
    if (event.kind === 'view') view = event.view
    if (isInEffect(view)) return view
  }
  return view
}

function isInEffect(view: ReleaseView): boolean {
  return view.stop?.inEffectAt !== undefined || view.phase === 'closed'
}

function tellAccepted(
  view: ReleaseView,
  { startedAt, acceptedMs }: { readonly startedAt: number; readonly acceptedMs: number },
  io: Io,
): void {
  io.out(`requested  ${timeOfDay(startedAt)}`)
  io.out(
    `accepted   after ${span(acceptedMs)}  ${view.id} is ${view.phase}${view.stop === undefined ? '' : modeTexts[view.stop.mode]}`,
  )
}

const modeTexts: Readonly<Record<StopMode, string>> = {
  hold: ', no new entrants',
  eject: ', only pinned journeys stay',
  evict: ', nobody stays',
}

function tellEffect(view: ReleaseView, inEffectMs: number | undefined, io: Io): void {
  const { gateways, of } = view.confirmed
  if (inEffectMs !== undefined) {
    io.out(`in effect  after ${span(inEffectMs)}  on ${gateways}/${of} gateways`)
    return
  }
  io.err(
    `The stop is accepted, but only ${gateways} of ${of} gateways confirmed it in time. A gateway that is cut off returns to ` +
      `control when its lease ends. See: headgate gateways; stop one by hand with: headgate stop-local ${view.id}`,
  )
}
