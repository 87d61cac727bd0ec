import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { HeadgateError } from '@headgate/core/model'
import { Client, type ClientConfig } from 'pg'

export interface Migration {
  readonly number: number
  readonly name: string
  /** `expand` keeps the version before working; `contract` removes what only that one used. */
  readonly kind: 'expand' | 'contract'
  readonly sql: string
  readonly sha256: string
}

/** A migration that the database has on record. */
export type AppliedMigration = Omit<Migration, 'sql'>

const ownFolder = fileURLToPath(new URL('../../migrations/', import.meta.url))
/** One migrator at a time, over all processes of the database. */
const migrationLock = 4_841_170_002

/** @throws HeadgateError `INTERNAL` for a misnamed file, a missing marker or a number given twice */
export function readMigrations(folder: string = ownFolder): readonly Migration[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql'))
  const migrations = files.map((file) => parseMigration(file, readFileSync(path.join(folder, file), 'utf8')))
  migrations.sort((a, b) => a.number - b.number)
  const twice = migrations.find((migration, index) => migrations[index - 1]?.number === migration.number)
  if (twice) throw new HeadgateError('INTERNAL', `Two migrations have the number ${twice.number}; renumber one of them`)
  return migrations
}

function parseMigration(file: string, text: string): Migration {
  const name = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(file)
  const kind = /^--! (expand|contract)\r?\n/.exec(text)?.[1]
  if (name?.[1] === undefined || (kind !== 'expand' && kind !== 'contract')) {
    throw new HeadgateError(
      'INTERNAL',
      `migrations/${file}: the name must be like 0007-add-thing.sql, the first line --! expand or --! contract`,
    )
  }
  // Line ends may differ between checkouts; the statement does not.
  const sql = text.replaceAll('\r\n', '\n')
  return { number: Number(name[1]), name: file, kind, sql, sha256: createHash('sha256').update(sql).digest('hex') }
}

/**
 * Applies what is missing, each file in a transaction of its own. Several processes may start at once: one migrates, the
 * others wait and find nothing to do.
 *
 * @returns the migrations applied now
 * @throws HeadgateError `CONFLICT` when an applied file was changed or the database comes from a newer Headgate
 */
export async function migrate(
  connection: ClientConfig,
  migrations: readonly Migration[] = readMigrations(),
): Promise<readonly Migration[]> {
  // Waiting for another migrator and building an index both take as long as they take.
  const client = new Client({ ...connection, statement_timeout: 0, lock_timeout: 0, query_timeout: 0 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('select pg_catalog.pg_advisory_lock($1)', [migrationLock])
    await client.query(createTable)
    const missing = missingMigrations(migrations, await readApplied(client))
    for (const migration of missing) await apply(client, migration)
    return missing
  } finally {
    await client.end()
  }
}

const createTable = `create table if not exists migration (
  number integer constraint migration_pk primary key,
  name text not null,
  kind text not null,
  sha256 text not null,
  applied_at timestamptz not null default now()
)`

async function readApplied(client: Client): Promise<readonly AppliedMigration[]> {
  const result = await client.query<AppliedMigration>(
    'select migration.number, migration.name, migration.kind, migration.sha256 from migration order by migration.number',
  )
  return result.rows
}

async function apply(client: Client, migration: Migration): Promise<void> {
  try {
    await client.query('begin')
    await client.query(migration.sql)
    await client.query('insert into migration (number, name, kind, sha256) values ($1, $2, $3, $4)', [
      migration.number,
      migration.name,
      migration.kind,
      migration.sha256,
    ])
    await client.query('commit')
  } catch (cause) {
    await client.query('rollback')
    const words = cause instanceof Error ? cause.message : String(cause)
    throw new HeadgateError('INTERNAL', `Migration ${migration.name} failed and was rolled back: ${words}`, { cause })
  }
}

/** What is left to apply. @throws HeadgateError `CONFLICT` as {@link migrate} */
export function missingMigrations(
  known: readonly Migration[],
  applied: readonly AppliedMigration[],
): readonly Migration[] {
  const byNumber = new Map(known.map((migration) => [migration.number, migration]))
  for (const row of applied) {
    const own = byNumber.get(row.number)
    if (own === undefined) {
      throw new HeadgateError(
        'CONFLICT',
        `The database was migrated by a newer Headgate (${row.name} is unknown here). Start that version or a newer one.`,
      )
    }
    if (own.sha256 !== row.sha256) {
      throw new HeadgateError(
        'CONFLICT',
        `Migration ${row.name} was changed after it had been applied. Restore the file; change the schema by a new migration.`,
      )
    }
  }
  const done = new Set(applied.map((row) => row.number))
  return known.filter((migration) => !done.has(migration.number))
}
