import { parseArgs } from 'node:util'
import { HeadgateError } from '@headgate/core/model'
import { gatewaySettings, readGatewayConfig } from './config.ts'
import { startGateway } from './gateway/start-gateway.ts'
import { jsonLog } from './gateway/json-log.ts'

/** A gateway as a process of its own, where the whole `headgate` command is not wanted (small images). */
async function main(): Promise<void> {
  const options = Object.fromEntries(gatewaySettings.map(({ flag }) => [flag, { type: 'string' }] as const))
  const { values } = parseArgs({ options })
  const config = readGatewayConfig(textsOf(values), process.env)
  const gateway = await startGateway(config, { log: jsonLog(process.stderr) })
  process.on('uncaughtException', (error) => gateway.reportUncaught(error))
  process.on('unhandledRejection', (error) => gateway.reportUncaught(error))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void gateway.close())
}

function textsOf(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

try {
  await main()
} catch (error) {
  process.stderr.write(
    `${error instanceof HeadgateError || error instanceof TypeError ? error.message : String(error)}\n`,
  )
  process.exitCode = error instanceof HeadgateError && error.code !== 'INVALID_INPUT' ? 5 : 2
}
