import { contextPath, readContext } from './context-file.ts'
import type { Io } from '../io.ts'

export const defaultServer = 'http://127.0.0.1:4400'

export interface Context {
  readonly server: string
  readonly token?: string
}

/**
 * Server and token, each from the first that names it: flag, environment, login. The token of a login goes to the server of
 * that login alone, never to another one that a flag or the environment names.
 */
export async function resolveContext(
  flags: { readonly server?: string | undefined; readonly token?: string | undefined },
  io: Pick<Io, 'env' | 'home'>,
): Promise<Context> {
  const stored = await readContext(contextPath(io.env, io.home))
  const server = flags.server ?? present(io.env['HEADGATE_URL']) ?? stored?.server ?? defaultServer
  const storedToken = stored !== undefined && sameServer(stored.server, server) ? stored.token : undefined
  const token = flags.token ?? present(io.env['HEADGATE_TOKEN']) ?? storedToken
  return token === undefined ? { server } : { server, token }
}

function present(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

function sameServer(a: string, b: string): boolean {
  return a.replace(/\/$/, '') === b.replace(/\/$/, '')
}
