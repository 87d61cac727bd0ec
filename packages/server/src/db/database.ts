import { HeadgateError } from '@headgate/core/model'
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely'
import { Pool, TypeOverrides, type ClientConfig } from 'pg'
import type { Tables } from './tables.ts'

export type Db = Kysely<Tables>
export type Tx = Transaction<Tables>

export interface DatabaseOptions {
  readonly url: string
  readonly maxConnections?: number
  /** The server gives up a statement after this long. */
  readonly statementTimeoutMs?: number
  readonly lockTimeoutMs?: number
  readonly connectTimeoutMs?: number
  /** Shown in `pg_stat_activity`. */
  readonly applicationName?: string
  /** Hears of connections that broke; the pool replaces them. */
  readonly onConnectionError?: (error: Error) => void
}

export interface Database {
  readonly db: Db
  /** Connection settings for what cannot go through a pool (LISTEN, session locks). */
  readonly connection: ClientConfig
  /** Whether a statement runs right now; never throws. */
  isReachable(): Promise<boolean>
  connections(): { readonly total: number; readonly idle: number; readonly waiting: number }
  close(): Promise<void>
}

/** Opens a pool lazily: a database that is not there yet shows in {@link Database.isReachable}, not as an exception here. */
export function openDatabase(options: DatabaseOptions): Database {
  const connection = connectionConfig(options)
  const pool = new Pool({ ...connection, max: options.maxConnections ?? 10, idleTimeoutMillis: 30_000 })
  const onError = options.onConnectionError ?? (() => undefined)
  // Without a listener on each client, a connection that breaks while in use would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined))
  pool.on('error', onError)
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  let closing: Promise<void> | undefined
  return {
    db,
    connection,
    isReachable: () => answers(db),
    connections: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: () => (closing ??= pool.end()),
  }
}

function connectionConfig(options: DatabaseOptions): ClientConfig {
  const statementTimeoutMs = options.statementTimeoutMs ?? 15_000
  return {
    connectionString: checkedUrl(options.url),
    application_name: options.applicationName ?? 'headgate',
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    statement_timeout: statementTimeoutMs,
    // The client's own clock, for a server or network that is gone without saying so.
    query_timeout: statementTimeoutMs + 5_000,
    lock_timeout: options.lockTimeoutMs ?? 5_000,
    idle_in_transaction_session_timeout: 30_000,
    keepAlive: true,
    types: typeParsers(),
  }
}

function checkedUrl(url: string): string {
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return url
  throw new HeadgateError('INVALID_INPUT', 'The database URL must look like postgres://user:password@host:5432/name')
}

/** bigint columns hold counts and versions far below 2^53; numbers spare every reader a conversion. */
function typeParsers(): TypeOverrides {
  const overrides = new TypeOverrides()
  overrides.setTypeParser(bigint, parseBigint)
  overrides.setTypeParser(bigintArray, (text: string) => text.slice(1, -1).split(',').filter(Boolean).map(parseBigint))
  return overrides
}
/** PostgreSQL's own numbers of its types. */
const bigint = 20
const bigintArray = 1016

function parseBigint(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value))
    throw new HeadgateError('INTERNAL', `The database holds a number beyond 2^53: ${text}`)
  return value
}

async function answers(db: Db): Promise<boolean> {
  try {
    await sql`select 1`.execute(db)
    return true
  } catch {
    return false
  }
}
