import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createIncidents, listIncidents } from '../incidents/index.ts'
import { people, releaseFile } from '../testing/release-files.ts'
import { principal } from '../testing/principal.ts'
import { createReleaseRig, type ReleaseRig } from '../testing/release-rig.ts'

let rig: ReleaseRig
beforeEach(async () => {
  rig = await createReleaseRig()
})
afterEach(() => rig.close())

const go = { reason: 'go' }
const commands = () => rig.control.releases.commands

/** Started by the quorum, in effect at one gateway. */
async function start(id = 'next'): Promise<void> {
  await rig.acknowledge('gw-1')
  await approve(people.checkout, id)
  await commands().start(id, principal(people.commerce), go)
  await rig.pass(1)
}

async function approve(person: string, id = 'next'): Promise<void> {
  const { approvalHash = '' } = await rig.view(id)
  await commands().approve(id, principal(person), { reason: 'yes', approvalHash })
}

const incidents = () => listIncidents(rig.database.db, 'next')

const stop = (mode: 'hold' | 'eject' | 'evict') =>
  commands().stop('next', principal(people.sre), { reason: mode, mode })

const runbook = (more: string) => `runbooks: { forward: { owner: storefront, steps: [go on]${more} } }\n`

async function kinds(id = 'next'): Promise<readonly string[]> {
  const events = await rig.control.releases.events(id, { after: 0, limit: 1_000 })
  return events.map((event) => event.kind)
}

describe('a release', () => {
  test('is ready when its model has no errors, and exposes nothing', async () => {
    await rig.apply()
    expect(await rig.view()).toMatchObject({ phase: 'ready', exposure: { mode: 'none' }, revision: 1 })
    expect(await rig.exposures()).toEqual([])
  })

  test('starts with its quorum, rises with the next, goes live, and verifies', async () => {
    await rig.apply()
    await start()
    expect(await rig.view()).toMatchObject({ phase: 'ramping', stage: 0, confirmed: { gateways: 1, of: 1 } })
    expect(await rig.exposures()).toMatchObject([{ release: 'next', mode: 'open', visitorBasisPoints: 500 }])
    await rig.pass(4)
    expect(await rig.view()).toMatchObject({ stage: 0, verdict: { kind: 'pass' } })
    await approve(people.checkout)
    await approve(people.commerce)
    expect(await rig.view()).toMatchObject({ stage: 1, approvals: [] })
    await rig.pass(5)
    expect(await rig.view()).toMatchObject({ phase: 'live', exposure: { visitorBasisPoints: 10_000, mode: 'open' } })
    expect(await rig.verify()).toMatchObject({ ok: true, release: 'next' })
  })

  test('rises by itself where automation may', async () => {
    await rig.apply({ isAutomatic: true })
    await rig.acknowledge('gw-1')
    await commands().start('next', principal(people.storefront), go)
    await rig.pass(12)
    expect((await rig.view()).phase).toBe('live')
    expect(await rig.verify()).toMatchObject({ ok: true })
  })

  test('stops when its gate fails, says where the stop is in effect, and drafts an incident', async () => {
    await rig.apply()
    await start()
    await rig.acknowledge('gw-2')
    await rig.pass(2)
    rig.metric = 99
    rig.clock.advance(1_000)
    await rig.work()
    rig.clock.advance(1_000)
    await rig.work()
    expect(await rig.view()).toMatchObject({
      phase: 'stopping',
      stop: { mode: 'eject' },
      confirmed: { gateways: 0, of: 2 },
    })
    expect(await rig.exposures()).toMatchObject([{ mode: 'eject' }])
    const [draft] = await incidents()
    expect(draft).toMatchObject({ status: 'draft', criterion: 'errors-per-minute', verdict: { kind: 'fail' } })
    expect(draft).not.toHaveProperty('stopInEffectAt')
    await rig.acknowledge()
    await rig.work()
    expect(await rig.view()).toMatchObject({ phase: 'stopped', incidents: [draft?.id] })
    expect((await incidents())[0]?.stopInEffectAt).toBe(rig.clock.now())
    expect(await rig.verify()).toMatchObject({ ok: true })
  })

  test('leaves nothing exposed once the last pin has run out', async () => {
    await rig.apply()
    await start()
    await commands().stop('next', principal(people.sre), { reason: 'enough' })
    expect(await rig.exposures()).toMatchObject([{ mode: 'eject' }])
    rig.clock.advance(10 * 60_000)
    await rig.work()
    expect(await rig.exposures()).toEqual([])
  })
})

describe('approving', () => {
  beforeEach(async () => {
    await rig.apply()
  })

  test('takes two distinct people: the same one twice is refused, however the address is spelled', async () => {
    await approve(people.checkout)
    await expect(approve(people.checkout)).rejects.toMatchObject({ code: 'ILLEGAL_TRANSITION' })
    await expect(approve('Checkout-Lead@Example.com')).rejects.toMatchObject({ code: 'ILLEGAL_TRANSITION' })
    const again = commands().start('next', principal(people.checkout), go)
    await expect(again).rejects.toThrow(/1 more in checkout \(.*commerce-lead@example.com/)
  })

  test('quotes what it is for: another plan or another evidence is refused', async () => {
    await start()
    await rig.pass(4)
    const { approvalHash = '' } = await rig.view()
    rig.metric = 11
    await rig.pass(1)
    rig.metric = 1
    await rig.pass(2)
    expect((await rig.view()).verdict?.kind).toBe('pass')
    const stale = commands().approve('next', principal(people.checkout), { reason: 'yes', approvalHash })
    await expect(stale).rejects.toMatchObject({ code: 'STALE_REVISION' })
  })

  test('is void after its time', async () => {
    await approve(people.checkout)
    rig.clock.advance(60 * 60_000)
    expect((await rig.view()).approvals).toEqual([])
    await expect(commands().start('next', principal(people.commerce), go)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  test('is void when the plan changes before the start', async () => {
    await approve(people.checkout)
    await rig.apply({ release: releaseFile({ more: 'budgets: { falseStop: 2% }' }) })
    expect(await rig.view()).toMatchObject({ phase: 'ready', approvals: [] })
  })

  test('is not for those without the right', async () => {
    const outsider = approve(people.sre)
    await expect(outsider).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(outsider).rejects.toThrow(/held by/)
  })

  test('moves nothing when the caller looked at an older revision', async () => {
    await start()
    const { revision } = await rig.view()
    const act = commands().hold('next', principal(people.checkout), { reason: 'wait', revision: revision - 1 })
    await expect(act).rejects.toMatchObject({ code: 'STALE_REVISION' })
  })
})

describe('stopping', () => {
  beforeEach(async () => {
    await rig.apply()
    await start()
  })

  test('needs one person with the right in any domain it touches', async () => {
    await expect(commands().stop('next', principal(people.stranger), { reason: 'x' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
    await commands().stop('next', principal(people.sre), { reason: 'prices are wrong' })
    expect(await rig.view()).toMatchObject({ phase: 'stopping', reason: 'prices are wrong', stop: { mode: 'eject' } })
  })

  test('again does nothing, stricter makes it stricter', async () => {
    await stop('eject')
    const { revision } = await rig.view()
    await stop('hold')
    expect((await rig.view()).revision).toBe(revision)
    await stop('evict')
    expect(await rig.exposures()).toMatchObject([{ mode: 'evict' }])
  })

  test('at a gateway stops everywhere, and its repeats change nothing', async () => {
    const report = {
      gateway: 'gw-1',
      source: '0190c5a1-0000-7000-8000-000000000001',
      release: 'next',
      mode: 'evict',
      reason: 'cut off',
      by: people.sre,
      at: rig.clock.now(),
    } as const
    await rig.exposure.reportLocalStop(report, principal('gateways'))
    await rig.exposure.reportLocalStop(report, principal('gateways'))
    expect(await rig.view()).toMatchObject({ phase: 'stopping', stop: { mode: 'evict', by: { id: people.sre } } })
    expect((await kinds()).filter((kind) => kind === 'stop-requested')).toHaveLength(1)
    await rig.pass(1)
    await commands().close('next', principal(people.storefront), { reason: 'over' })
    await rig.exposure.reportLocalStop(report, principal('gateways'))
    expect((await rig.view()).phase).toBe('closed')
  })

  test('is told to the owner once, and rings the pager of a team that has one', async () => {
    await commands().stop('next', principal(people.sre), { reason: 'enough' })
    await rig.work()
    await rig.work()
    const told = rig.sent.filter((notice) => notice.topic.endsWith('stopping'))
    expect(told.map((notice) => notice.to)).toEqual(['hook:storefront'])
  })
})

describe('holding', () => {
  beforeEach(async () => {
    await rig.apply()
    await start()
  })

  test('by a person ends by a person', async () => {
    await commands().hold('next', principal(people.checkout), { reason: 'peak hour' })
    await rig.pass(6)
    expect(await rig.view()).toMatchObject({ phase: 'held', stage: 0, hold: { cause: 'person', owner: 'checkout' } })
    await commands().resume('next', principal(people.storefront), { reason: 'over' })
    expect((await rig.view()).phase).toBe('ramping')
  })

  test('for a source that gives nothing neither raises nor reverts, escalates, and ends by itself', async () => {
    rig.metric = undefined
    await rig.pass(8)
    expect(await rig.view()).toMatchObject({
      phase: 'held',
      stage: 0,
      exposure: { visitorBasisPoints: 500, mode: 'open' },
      hold: { cause: 'provider-error', owner: 'checkout', escalations: 0 },
    })
    rig.clock.advance(5 * 60_000)
    await rig.pass(1)
    expect(await rig.view()).toMatchObject({ phase: 'held', hold: { escalations: 1 } })
    expect(rig.sent.filter((notice) => notice.topic.endsWith('escalated')).map((notice) => notice.to)).toEqual(['sre'])
    rig.metric = 1
    await rig.pass(2)
    expect((await rig.view()).phase).toBe('ramping')
    expect(await rig.verify()).toMatchObject({ ok: true })
  })
})

describe('what bars a raise', () => {
  test('R4: two releases on one flow never ramp at the same time', async () => {
    await rig.apply({ isAutomatic: true, moreReleases: [releaseFile({ id: 'other' })] })
    const starts = await Promise.allSettled(
      ['next', 'other'].map((id) => commands().start(id, principal(people.storefront), go)),
    )
    const refused = starts.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []))
    expect(refused).toEqual([expect.stringMatching(/is ramping and touches flow purchase too/)])
  })

  test('R5: an incident on a flow bars the start of another release there until it is closed', async () => {
    await rig.apply({ isAutomatic: true, moreReleases: [releaseFile({ id: 'other' })] })
    const by = principal(people.storefront)
    await commands().start('next', by, go)
    await commands().stop('next', by, { reason: 'odd' })
    await rig.pass(1)
    await expect(commands().start('other', by, go)).rejects.toThrow(/incident next-\d+ is open on purchase/)
    const { model } = await rig.control.models.version(rig.database.db, 1)
    const service = createIncidents({ db: rig.database.db, now: rig.clock.now, model: () => Promise.resolve(model) })
    const [incident] = await service.list()
    await expect(service.close(incident?.id ?? '', principal(people.stranger), 'no')).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
    await service.close(incident?.id ?? '', principal(people.checkout), 'repaired')
    await commands().start('other', by, go)
    expect((await rig.view('other')).phase).toBe('ramping')
  })

  test('R5: a freeze holds what ramps and lets it go on afterwards', async () => {
    const from = new Date(rig.clock.now() + 2_000).toISOString()
    const until = new Date(rig.clock.now() + 10_000).toISOString()
    await rig.apply({
      isAutomatic: true,
      release: releaseFile({ more: `freezes: [{ from: '${from}', until: '${until}', reason: sale }]` }),
    })
    await rig.acknowledge('gw-1')
    await commands().start('next', principal(people.storefront), go)
    await rig.pass(6)
    expect(await rig.view()).toMatchObject({ phase: 'held', stage: 0, hold: { cause: 'freeze' } })
    await rig.pass(6)
    expect(await rig.view()).toMatchObject({ phase: 'ramping', stage: 1 })
  })

  test('R6: a one-way stage waits for the rehearsal of its runbook', async () => {
    const stages = `  - { id: canary, visitors: 5%, window: { min: 1s, max: 2m }, exit: health }
  - { id: all, visitors: 100%, urls: 100%, window: { min: 1s, max: 2m }, exit: health, reversible: false, rollForward: forward }`
    await rig.apply({
      isAutomatic: true,
      release: releaseFile({ stages }),
      modelTail: runbook(`, rehearsedAt: '2025-12-01T00:00:00Z'`),
    })
    await rig.acknowledge('gw-1')
    await commands().start('next', principal(people.storefront), go)
    await rig.apply({ isAutomatic: true, release: releaseFile({ stages }), modelTail: runbook('') })
    await rig.pass(5)
    expect(await rig.view()).toMatchObject({ phase: 'ramping', stage: 0, reason: expect.stringContaining('one-way') })
    await rig.apply({
      isAutomatic: true,
      release: releaseFile({ stages }),
      modelTail: runbook(`, rehearsedAt: '2025-12-02T00:00:00Z'`),
    })
    await rig.pass(3)
    expect(await rig.view()).toMatchObject({ stage: 1 })
  })

  test('an entry gate of the first stage must have passed', async () => {
    const entry = `  - { id: all, visitors: 100%, urls: 100%, window: { min: 3s, max: 2m }, entry: health, exit: health }`
    rig.metric = undefined
    await rig.apply({ isAutomatic: true, release: releaseFile({ stages: entry }) })
    await rig.pass(2)
    const early = commands().start('next', principal(people.storefront), go)
    await expect(early).rejects.toThrow(/the entry gate has not passed: errors-per-minute/)
    rig.metric = 1
    await rig.pass(2)
    await commands().start('next', principal(people.storefront), go)
    expect((await rig.view()).phase).toBe('ramping')
    expect(await rig.verify()).toMatchObject({ ok: true })
  })
})

describe('the operating model', () => {
  test('with errors is stored, and bars start and raise with what it lacks', async () => {
    const broken = releaseFile().replace('[storefront-next]', '[storefront-nxt]')
    await rig.apply({ isAutomatic: true, release: broken })
    expect((await rig.view()).phase).toBe('draft')
    await expect(commands().start('next', principal(people.storefront), go)).rejects.toMatchObject({
      code: expect.stringMatching(/ILLEGAL_TRANSITION|FORBIDDEN/),
    })
    await rig.apply({ isAutomatic: true })
    await rig.acknowledge('gw-1')
    await commands().start('next', principal(people.storefront), go)
    await rig.apply({ isAutomatic: true, modelTail: 'runbooks: { lonely: { owner: nobody, steps: [run] } }\n' })
    await rig.pass(6)
    expect(await rig.view()).toMatchObject({
      stage: 0,
      reason: expect.stringContaining('the operating model has errors'),
    })
  })

  test('cannot change or drop the plan of a release that has started, and may repeat it', async () => {
    await rig.apply()
    await start()
    const changed = rig.apply({ release: releaseFile({ more: 'budgets: { falseStop: 2% }' }) })
    await expect(changed).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(rig.apply({ release: releaseFile({ id: 'other' }) })).rejects.toMatchObject({ code: 'CONFLICT' })
    await rig.apply({ modelTail: '# a comment\n' })
    expect((await rig.view()).phase).toBe('ramping')
  })

  test('of the same files keeps its version', async () => {
    await rig.apply()
    await rig.apply()
    expect((await rig.control.models.latest(rig.database.db))?.version).toBe(1)
  })

  test('that drops a release which nobody started abandons it', async () => {
    await rig.apply()
    await rig.apply({ release: releaseFile({ id: 'other' }) })
    expect(await kinds()).toEqual(['prepared', 'close-requested'])
    expect(await rig.verify()).toMatchObject({ ok: true })
  })

  test('that cannot be read is refused whole, with places', async () => {
    const files = [{ path: 'headgate.yaml', text: 'apiVersion: headgate.dev/v1\nshop: {' }]
    const apply = rig.control.releases.applyModel(files, principal('admin@example.com'))
    await expect(apply).rejects.toMatchObject({ code: 'INVALID_MODEL' })
    expect(await rig.control.models.latest(rig.database.db)).toBeUndefined()
  })
})

describe('closing', () => {
  test('a live release waits until the model names the candidate as what serves', async () => {
    await rig.apply({ isAutomatic: true })
    await rig.acknowledge('gw-1')
    await commands().start('next', principal(people.storefront), go)
    await rig.pass(12)
    const close = () => commands().close('next', principal(people.storefront), { reason: 'done' })
    await expect(close()).rejects.toThrow(/name the candidate/)
    const { files } = await rig.control.models.version(rig.database.db, 1)
    const cutOver = files.map(({ path, text }) => ({
      path,
      text: text.replace('servedBy: storefront-legacy', 'servedBy: storefront-next'),
    }))
    await rig.control.releases.applyModel(cutOver, principal('admin@example.com'))
    await close()
    expect((await rig.view()).phase).toBe('closed')
    expect(await rig.exposures()).toEqual([])
    expect(await rig.verify()).toMatchObject({ ok: true })
  })
})
