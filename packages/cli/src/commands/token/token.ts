import { HeadgateError } from '@headgate/core/model'
import { scopes, type Scope } from '@headgate/protocol/api'
import { exitCodes } from '../../exit-code.ts'
import type { Command } from '../../host.ts'
import { argument, durationOption, listOption, requiredOption, textOption } from '../../input.ts'
import { dateAndTime } from '../../view/figures.ts'
import { table } from '../../view/table.ts'

/** `headgate token create`: the only time the token itself is shown, alone on standard output so that a script can take it. */
export const tokenCreate: Command = async (input, { connect, io }) => {
  const principal = requiredOption(input, 'for', 'the address of the person, or the name of the machine')
  const expiresInMs = durationOption(input, 'expires')
  const created = await (
    await connect(input)
  ).tokens.create({
    principal,
    name: textOption(input, 'name') ?? principal,
    scopes: listOption(input, 'scope').map(toScope),
    ...(expiresInMs === undefined ? {} : { expiresInMs }),
  })
  if (io.json) io.out(JSON.stringify(created))
  else {
    io.err(`Token ${created.view.id} for ${principal} (${created.view.scopes.join(', ')}). It is shown only now:`)
    io.out(created.token)
  }
  return exitCodes.done
}

function toScope(text: string): Scope {
  const scope = scopes.find((known) => known === text)
  if (scope !== undefined) return scope
  throw new HeadgateError('INVALID_INPUT', `There is no scope "${text}"; known: ${scopes.join(', ')}.`)
}

/** `headgate token list` */
export const tokenList: Command = async (input, { connect, io }) => {
  const tokens = await (await connect(input)).tokens.list()
  if (io.json) {
    io.out(JSON.stringify({ tokens }))
    return exitCodes.done
  }
  const rows = tokens.map((token) => [
    token.id,
    token.name,
    token.principal,
    token.scopes.join(' '),
    token.expiresAt === undefined ? 'never' : dateAndTime(token.expiresAt),
    token.lastUsedAt === undefined ? 'never' : dateAndTime(token.lastUsedAt),
  ])
  for (const line of table(['token', 'name', 'for', 'scopes', 'expires', 'last used'], rows)) io.out(line)
  return exitCodes.done
}

/** `headgate token revoke T` */
export const tokenRevoke: Command = async (input, { connect, io }) => {
  const id = argument(input, 0)
  await (await connect(input)).tokens.revoke(id)
  io.out(io.json ? JSON.stringify({ revoked: id }) : `Token ${id} is revoked.`)
  return exitCodes.done
}
