import { createConnection } from 'node:net'
import { HeadgateError } from '@headgate/core/model'
import { z } from 'zod'
import { formatCommand, type ControlCommand } from './command.ts'
import type { ControlAnswer } from './control-socket.ts'

const answerSchema = z.union([
  z.looseObject({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), error: z.string() }),
])
const answerWithinMs = 5_000
const maxAnswerLength = 1_000_000

/**
 * Gives one command to the gateway behind a control socket and resolves to its answer. Throws `UNAVAILABLE` when nobody
 * answers there in time.
 */
export async function sendControlCommand(socketPath: string, command: ControlCommand): Promise<ControlAnswer> {
  const text = await exchange(socketPath, `${formatCommand(command)}\n`).catch((cause: unknown) => {
    throw new HeadgateError('UNAVAILABLE', `no gateway answers on ${socketPath}; is it running?`, { cause })
  })
  const parsed = answerSchema.safeParse(parseOrUndefined(text))
  if (parsed.success) return parsed.data
  throw new HeadgateError('UNAVAILABLE', `what answers on ${socketPath} is not a gateway`)
}

async function exchange(socketPath: string, line: string): Promise<string> {
  const socket = createConnection(socketPath)
  socket.setTimeout(answerWithinMs, () => socket.destroy(new Error(`no answer within ${answerWithinMs} ms`)))
  socket.setEncoding('utf8')
  socket.write(line)
  let text = ''
  for await (const chunk of socket) {
    text += String(chunk)
    if (text.length > maxAnswerLength) throw new Error('the answer is too long')
  }
  return text
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
