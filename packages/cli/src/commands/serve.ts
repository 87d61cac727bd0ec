import type { BootstrapLink, ServerConfig, ServerFlags } from '@headgate/server'
import { exitCodes } from '../exit-code.ts'
import type { Command } from '../host.ts'
import { flag, integerOption, textOption, type Input } from '../input.ts'
import type { Io } from '../io.ts'
import { dateAndTime } from '../view/figures.ts'
import { untilEnded } from './until-ended.ts'

/** `headgate serve`: API, ticks and outbox in one process; `--no-work` leaves the last two to `headgate work`. */
export const serve: Command = async (input, host) =>
  await runServer(input, host, { api: true, ...(flag(input, 'noWork') && { work: false }) })

/** `headgate work`: ticks and outbox without the API; any number may run side by side. */
export const work: Command = async (input, host) => await runServer(input, host, { api: false, work: true })

async function runServer(
  input: Input,
  host: Parameters<Command>[1],
  role: ServerFlags,
): Promise<typeof exitCodes.done> {
  const { readConfig, startServer } = await import('@headgate/server')
  const config: ServerConfig = readConfig({ ...flagsOf(input), ...role }, host.io.env)
  const server = await startServer(config)
  tellReady(host.io, { url: server.url, bootstrap: server.bootstrap })
  try {
    await untilEnded(input, host)
  } finally {
    await server.stop()
  }
  return exitCodes.done
}

function flagsOf(input: Input): ServerFlags {
  return {
    ...named('dataDir', textOption(input, 'dataDir')),
    ...named('databaseUrl', textOption(input, 'databaseUrl')),
    ...named('host', textOption(input, 'host')),
    ...named('modelDir', textOption(input, 'modelDir')),
    ...named('publicUrl', textOption(input, 'publicUrl')),
    ...named('port', integerOption(input, 'port')),
    ...named('adminPort', integerOption(input, 'adminPort')),
  }
}

/** What was not given must stay away, or it would hide the environment's value. */
function named<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [K in Name]?: Value } {
  const entry: { readonly [K in Name]?: Value } = {}
  return value === undefined ? entry : { ...entry, [name]: value }
}

/** With `--json` one line that a program can wait for. The one-time secret goes to the terminal alone, never to a log. */
function tellReady(
  io: Io,
  { url, bootstrap }: { readonly url: string | undefined; readonly bootstrap: BootstrapLink | undefined },
): void {
  if (io.json) {
    const ports = url === undefined ? {} : { http: Number(new URL(url).port) }
    io.out(JSON.stringify({ ready: 'headgate', url, ports, bootstrap, pid: process.pid }))
    return
  }
  io.out(url === undefined ? 'headgate works' : `headgate serves ${url}`)
  if (bootstrap === undefined) return
  io.out('')
  io.out(`First start: become the administrator, once, until ${dateAndTime(bootstrap.expiresAt)}:`)
  io.out(`  headgate login --server ${url ?? ''} --bootstrap ${bootstrap.secret} --as you@example.com`)
  io.out('')
}
