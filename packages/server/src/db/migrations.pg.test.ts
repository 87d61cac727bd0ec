import { createEmptyDatabase, type TestDatabase } from '@headgate/testkit'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { migrate, readMigrations, type Migration } from './migrations.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await createEmptyDatabase()
})
afterEach(() => database.drop())

function migration(number: number, text: string): Migration {
  return { number, name: `${number}-test.sql`, kind: 'expand', sql: text, sha256: `hash of ${text}` }
}

describe('migrate', () => {
  test('applies every file of the product to an empty database, and nothing the second time', async () => {
    const applied = await migrate(database.connection)
    expect(applied.map((one) => one.number)).toEqual(readMigrations().map((one) => one.number))
    expect(await migrate(database.connection)).toEqual([])
  })

  test('lets one of several migrators that start at once do the work', async () => {
    const runs = await Promise.all(Array.from({ length: 6 }, () => migrate(database.connection)))
    expect(runs.map((run) => run.length).sort((a, b) => a - b)).toEqual([0, 0, 0, 0, 0, readMigrations().length])
  })

  test('refuses an applied file that was changed since', async () => {
    await migrate(database.connection, [migration(1, 'create table a (id int)')])
    const changed = [migration(1, 'create table a (id bigint)')]
    await expect(migrate(database.connection, changed)).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  test('refuses a database that a newer version has migrated', async () => {
    const newer = [migration(1, 'create table a (id int)'), migration(2, 'create table b (id int)')]
    await migrate(database.connection, newer)
    const run = migrate(database.connection, newer.slice(0, 1))
    await expect(run).rejects.toThrow('newer Headgate')
  })

  test('rolls a failing file back whole and leaves those before it applied', async () => {
    const broken = [migration(1, 'create table a (id int)'), migration(2, 'create table b (id int); select 1/0')]
    await expect(migrate(database.connection, broken)).rejects.toThrow('2-test.sql failed')
    const tables = await sql<{ name: string }>`
      select tables.tablename as name from pg_catalog.pg_tables tables where tables.schemaname = 'public' order by 1
    `.execute(database.db)
    expect(tables.rows.map((row) => row.name)).toEqual(['a', 'migration'])
  })
})
