import { createTestDatabase, eventLog, type TestDatabase } from '@headgate/testkit'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isUnavailable } from './pg-errors.ts'
import { inTransaction } from './transaction.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase({ statementTimeoutMs: 300, lockTimeoutMs: 250 })
  await sql`create table account (id int primary key, amount int)`.execute(database.db)
  await sql`insert into account values (1, 0), (2, 0)`.execute(database.db)
})
afterAll(() => database.drop())

describe('inTransaction', () => {
  test('runs the loser of a deadlock again, so that both change what they wanted', async () => {
    const began = eventLog<number>()
    const add = (first: number, second: number): Promise<void> =>
      inTransaction(database.db, async (tx) => {
        await sql`set local deadlock_timeout = '20ms'`.execute(tx)
        await sql`update account set amount = amount + 1 where id = ${first}`.execute(tx)
        began.report(first)
        await began.waitUntilEvent((id) => id === second)
        await sql`update account set amount = amount + 1 where id = ${second}`.execute(tx)
      })
    await Promise.all([add(1, 2), add(2, 1)])
    const rows = await sql<{ amount: number }>`select amount from account order by id`.execute(database.db)
    expect(rows.rows).toEqual([{ amount: 2 }, { amount: 2 }])
  })

  test('gives a serialization failure up after five attempts', async () => {
    let attempts = 0
    const failing = inTransaction(database.db, async (tx) => {
      attempts += 1
      await sql`do $$ begin raise exception 'again' using errcode = '40001'; end $$`.execute(tx)
    })
    await expect(failing).rejects.toMatchObject({ code: '40001' })
    expect(attempts).toBe(5)
  })

  test('a statement that takes too long ends as unavailable, and the pool goes on', async () => {
    const slow = await sql`select pg_sleep(5)`.execute(database.db).catch((error: unknown) => error)
    expect(isUnavailable(slow)).toBe(true)
    expect(await database.isReachable()).toBe(true)
  })
})
