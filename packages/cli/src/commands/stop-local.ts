import { HeadgateError, stopModes } from '@headgate/core/model'
import type { ControlAnswer as Answer, ControlCommand } from '@headgate/edge/control'
import { exitCodes, type ExitCode } from '../exit-code.ts'
import type { Command } from '../host.ts'
import { argument, choiceOption, flag, listOption, textOption, type Input } from '../input.ts'
import type { Io } from '../io.ts'
import { span } from '../view/figures.ts'
import { printable } from '../view/line.ts'

/**
 * `headgate stop-local R --socket P`: stop a release at the gateways of this machine, through their local sockets. Needs neither
 * control plane nor token; who may write to the socket may stop.
 */
export const stopLocal: Command = async (input, { io }) => {
  const release = argument(input, 0)
  const command: ControlCommand = flag(input, 'clear')
    ? { kind: 'clear', release }
    : {
        kind: 'stop',
        release,
        mode: choiceOption(input, 'mode', stopModes) ?? 'evict',
        by: textOption(input, 'by') ?? io.env['USER'] ?? 'local-socket',
        reason: textOption(input, 'reason') ?? 'stopped by hand',
      }
  return await askAll(input, command, io)
}

/** `headgate local-status --socket P`: what a gateway obeys, asked at the gateway itself. */
export const localStatus: Command = async (input, { io }) => await askAll(input, { kind: 'status' }, io)

/** Every socket is asked, also when one before it does not answer; the worst answer decides the exit code. */
async function askAll(input: Input, command: ControlCommand, io: Io): Promise<ExitCode> {
  const sockets = socketsOf(input, io)
  const { sendControlCommand } = await import('@headgate/edge/control')
  const asked = await Promise.all(
    sockets.map(async (socket) => {
      const startedAt = io.now()
      const answer = await sendControlCommand(socket, command).catch(asRefusal)
      return { socket, ms: io.now() - startedAt, answer }
    }),
  )
  if (io.json) io.out(JSON.stringify({ gateways: asked }))
  else for (const one of asked) tell(one, command, io)
  if (asked.every(({ answer }) => answer.ok)) return exitCodes.done
  return asked.some(({ answer }) => 'isUnreachable' in answer) ? exitCodes.unavailable : exitCodes.failed
}

function socketsOf(input: Input, io: Io): readonly string[] {
  const given = listOption(input, 'socket')
  const sockets = given.length > 0 ? given : (io.env['HEADGATE_CONTROL_SOCKET'] ?? '').split(',').filter(Boolean)
  if (sockets.length > 0) return sockets
  throw new HeadgateError(
    'INVALID_INPUT',
    'Which gateway? Name its local socket with --socket PATH; the gateway prints it when it starts.',
  )
}

function asRefusal(error: unknown): Answer & { readonly isUnreachable: true } {
  if (error instanceof HeadgateError) return { ok: false, error: error.message, isUnreachable: true }
  throw error
}

interface Asked {
  readonly socket: string
  readonly ms: number
  readonly answer: Answer
}

function tell({ socket, ms, answer }: Asked, command: ControlCommand, io: Io): void {
  if (!answer.ok) {
    io.err(`${socket}: ${printable(answer.error)}`)
    return
  }
  if (command.kind === 'status') io.out(JSON.stringify(answer, undefined, 2))
  else if (command.kind === 'clear') io.out(`${socket}: the local stop of ${command.release} is lifted`)
  else {
    io.out(`${socket}: ${command.release} is stopped (${command.mode}) after ${span(ms)}`)
    if (answer['isExposed'] === false) io.err(`${socket}: ${command.release} was not exposed there; is the name right?`)
    if (answer['isKept'] === false) io.err(`${socket}: the stop could not be saved and would not outlive a restart`)
  }
}
