import { createClient } from '@headgate/client'
import { HeadgateError } from '@headgate/core/model'
import { text } from 'node:stream/consumers'
import { contextPath, writeContext } from '../context/context-file.ts'
import { resolveContext } from '../context/context.ts'
import { exitCodes } from '../exit-code.ts'
import type { Command, Host } from '../host.ts'
import { flag, textOption, type Input } from '../input.ts'
import { counted } from '../view/figures.ts'

/**
 * `headgate login`: remember server and token, after the server has accepted them. The token comes from standard input, the
 * environment or `--token`; or from the one-time secret of the first start (`--bootstrap`).
 */
export const login: Command = async (input, host) => {
  const { io } = host
  const { server } = await resolveContext({ server: textOption(input, 'server') }, io)
  const token = await obtainToken(server, input, host)
  const releases = await createClient({ baseUrl: server, token }).releases.list()
  const file = contextPath(io.env, io.home)
  await writeContext(file, { server, token })
  if (io.json) io.out(JSON.stringify({ server, file }))
  else
    io.out(`Logged in to ${server} (${counted(releases.length, 'release')}). Kept in ${file}, readable by you alone.`)
  return exitCodes.done
}

async function obtainToken(server: string, input: Input, { io, readInput }: Host): Promise<string> {
  const secret = textOption(input, 'bootstrap')
  if (secret !== undefined) {
    const principal = textOption(input, 'as')
    const request = principal === undefined ? { secret } : { secret, principal }
    return (await createClient({ baseUrl: server }).bootstrap(request)).token
  }
  const given = textOption(input, 'token') ?? io.env['HEADGATE_TOKEN']
  const token = flag(input, 'tokenStdin') ? (await text(readInput())).trim() : given
  if (token !== undefined && token !== '') return token
  throw new HeadgateError(
    'INVALID_INPUT',
    'There is no token to log in with: pipe one in with --token-stdin, or use --bootstrap with the secret of the first start.',
  )
}
