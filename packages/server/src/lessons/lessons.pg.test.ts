import type { ModelView } from '@headgate/protocol/api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { inTransaction } from '../db/index.ts'
import { addPendingCells, type PendingCell } from '../signals/pending-cells.ts'
import { principal } from '../testing/principal.ts'
import { people, releaseFile, releaseFiles } from '../testing/release-files.ts'
import { createReleaseRig, type ReleaseRig } from '../testing/release-rig.ts'

const stages = `  - { id: half, visitors: 50%, window: { min: 20s, max: 10m }, exit: health }
  - { id: most, visitors: 80%, window: { min: 20s, max: 20m }, exit: health }`

function files(releases: readonly string[] = ['next'], paths = '{ card: {}, coupon: {} }'): ModelView['files'] {
  const [release = '', ...moreReleases] = releases.map((id) => releaseFile({ id, stages }))
  return releaseFiles({ isAutomatic: true, release, moreReleases }).map(({ path, text }) => ({
    path,
    text: text.replace('paths: { card: {} }', `paths: ${paths}`),
  }))
}

let rig: ReleaseRig
const admin = principal('admin@example.com')
const owner = principal('checkout-dev@example.com')
const apply = (...given: Parameters<typeof files>) => rig.control.releases.applyModel(files(...given), admin)
const start = (id: string) => rig.control.releases.commands.start(id, principal(people.storefront), { reason: 'go' })
const signal = new AbortController().signal

beforeEach(async () => {
  rig = await createReleaseRig()
  await apply()
  await rig.acknowledge('gw-1')
})
afterEach(() => rig.close())

/** A second of a release in which the candidate completes so many of ten coupon orders that the control completes eight of. */
async function second(release: string, coupons: number): Promise<void> {
  const view = await rig.view(release)
  const share = view.exposure.visitorBasisPoints
  const startedAt = Math.floor(rig.clock.now() / 1_000) * 1_000
  const cells = (['control', 'candidate'] as const).flatMap((arm): PendingCell[] =>
    (['card', 'coupon'] as const).flatMap((path) => {
      const common = {
        release,
        share,
        arm,
        bucket: 0,
        kind: 'journey',
        subject: 'purchase',
        path,
        started_at: startedAt,
      } as const
      const done = path === 'coupon' && arm === 'candidate' ? coupons : 8
      return [
        { ...common, outcome: 'started', count: 10 },
        { ...common, outcome: 'completed', count: done },
        { ...common, outcome: 'failed', count: 10 - done },
      ].filter(({ count }) => count > 0)
    }),
  )
  const at = new Date(rig.clock.now())
  await inTransaction(rig.database.db, (tx) => addPendingCells(tx, cells, at))
  await rig.database.db.updateTable('gateway').set({ last_counted_at: at }).execute()
  await rig.database.db
    .insertInto('outcome_source')
    .values({ source: 'shop', principal: 'shop', last_heard_at: at })
    .onConflict((conflict) => conflict.column('source').doUpdateSet({ last_heard_at: at }))
    .execute()
  await rig.pass(1)
}

async function seconds(release: string, many: number, coupons: number): Promise<void> {
  for (let index = 0; index < many; index += 1) await second(release, coupons)
}

/** A release that rises once, then loses coupon orders, which its gate does not watch, until a person stops it. */
async function harm(): Promise<string> {
  await start('next')
  await seconds('next', 24, 8)
  expect(await rig.view()).toMatchObject({ phase: 'ramping', stage: 1 })
  await seconds('next', 40, 1)
  await rig.control.releases.commands.stop('next', principal(people.sre), { reason: 'coupon orders are missing' })
  await rig.pass(2)
  const [incident = ''] = (await rig.view()).incidents
  return incident
}

const key = 'completion:purchase/coupon@50%'
const accept = (incident: string, criterion = key) =>
  rig.control.lessons.accept(incident, owner, { criterion, reason: 'nobody else watches coupons' })
const criteriaOf = async (id: string) =>
  (await rig.view(id)).verdict?.criteria.map(({ criterion, incident }) => [criterion, incident])

describe('an incident becomes a criterion', () => {
  test('R7: it is proposed from the record, accepted by the owner, inherited and judged by, and retired; the chain verifies all along', async () => {
    const incident = await harm()
    const proposal = await rig.control.lessons.propose(incident, signal)
    expect(proposal).toMatchObject({ incident, good: { stages: ['half'], releases: [] } })
    expect(proposal.best?.key).toMatch(/^completion:purchase/)
    expect(proposal.best?.savedMs).toBeGreaterThan(20_000)
    expect(proposal.best?.savedOrders?.low).toBeGreaterThan(0)

    expect(await accept(incident)).toMatchObject({ lesson: { kind: 'accepted', key, by: owner.name } })
    await rig.control.releases.commands.close('next', principal(people.sre), { reason: 'stopped' })
    await apply(['second'])
    expect(await rig.control.lessons.list()).toMatchObject([
      { id: `lesson-${incident}`, incident, key, domain: 'checkout', owner: 'checkout', releases: ['second'] },
    ])
    await expect(start('second')).rejects.toMatchObject({ code: 'ILLEGAL_TRANSITION' })
    await rig.database.db.updateTable('incident').set({ status: 'closed' }).execute()
    await start('second')
    await seconds('second', 2, 8)
    expect(await criteriaOf('second')).toContainEqual([`lesson-${incident}`, incident])
    await seconds('second', 40, 1)
    const stopped = await rig.view('second')
    expect(stopped).toMatchObject({ phase: 'stopped', stop: { by: { kind: 'automation' } } })
    expect(stopped.reason + (stopped.stop?.reason ?? '')).toContain(`lesson-${incident}`)
    expect(await rig.verify('second')).toMatchObject({ ok: true })
    expect(await rig.verify('next')).toMatchObject({ ok: true })

    await apply(['second', 'third'])
    const retired = await rig.control.lessons.retire(`lesson-${incident}`, owner, { reason: 'coupons are gone' })
    expect(retired).toMatchObject({ retired: { by: owner.name, reason: 'coupons are gone' } })
    expect(retired.releases).not.toContain('third')
    expect(await rig.verify('second')).toMatchObject({ ok: true })
  })

  test('R7: a release that runs inherits it at once, and rises only on a new pass', async () => {
    await start('next')
    await seconds('next', 10, 8)
    const before = await rig.view()
    const seen = {
      release: 'next',
      from: rig.clock.now() - 8_000,
      until: rig.clock.now() - 1_000,
      reason: 'coupons look odd',
    }
    const { id } = await rig.control.lessons.report(principal(people.sre), seen)
    await accept(id)
    expect((await rig.view()).planHash).not.toBe(before.planHash)
    expect((await rig.control.releases.events('next', { after: 0, limit: 100 })).map(({ kind }) => kind)).toContain(
      'inherited',
    )
    await rig.database.db.updateTable('incident').set({ status: 'closed' }).execute()
    await second('next', 8)
    expect(await criteriaOf('next')).toContainEqual([`lesson-${id}`, id])
    await seconds('next', 20, 0)
    expect((await rig.view()).phase).toMatch(/stopping|stopped/)
    expect(await rig.verify()).toMatchObject({ ok: true })
  })

  test('R7: frames that a dead worker left behind are folded under the plan they were taken under', async () => {
    await start('next')
    await seconds('next', 10, 8)
    const dying = await rig.another({
      reachedInTick: (step) => {
        if (step === 'frame-committed') throw new Error('gone')
      },
    })
    rig.clock.advance(1_000)
    await expect(dying.background.find(({ name }) => name === 'ticks')?.round(signal)).rejects.toThrow('gone')
    const seen = { release: 'next', from: rig.clock.now() - 8_000, until: rig.clock.now(), reason: 'coupons look odd' }
    const { id } = await rig.control.lessons.report(principal(people.sre), seen)
    await accept(id)
    await seconds('next', 5, 8)
    expect(await criteriaOf('next')).toContainEqual([`lesson-${id}`, id])
    expect(await rig.verify()).toMatchObject({ ok: true })
  })

  test('a release file that is unchanged stays in force beside it, whatever phase the release is in', async () => {
    const incident = await harm()
    await accept(incident)
    await expect(apply(['next', 'second'])).resolves.toMatchObject({ version: 3 })
    await expect(apply(['second'])).resolves.toBeDefined()
  })

  test('a model that drops what it watches is refused until the owner retires it', async () => {
    const incident = await harm()
    await accept(incident)
    await expect(apply(['next'], '{ card: {} }')).rejects.toThrow(/no longer has the path coupon .* criterion retire/)
    await rig.control.lessons.retire(`lesson-${incident}`, owner, { reason: 'no coupons any more' })
    await expect(apply(['next'], '{ card: {} }')).resolves.toBeDefined()
  })
})

describe('deciding on an incident', () => {
  test("takes the right of the domain's owner", async () => {
    const incident = await harm()
    for (const name of [people.storefront, people.sre, people.stranger]) {
      const by = principal(name)
      await expect(rig.control.lessons.accept(incident, by, { criterion: key, reason: 'x' })).rejects.toThrow(
        `${name} does not hold "accept-criterion" in checkout (held by checkout: checkout)`,
      )
      await expect(rig.control.lessons.waive(incident, by, { reason: 'x' })).rejects.toMatchObject({
        code: 'FORBIDDEN',
      })
    }
    await accept(incident)
    await expect(
      rig.control.lessons.retire(`lesson-${incident}`, principal(people.sre), { reason: 'x' }),
    ).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  test('is done once: a repeat changes nothing, another decision is refused', async () => {
    const incident = await harm()
    const first = await accept(incident)
    const version = (await rig.control.models.latest(rig.database.db))?.version
    rig.clock.advance(60_000)
    expect(await accept(incident)).toEqual(first)
    expect((await rig.control.models.latest(rig.database.db))?.version).toBe(version)
    await expect(accept(incident, 'errors:product@2%')).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(rig.control.lessons.waive(incident, owner, { reason: 'x' })).rejects.toThrow('criterion retire')
    const retired = await rig.control.lessons.retire(`lesson-${incident}`, owner, { reason: 'first' })
    expect(await rig.control.lessons.retire(`lesson-${incident}`, owner, { reason: 'second' })).toEqual(retired)
  })

  test('may be that it teaches nothing, with a reason', async () => {
    const incident = await harm()
    expect(await rig.control.lessons.waive(incident, owner, { reason: 'a drill' })).toMatchObject({
      lesson: { kind: 'waived', by: owner.name, reason: 'a drill' },
    })
    expect(await rig.control.lessons.list()).toEqual([])
  })

  test.each([
    ['completion:purchase/gift@10%', 'There is no path of flow purchase "gift"; known: card, coupon'],
    ['coupon', '"coupon" names no criterion'],
  ])('with the key %s is refused, saying what there is', async (criterion, message) => {
    const incident = await harm()
    await expect(accept(incident, criterion)).rejects.toThrow(message)
  })
})

describe('harm that no gate saw', () => {
  test('is reported once per window by whoever may stop or resume, bars the flow, and teaches as any other', async () => {
    await start('next')
    await seconds('next', 24, 8)
    const from = rig.clock.now()
    await seconds('next', 12, 1)
    const seen = { release: 'next', from, until: rig.clock.now(), reason: 'coupon orders are missing' }
    await expect(rig.control.lessons.report(principal(people.stranger), seen)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
    const incident = await rig.control.lessons.report(principal(people.sre), seen)
    expect(incident).toMatchObject({ id: 'next-reported-1', status: 'open', stage: 'most', reportedBy: people.sre })
    expect(await rig.control.lessons.report(principal(people.sre), seen)).toEqual(incident)
    await rig.pass(1)
    expect(await rig.view()).toMatchObject({ phase: 'held', hold: { cause: expect.stringContaining('incident') } })
    const window = await rig.control.lessons.proposeFor(seen, signal)
    const own = await rig.control.lessons.propose(incident.id, signal)
    expect(own.best).toEqual(window.best)
    expect(window.best?.key).toMatch(/^completion:purchase/)
  })

  test.each([
    [(now: number) => ({ from: now, until: now }), 'until must come after from'],
    [(now: number) => ({ from: now, until: now + 60_000 }), 'until lies in the future'],
    [() => ({ from: 1, until: 2 }), 'had exposed nobody by then'],
  ])('is refused where its times make no sense', async (window, message) => {
    await start('next')
    const seen = { release: 'next', ...window(rig.clock.now()), reason: 'x' }
    await expect(rig.control.lessons.report(principal(people.sre), seen)).rejects.toThrow(message)
  })
})

test('a release that never exposed anybody teaches nothing', async () => {
  await expect(rig.control.lessons.proposeFor({ release: 'next', from: 0, until: 1 }, signal)).rejects.toMatchObject({
    code: 'CONFLICT',
  })
})
