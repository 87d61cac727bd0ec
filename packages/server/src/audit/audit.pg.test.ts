import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { people } from '../testing/release-files.ts'
import { principal } from '../testing/principal.ts'
import { createReleaseRig, type ReleaseRig } from '../testing/release-rig.ts'

/** One finished release; every test flips one byte of it, verifies, and flips it back. */
let rig: ReleaseRig
beforeAll(async () => {
  rig = await createReleaseRig()
  await rig.apply({ isAutomatic: true })
  await rig.acknowledge('gw-1')
  await rig.control.releases.commands.start('next', principal(people.storefront), { reason: 'go' })
  await rig.pass(6)
  rig.metric = 99
  await rig.pass(4)
})
afterAll(() => rig.close())

interface Place {
  readonly table: 'release' | 'release_event' | 'evidence_frame' | 'release_evidence' | 'model_version'
  readonly column: string
  readonly where: string
}

/** Replaces the character at `at` by its neighbour, or puts it back. */
async function flip({ table, column, where }: Place, at: number): Promise<void> {
  const name = sql.ref(column)
  await sql`
    update ${sql.table(table)}
    set ${name} = overlay(${name} placing chr(ascii(substr(${name}, ${at}, 1)) # 1) from ${at} for 1)
    where ${sql.raw(where)}
  `.execute(rig.database.db)
}

async function lengthOf({ table, column, where }: Place): Promise<number> {
  const result = await sql<{ length: number }>`
    select length(${sql.ref(column)}) as length from ${sql.table(table)} where ${sql.raw(where)}
  `.execute(rig.database.db)
  return result.rows[0]?.length ?? 0
}

const places: readonly Place[] = [
  ...['seq = 1', 'seq = 2', 'seq = 4', 'seq = (select max(seq) from release_event)'].flatMap((where) =>
    ['text', 'hash'].map((column) => ({ table: 'release_event', column, where }) as const),
  ),
  ...['seq = 1', 'seq = 5', 'seq = (select max(seq) from evidence_frame)'].flatMap((where) =>
    ['text', 'hash'].map((column) => ({ table: 'evidence_frame', column, where }) as const),
  ),
  ...['state', 'event_head', 'plan_hash'].map((column) => ({ table: 'release', column, where: 'true' }) as const),
  ...['state', 'verdict', 'evidence_hash', 'frame_head'].map(
    (column) => ({ table: 'release_evidence', column, where: 'true' }) as const,
  ),
  ...['files', 'content', 'findings', 'hash'].map(
    (column) => ({ table: 'model_version', column, where: 'version = 1' }) as const,
  ),
]

describe('verification', () => {
  test('recomputes an untouched release whole', async () => {
    expect(await rig.view()).toMatchObject({ phase: 'stopped' })
    const verification = await rig.verify()
    expect(verification).toMatchObject({ ok: true, release: 'next' })
    expect(verification.frames).toBeGreaterThan(6)
    expect(verification.verdicts).toBeGreaterThan(3)
    const [{ head } = { head: '' }] = (
      await sql<{ head: string }>`select event_head as head from release`.execute(rig.database.db)
    ).rows
    expect(verification.head).toBe(head)
  })

  test.each(places)('finds one flipped byte in $table, column $column, where $where', async (place) => {
    const length = await lengthOf(place)
    expect(length).toBeGreaterThan(0)
    // First, last and three in between: brackets, keys, digits, letters.
    for (const part of [0, 0.23, 0.5, 0.77, 1]) {
      const at = 1 + Math.floor(part * (length - 1))
      await flip(place, at)
      expect((await rig.verify()).ok, `byte ${at} of ${length}`).toBe(false)
      await flip(place, at)
    }
    expect((await rig.verify()).ok).toBe(true)
  })

  test('finds an entry that was cut off the end', async () => {
    const last = sql`release_event.seq = (select max(seq) from release_event)`
    const { rows } = await sql<{ seq: number; text: string; hash: string }>`
      delete from release_event where ${last} returning seq, text, hash
    `.execute(rig.database.db)
    expect(await rig.verify()).toMatchObject({ ok: false, broken: { what: 'event' } })
    for (const { seq, text, hash } of rows) {
      await sql`insert into release_event (release, seq, text, hash) values ('next', ${seq}, ${text}, ${hash})`.execute(
        rig.database.db,
      )
    }
    expect((await rig.verify()).ok).toBe(true)
  })

  test('names the first event that disagrees', async () => {
    const place = { table: 'release_event', column: 'text', where: 'seq = 3' } as const
    await flip(place, 10)
    expect(await rig.verify()).toMatchObject({ ok: false, broken: { what: 'event', seq: 3 } })
    await flip(place, 10)
  })

  test('of a release that nobody knows is not found', async () => {
    await expect(rig.verify('nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

test('a release that moves on meanwhile never seems to contradict itself', async () => {
  const moving = await createReleaseRig()
  await moving.apply({ isAutomatic: true })
  await moving.acknowledge('gw-1')
  await moving.control.releases.commands.start('next', principal(people.storefront), { reason: 'go' })
  const ticking = moving.pass(15)
  const over = ticking.then(() => true)
  // Ends with the ticks.
  for (let isOver = false; !isOver; isOver = await Promise.race([over, Promise.resolve(false)])) {
    expect(await moving.verify()).toMatchObject({ ok: true })
  }
  expect(await moving.verify()).toMatchObject({ ok: true })
  await moving.close()
})
