import { createClient, type Client } from '@headgate/client'
import { textOption, type Input } from '../input.ts'
import type { Io } from '../io.ts'
import { resolveContext } from './context.ts'

/** A client for the server of this call. */
export async function connect(input: Input, io: Pick<Io, 'env' | 'home'>): Promise<Client> {
  const flags = { server: textOption(input, 'server'), token: textOption(input, 'token') }
  const { server, token } = await resolveContext(flags, io)
  return createClient({ baseUrl: server, token })
}
