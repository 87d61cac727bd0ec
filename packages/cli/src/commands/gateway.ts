import type { EdgeLog, GatewayConfig, GatewayFlags, RunningGateway } from '@headgate/edge'
import { exitCodes } from '../exit-code.ts'
import type { Command, Host } from '../host.ts'
import { textOption } from '../input.ts'
import type { Io } from '../io.ts'
import { untilEnded } from './until-ended.ts'

/** `headgate gateway`: the data plane, in front of control and candidate. */
export const gateway: Command = async (input, host) => {
  const { gatewaySettings, readGatewayConfig, startGateway } = await import('@headgate/edge')
  const flags: GatewayFlags = Object.fromEntries(
    gatewaySettings.flatMap(({ flag }) => {
      const value = textOption(input, camelCase(flag))
      return value === undefined ? [] : [[flag, value]]
    }),
  )
  const config = readGatewayConfig(flags, host.io.env)
  const running = await startGateway(config, { log: jsonLog(host.io) })
  const forget = surviveSurprises(running, host)
  tellReady(running, config, host.io)
  try {
    await untilEnded(input, host)
  } finally {
    await running.close()
    forget()
  }
  return exitCodes.done
}

/** Flags of the gateway as commander names their values. */
function camelCase(flag: string): string {
  return flag.replaceAll(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase())
}

/** One request that breaks a promise nobody waits for must not end the requests of everybody else. */
function surviveSurprises(running: RunningGateway, { onUncaught }: Host): () => void {
  return onUncaught((error) => running.reportUncaught(error))
}

function tellReady(running: RunningGateway, config: GatewayConfig, io: Io): void {
  const { url, adminUrl } = running
  const { gateway: name, controlSocket } = config
  if (!io.json) {
    io.out(`gateway ${name} serves ${url}`)
    if (adminUrl !== undefined) io.out(`health and metrics: ${adminUrl}`)
    if (controlSocket !== undefined) io.out(`stop by hand: headgate stop-local <release> --socket ${controlSocket}`)
    return
  }
  const ports = { http: portOf(url), ...(adminUrl !== undefined && { admin: portOf(adminUrl) }) }
  io.out(JSON.stringify({ ready: name, url, adminUrl, controlSocket, ports, pid: process.pid }))
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}

/** One JSON line per message on standard error, as the server writes them. */
function jsonLog(io: Io): EdgeLog {
  const at =
    (level: string): EdgeLog['info'] =>
    (fields, message) =>
      io.err(JSON.stringify({ level, time: io.now(), ...fields, msg: message }, errorsAsText))
  return { info: at('info'), warn: at('warn'), error: at('error') }
}

function errorsAsText(_key: string, value: unknown): unknown {
  return value instanceof Error ? (value.stack ?? value.message) : value
}
