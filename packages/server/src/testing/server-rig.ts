import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createdToken, type Scope } from '@headgate/protocol/api'
import { z } from 'zod'
import { readConfig, type ServerFlags } from '../config.ts'
import { startServer, type RunningServer } from '../main.ts'

const logLine = z.record(z.string(), z.unknown())

/** A whole server on a database that the test brings, spoken to over real HTTP. */
export interface ServerRig {
  readonly server: RunningServer
  readonly url: string
  readonly dataDir: string
  /** Log lines, parsed. */
  readonly logs: readonly Record<string, unknown>[]
  /** A token of a fresh administrator, made on first use. */
  adminToken(): Promise<string>
  token(scopes: readonly Scope[], principal?: string): Promise<string>
  get(path: string, token?: string): Promise<Response>
  post(path: string, body: unknown, token?: string): Promise<Response>
  stop(): Promise<void>
}

export interface ServerRigOptions extends Omit<ServerFlags, 'databaseUrl'> {
  readonly now?: () => number
}

/** Without `databaseUrl` the server starts the PostgreSQL of its data folder. */
export async function startServerRig(
  databaseUrl: string | undefined,
  options: ServerRigOptions = {},
): Promise<ServerRig> {
  const { now, ...flags } = options
  const ownDataDir = flags.dataDir === undefined
  const dataDir = flags.dataDir ?? mkdtempSync(path.join(tmpdir(), 'headgate-rig-'))
  const logs: Record<string, unknown>[] = []
  const logTo = { write: (line: string) => void logs.push(logLine.parse(JSON.parse(line))) }
  const place = databaseUrl === undefined ? { dataDir } : { dataDir, databaseUrl }
  const config = readConfig({ port: 0, logLevel: 'debug', work: false, ...flags, ...place }, {})
  const server = await startServer(config, { checkAnswers: true, logTo, ...(now && { now }) })
  const url = server.url ?? ''
  const post = (route: string, body: unknown, token?: string): Promise<Response> =>
    fetch(url + route, { method: 'POST', headers: headersOf(token), body: JSON.stringify(body) })
  let admin: Promise<string> | undefined
  const adminToken = (): Promise<string> => (admin ??= bootstrap(server, post))
  return {
    server,
    url,
    dataDir,
    logs,
    adminToken,
    async token(scopes, principal = `${scopes.join('-')}@example.com`) {
      const request = { name: principal, principal, scopes }
      return tokenOf(await post('/api/v1/tokens', request, await adminToken()))
    },
    get: (route, token) => fetch(url + route, { headers: headersOf(token) }),
    post,
    async stop() {
      await server.stop()
      if (ownDataDir) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

function headersOf(token: string | undefined): Record<string, string> {
  return { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) }
}

async function bootstrap(server: RunningServer, post: ServerRig['post']): Promise<string> {
  return tokenOf(await post('/api/v1/bootstrap', { secret: server.bootstrap?.secret, principal: 'admin@example.com' }))
}

async function tokenOf(response: Response): Promise<string> {
  return createdToken.parse(await response.json()).token
}
