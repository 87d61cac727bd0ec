import { readFileSync } from 'node:fs'
import path from 'node:path'
import { HeadgateError, type Problem } from '@headgate/core/model'
import { z } from 'zod'

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const

const port = z.coerce.number().int().min(0).max(65_535)
const flag = z.union([z.boolean(), z.stringbool()])

/** What one server process needs to know; see `docs/reference/configuration.md`. */
export const serverConfig = z.strictObject({
  /** Folder of the embedded database and of generated keys. */
  dataDir: z.string().min(1).default('.headgate'),
  /** A PostgreSQL of one's own instead of the embedded one. */
  databaseUrl: z.string().min(1).exactOptional(),
  /** Port of the embedded PostgreSQL; any free one by default. */
  databasePort: port.exactOptional(),
  databaseConnections: z.coerce.number().int().min(2).max(500).default(10),
  host: z.string().min(1).default('127.0.0.1'),
  port: port.default(4400),
  /** Loopback port with /healthz, /readyz and /metrics that asks for no token. */
  adminPort: port.exactOptional(),
  /** Serve the API; false for a process that only works. */
  api: flag.default(true),
  /** Tick, deliver and renew in this process too. */
  work: flag.default(true),
  /** Folder of headgate.yaml and releases/, applied at start. */
  modelDir: z.string().min(1).exactOptional(),
  logLevel: z.enum(logLevels).default('info'),
  /** Where people reach this server, for links in messages. */
  publicUrl: z.url().exactOptional(),
  /** Ed25519 private key in PEM, and base64url of 32 random bytes; generated in the data folder when absent. */
  signingKey: z.string().min(1).exactOptional(),
  journeyKey: z.string().min(1).exactOptional(),
  /** Make this process's keys the current ones although the database knows others. */
  rotateKeys: flag.default(false),
  /** The one-time secret of the first start, instead of a random one. */
  bootstrapSecret: z.string().min(24).max(200).exactOptional(),
  /** Hosts, or hosts with port, that metric sources and notifiers may reach though they are not on the public internet. */
  privateTargets: z.preprocess(splitList, z.array(z.string().min(1))).default([]),
  gatewaySilentAfterMs: z.coerce.number().int().min(100).default(10_000),
  shutdownGraceMs: z.coerce.number().int().min(0).default(10_000),
  /** Secrets that the operating model names: the variables HEADGATE_SECRET_*. */
  secrets: z.record(z.string(), z.string()).default({}),
})
export type ServerConfig = z.infer<typeof serverConfig>
export type ServerFlags = z.input<typeof serverConfig>

/** `a, b` as a list; what is a list already stays one. */
function splitList(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const entries = value.split(',').map((entry) => entry.trim())
  return entries.filter(Boolean)
}

/** Environment variables by setting; those with a file variant may be given as `<NAME>_FILE`. */
const variables: Readonly<Record<Exclude<keyof ServerConfig, 'secrets'>, Variable>> = {
  dataDir: { name: 'HEADGATE_DATA' },
  databaseUrl: { name: 'DATABASE_URL', orFile: true },
  databasePort: { name: 'HEADGATE_DATABASE_PORT' },
  databaseConnections: { name: 'HEADGATE_DATABASE_CONNECTIONS' },
  host: { name: 'HEADGATE_HOST' },
  port: { name: 'HEADGATE_PORT' },
  adminPort: { name: 'HEADGATE_ADMIN_PORT' },
  api: { name: 'HEADGATE_API' },
  work: { name: 'HEADGATE_WORK' },
  modelDir: { name: 'HEADGATE_MODEL' },
  logLevel: { name: 'HEADGATE_LOG_LEVEL' },
  publicUrl: { name: 'HEADGATE_PUBLIC_URL' },
  signingKey: { name: 'HEADGATE_SIGNING_KEY', orFile: true },
  journeyKey: { name: 'HEADGATE_JOURNEY_KEY', orFile: true },
  rotateKeys: { name: 'HEADGATE_ROTATE_KEYS' },
  bootstrapSecret: { name: 'HEADGATE_BOOTSTRAP_SECRET', orFile: true },
  privateTargets: { name: 'HEADGATE_PRIVATE_TARGETS' },
  gatewaySilentAfterMs: { name: 'HEADGATE_GATEWAY_SILENT_AFTER_MS' },
  shutdownGraceMs: { name: 'HEADGATE_SHUTDOWN_GRACE_MS' },
}

interface Variable {
  readonly name: string
  readonly orFile?: true
}

/** Every variable that is read, for the reference in docs. */
export const variableNames: readonly string[] = Object.values(variables).map((variable) => variable.name)

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The one reader of the environment. Flags of the command line win over variables, variables over defaults.
 *
 * @throws HeadgateError `INVALID_INPUT` that names each wrong setting and its variable
 */
export function readConfig(flags: ServerFlags = {}, environment: Environment = process.env): ServerConfig {
  const given = Object.fromEntries(
    Object.entries(variables).flatMap(([setting, variable]) => {
      const value = readVariable(variable, environment)
      return value === undefined ? [] : [[setting, value]]
    }),
  )
  const stated = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
  const parsed = serverConfig.safeParse({ ...given, secrets: secretsOf(environment), ...stated })
  if (!parsed.success) throw invalidConfig(parsed.error)
  return { ...parsed.data, dataDir: path.resolve(parsed.data.dataDir) }
}

function secretsOf(environment: Environment): Record<string, string> {
  const named = Object.entries(environment).filter(([name]) => name.startsWith('HEADGATE_SECRET_'))
  return Object.fromEntries(named.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

function readVariable(variable: Variable, environment: Environment): string | undefined {
  const { [variable.name]: value, [`${variable.name}_FILE`]: file } = environment
  // An empty variable is how compose files and CI unset one.
  if (value !== undefined && value !== '') return value
  if (variable.orFile !== true || file === undefined || file === '') return undefined
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new HeadgateError('INVALID_INPUT', `${variable.name}_FILE names ${file}, which cannot be read`, { cause })
  }
}

function invalidConfig(error: z.ZodError): HeadgateError {
  const problems: Problem[] = error.issues.map((issue) => ({
    path: settingName(issue.path[0]),
    message: issue.message,
  }))
  const first = problems[0]
  return new HeadgateError('INVALID_INPUT', `The configuration is not valid: ${first?.path}: ${first?.message}`, {
    problems,
    cause: error,
  })
}

function settingName(setting: PropertyKey | undefined): string {
  const found = Object.entries(variables).find(([name]) => name === setting)
  return found ? `${found[0]} (${found[1].name})` : String(setting)
}
