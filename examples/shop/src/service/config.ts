import { parseArgs } from 'node:util'
import { z } from 'zod'
import { logLevels } from './logger.ts'

/** What every service of the lab is told. Port 0 picks a free one; the `ready` line says which. */
export const commonConfig = {
  host: z.string().default('127.0.0.1').describe('address to listen on'),
  logLevel: z.enum(logLevels).default('warn').describe('least severe line that is written'),
  withParent: z
    .stringbool()
    .default(false)
    .describe('end when standard input closes, so that no service outlives its lab'),
}

export const port = (value: number) => z.coerce.number().int().min(0).max(65_535).default(value)

/**
 * Read a service's configuration, in the order flag, environment, default: `databaseUrl` is `--database-url` and
 * `DATABASE_URL`. Returns text to print instead when `--help` was asked for or an argument is wrong.
 */
export function readConfig<Shape extends z.ZodRawShape>(
  shape: Shape,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): { kind: 'config'; config: z.output<z.ZodObject<Shape>> } | { kind: 'text'; text: string; exitCode: number } {
  const names = Object.keys(shape)
  const options = Object.fromEntries(names.map((name) => [flagName(name), { type: 'string' as const }]))
  let values: Readonly<Record<string, unknown>>
  try {
    values = parseArgs({ args: [...args], options: { ...options, help: { type: 'boolean' } } }).values
  } catch (error) {
    return {
      kind: 'text',
      text: `${error instanceof Error ? error.message : String(error)}\n${help(shape)}`,
      exitCode: 2,
    }
  }
  if (values['help'] === true) return { kind: 'text', text: help(shape), exitCode: 0 }
  const given = Object.fromEntries(names.map((name) => [name, values[flagName(name)] ?? env[environmentName(name)]]))
  const parsed = z.object(shape).safeParse(given)
  if (parsed.success) return { kind: 'config', config: parsed.data }
  const problems = parsed.error.issues.map((issue) => `--${flagName(String(issue.path[0]))}: ${issue.message}`)
  return { kind: 'text', text: `${problems.join('\n')}\n${help(shape)}`, exitCode: 2 }
}

export function flagName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function environmentName(name: string): string {
  return flagName(name).replaceAll('-', '_').toUpperCase()
}

function help(shape: z.ZodRawShape): string {
  const lines = Object.entries(shape).map(([name, type]) => {
    const says = 'description' in type && typeof type.description === 'string' ? type.description : ''
    return `  --${flagName(name).padEnd(24)} ${environmentName(name).padEnd(24)} ${says}`
  })
  return ['options (flag, environment):', ...lines, ''].join('\n')
}
