import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { ServerConfig } from './config.ts'
import { startEmbeddedPostgres } from './db/embedded/index.ts'
import {
  isUnavailable,
  migrate,
  openDatabase,
  readMigrations,
  schemaProblem,
  type Database,
  type Migration,
} from './db/index.ts'
import type { ReadinessCheck } from './http/index.ts'

/** The migrated database, embedded or one's own. */
export interface Store {
  readonly database: Database
  readonly readiness: readonly ReadinessCheck[]
  /** Closes the pool, and the embedded PostgreSQL unless another process uses it. */
  close(): Promise<void>
}

const patienceMs = 60_000
const retryMs = 500

/** @throws HeadgateError `UNAVAILABLE` when the database does not come up, `CONFLICT` when it is not for this version */
export async function openStore(config: ServerConfig, log: Logger): Promise<Store> {
  const embedded = config.databaseUrl === undefined ? await startEmbedded(config, log) : undefined
  const database = openDatabase({
    url: embedded?.url ?? config.databaseUrl ?? '',
    maxConnections: config.databaseConnections,
    onConnectionError: (error) => log.warn({ err: error }, 'a database connection broke; the pool replaces it'),
  })
  const close = async (): Promise<void> => {
    await database.close()
    await embedded?.stop()
  }
  const migrations = readMigrations()
  try {
    const applied = await migrateWhenReachable(database, migrations, log)
    for (const migration of applied) log.info({ migration: migration.name }, 'migrated')
  } catch (error) {
    await close()
    throw error
  }
  return { database, readiness: readinessOf(database, migrations), close }
}

function startEmbedded(config: ServerConfig, log: Logger): ReturnType<typeof startEmbeddedPostgres> {
  return startEmbeddedPostgres({
    dataDir: config.dataDir,
    onNotice: (text) => log.warn(text),
    ...(config.databasePort !== undefined && { port: config.databasePort }),
  })
}

/** A database that starts beside us may need a moment. Ends with success, another error, or the end of the patience. */
async function migrateWhenReachable(
  database: Database,
  migrations: readonly Migration[],
  log: Logger,
): Promise<readonly Migration[]> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    try {
      return await migrate(database.connection, migrations)
    } catch (error) {
      if (!isUnavailable(error) || performance.now() > deadline) throw error
      log.warn({ err: error }, 'the database does not answer yet')
      await delay(retryMs)
    }
  }
}

function readinessOf(database: Database, migrations: readonly Migration[]): readonly ReadinessCheck[] {
  const notReachable = 'the database does not answer'
  return [
    { name: 'database', problem: async () => ((await database.isReachable()) ? undefined : notReachable) },
    { name: 'schema', problem: () => schemaProblem(database.db, migrations).catch(() => notReachable) },
  ]
}
