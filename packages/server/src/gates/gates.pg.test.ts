import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { claimDueTicks } from './tick-store.ts'
import { people } from '../testing/release-files.ts'
import { workOnce } from '../testing/control-world.ts'
import { principal } from '../testing/principal.ts'
import { createReleaseRig, type ReleaseRig } from '../testing/release-rig.ts'

let rig: ReleaseRig
beforeEach(async () => {
  rig = await createReleaseRig()
})
afterEach(() => rig.close())

async function startAutomatic(): Promise<void> {
  await rig.apply({ isAutomatic: true })
  await rig.acknowledge('gw-1')
  await rig.control.releases.commands.start('next', principal(people.storefront), { reason: 'go' })
  await rig.pass(1)
}

async function eventsThat(matches: (payload: Record<string, unknown>) => boolean): Promise<number> {
  const events = await rig.control.releases.events('next', { after: 0, limit: 1_000 })
  return events.filter((event) => matches(event.payload)).length
}

const looks = (): Promise<number> => eventsThat((payload) => 'verdict' in payload)
const stages = async (): Promise<number> => (await rig.view()).stages.filter((stage) => stage.enteredAt).length

describe('several servers', () => {
  test('that tick at once raise once', async () => {
    await startAutomatic()
    const others = await Promise.all([rig.another(), rig.another()])
    rig.clock.advance(4_000)
    await rig.acknowledge()
    await Promise.all([rig.control, ...others].map(workOnce))
    rig.clock.advance(1_000)
    await Promise.all([rig.control, ...others].map(workOnce))
    expect(await stages()).toBe(2)
    expect(rig.sent.filter((notice) => notice.topic.endsWith('raised'))).toHaveLength(1)
    expect(await rig.verify()).toMatchObject({ ok: true })
  })

  test('that tick at once stop once, with one incident', async () => {
    await startAutomatic()
    const other = await rig.another()
    rig.metric = 99
    for (let round = 0; round < 3; round += 1) {
      rig.clock.advance(1_000)
      await Promise.all([rig.control, other].map(workOnce))
    }
    expect(await rig.view()).toMatchObject({ phase: 'stopping', incidents: [expect.any(String)] })
    expect(rig.sent.filter((notice) => notice.topic.endsWith('stopping'))).toHaveLength(1)
    expect(await rig.verify()).toMatchObject({ ok: true })
  })

  test('take one frame per due tick between them', async () => {
    await startAutomatic()
    const other = await rig.another()
    const before = (await rig.verify()).frames
    for (let round = 0; round < 5; round += 1) {
      rig.clock.advance(1_000)
      await Promise.all([rig.control, other, rig.control, other].map(workOnce))
    }
    expect((await rig.verify()).frames - before).toBe(5)
  })
})

describe('a stop under the load of ticks', () => {
  test('succeeds whatever revision it meets', async () => {
    await startAutomatic()
    const servers = await Promise.all([rig.another(), rig.another()])
    const load = servers.map(async (server) => {
      for (let round = 0; round < 10; round += 1) {
        rig.clock.advance(1_000)
        await workOnce(server)
      }
    })
    await rig.control.releases.commands.stop('next', principal(people.sre), { reason: 'enough', mode: 'evict' })
    await Promise.all(load)
    expect(['stopping', 'stopped']).toContain((await rig.view()).phase)
    expect(await rig.verify()).toMatchObject({ ok: true })
  })
})

describe('a clock that goes back', () => {
  test('stands still for the release: nothing is lost, ticks go on, the record verifies', async () => {
    await startAutomatic()
    await rig.pass(2)
    const { frames } = await rig.verify()
    rig.clock.set(rig.clock.now() - 60 * 60_000)
    await rig.pass(3)
    const view = await rig.view()
    expect(view.stage).toBe(0)
    const verification = await rig.verify()
    expect(verification.ok).toBe(true)
    expect(verification.frames).toBeGreaterThan(frames)
    await rig.control.releases.commands.stop('next', principal(people.sre), { reason: 'enough' })
    const times = (await rig.control.releases.events('next', { after: 0, limit: 1_000 })).map((event) => event.at)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })
})

describe('a server that fails in the middle of a tick', () => {
  test('leaves a frame that the next one folds in', async () => {
    await startAutomatic()
    const failing = await rig.another({
      reachedInTick: (step) => {
        if (step === 'frame-committed') throw new Error('the process is gone')
      },
    })
    rig.clock.advance(1_000)
    await expect(workOnce(failing)).rejects.toThrow('the process is gone')
    await rig.pass(8)
    expect(await stages()).toBe(2)
    expect(await rig.verify()).toMatchObject({ ok: true })
  })

  test('that keeps its claim loses it after half a minute', async () => {
    await startAutomatic()
    rig.clock.advance(1_000)
    expect(await claimDueTicks(rig.database.db, rig.clock.now(), 4)).toMatchObject([{ release: 'next' }])
    const { frames } = await rig.verify()
    await rig.pass(3)
    expect((await rig.verify()).frames).toBe(frames)
    rig.clock.advance(30_000)
    await rig.pass(1)
    expect((await rig.verify()).frames).toBe(frames + 1)
  })
})

test('the log has a look of the gate only when it says something new or moves the release', async () => {
  await startAutomatic()
  await rig.pass(1)
  const before = await looks()
  await rig.pass(1)
  expect(await looks()).toBe(before)
  await rig.pass(2)
  expect(await looks()).toBe(before + 1)
})
