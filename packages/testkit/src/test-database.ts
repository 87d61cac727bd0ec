import { randomBytes } from 'node:crypto'
import { openDatabase, type Database, type DatabaseOptions } from '@headgate/server/database'
import { Client } from 'pg'
import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of the run's PostgreSQL, database `postgres`; set by postgres-global-setup. */
    postgresUrl: string
  }
}

export const templateName = 'headgate_template'

export interface TestDatabase extends Database {
  readonly url: string
  /** Closes the pool and drops the database. */
  drop(): Promise<void>
}

/**
 * A migrated database of its own, cloned from the template of the run (some 30 ms).
 *
 * @example
 * const database = await createTestDatabase()
 * afterAll(() => database.drop())
 */
export async function createTestDatabase(options: Omit<DatabaseOptions, 'url'> = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`
  await administer(`create database ${name} template ${templateName}`)
  const url = testUrl(name)
  const database = openDatabase({ ...options, url })
  return {
    ...database,
    url,
    async drop() {
      await database.close()
      await administer(`drop database if exists ${name} with (force)`)
    },
  }
}

/** An empty database, for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`
  await administer(`create database ${name}`)
  const url = testUrl(name)
  const database = openDatabase({ url })
  return {
    ...database,
    url,
    async drop() {
      await database.close()
      await administer(`drop database if exists ${name} with (force)`)
    },
  }
}

function testUrl(name: string): string {
  const url = new URL(inject('postgresUrl'))
  url.pathname = `/${name}`
  return url.href
}

async function administer(statement: string): Promise<void> {
  const client = new Client({ connectionString: inject('postgresUrl') })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
