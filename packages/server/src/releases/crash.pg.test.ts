import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { waitUntil } from '@headgate/testkit'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { tickSteps } from '../gates/index.ts'
import { people } from '../testing/release-files.ts'
import { principal } from '../testing/principal.ts'
import { createReleaseRig, type ReleaseRig } from '../testing/release-rig.ts'
import { transitionSteps } from './index.ts'

let rig: ReleaseRig
beforeEach(async () => {
  rig = await createReleaseRig()
  await rig.apply({ isAutomatic: true })
  await rig.acknowledge('gw-1')
})
afterEach(() => rig.close())

const program = fileURLToPath(new URL('../testing/dying-process.ts', import.meta.url))

const dyingName = 'headgate dying'

async function isForgotten(): Promise<boolean> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count from pg_catalog.pg_stat_activity
    where application_name = ${dyingName} and datname = pg_catalog.current_database()
  `.execute(rig.database.db)
  return rows[0]?.count === 0
}

/** Runs the act in a process of its own, which dies at the step; answers how it ended. */
async function dieAt(
  step: string,
  act: 'tick' | 'start' | 'stop' | 'accept',
  by: string = people.sre,
): Promise<string> {
  const { url } = rig.database
  const order = {
    url,
    folder: rig.folder,
    at: rig.clock.now(),
    metric: rig.metric ?? 1,
    act,
    by,
    step,
    name: dyingName,
  }
  const child = spawn(process.execPath, [program, JSON.stringify(order)], { stdio: ['ignore', 'ignore', 'inherit'] })
  await once(child, 'exit')
  await waitUntil('PostgreSQL has noticed the death and released its locks', isForgotten)
  return child.signalCode ?? `exit ${child.exitCode}`
}

const start = () => rig.control.releases.commands.start('next', principal(people.storefront), { reason: 'go' })

/** Those who live on: they find the claim of the dead, wait until it has run out, and go on. */
async function carryOn(seconds: number): Promise<void> {
  rig.clock.advance(31_000)
  await rig.pass(seconds)
}

async function count(kind: string): Promise<number> {
  const events = await rig.control.releases.events('next', { after: 0, limit: 1_000 })
  return events.filter((event) => event.kind === kind).length
}

const told = (topic: string): number => rig.sent.filter((notice) => notice.topic.endsWith(topic)).length
const entered = async (): Promise<number> => (await rig.view()).stages.filter((stage) => stage.enteredAt).length

/** What a transition passes through when it raises or stops within a tick; incidents and acts of people have their own. */
const inTick = transitionSteps.filter((step) => step !== 'locked' && step !== 'committed')

describe('a server killed in the middle of a tick that raises', () => {
  beforeEach(async () => {
    await start()
    await rig.pass(3)
    rig.clock.advance(1_000)
    await rig.acknowledge()
  })

  test.each([...tickSteps, ...inTick])('at %s: the raise happens once, nothing is lost', async (step) => {
    expect((await rig.view()).stage).toBe(0)
    expect(await dieAt(step, 'tick')).toBe('SIGKILL')
    await carryOn(2)
    expect(await entered()).toBe(2)
    expect(told('raised')).toBe(1)
    expect((await rig.exposures())[0]).toMatchObject({ visitorBasisPoints: 10_000 })
    expect(await rig.verify()).toMatchObject({ ok: true })
  })
})

describe('a server killed in the middle of a tick that stops', () => {
  beforeEach(async () => {
    await start()
    await rig.pass(2)
    rig.metric = 99
    rig.clock.advance(1_000)
    await rig.work()
    rig.clock.advance(1_000)
    await rig.acknowledge()
  })

  test.each([...tickSteps, ...inTick])('at %s: the stop happens once, with one incident', async (step) => {
    expect((await rig.view()).phase).toBe('ramping')
    expect(await dieAt(step, 'tick')).toBe('SIGKILL')
    await carryOn(2)
    expect(await rig.view()).toMatchObject({ phase: 'stopped', incidents: [expect.any(String)] })
    expect(told('stopping')).toBe(1)
    expect(told('stopped')).toBe(1)
    expect(await rig.verify()).toMatchObject({ ok: true })
  })
})

describe('a server killed in the middle of an act of a person', () => {
  test.each(transitionSteps)('at %s of a start: repeating it starts once', async (step) => {
    expect(await dieAt(step, 'start', people.storefront)).toBe('SIGKILL')
    const wasDone = (await rig.view()).phase === 'ramping'
    expect(wasDone).toBe(step === 'committed')
    if (!wasDone) await start()
    await rig.pass(1)
    expect(await count('raise-requested')).toBe(1)
    expect(told('started')).toBe(1)
    expect(await rig.verify()).toMatchObject({ ok: true })
  })

  test.each(transitionSteps)('at %s of a stop: repeating it stops once', async (step) => {
    await start()
    await rig.pass(1)
    expect(await dieAt(step, 'stop')).toBe('SIGKILL')
    await rig.control.releases.commands.stop('next', principal(people.sre), { reason: 'enough' })
    await rig.pass(1)
    expect(await count('stop-requested')).toBe(1)
    expect(await rig.view()).toMatchObject({ phase: 'stopped', incidents: [expect.any(String)] })
    expect(told('stopping')).toBe(1)
    expect(await rig.verify()).toMatchObject({ ok: true })
  })

  test.each(['event-appended', 'release-saved', 'notices-queued', 'snapshot-published'])(
    'at %s of an acceptance: repeating it teaches once, and the release that runs inherits it once',
    async (step) => {
      await start()
      await rig.pass(2)
      const from = rig.clock.now() - 1_000
      const seen = { release: 'next', from, until: rig.clock.now(), reason: 'errors on product pages' }
      await rig.control.lessons.report(principal(people.sre), seen)
      expect(await dieAt(step, 'accept', people.checkout)).toBe('SIGKILL')
      expect(await rig.control.lessons.list()).toEqual([])
      const request = { criterion: 'errors:product@2%', reason: 'seen too late' }
      for (const _ of [1, 2]) await rig.control.lessons.accept('next-reported-1', principal(people.checkout), request)
      await rig.pass(1)
      expect(await rig.control.lessons.list()).toHaveLength(1)
      expect(await count('inherited')).toBe(1)
      expect(told('inherited')).toBe(1)
      expect(await rig.verify()).toMatchObject({ ok: true })
    },
  )
})
