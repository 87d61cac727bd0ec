import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { people } from '../testing/release-files.ts'
import { createReleaseRig, principal, type ReleaseRig } from '../testing/release-rig.ts'

let rig: ReleaseRig
beforeEach(async () => {
  rig = await createReleaseRig()
})
afterEach(() => rig.close())

const go = { reason: 'go' }
const commands = () => rig.control.releases.commands

/** Started by the quorum, in effect at one gateway. */
async function start(): Promise<void> {
  await rig.acknowledge('gw-1')
  await approve(people.checkout)
  await commands().start('next', principal(people.commerce), go)
  await rig.pass(1)
}

async function approve(person: string): Promise<void> {
  const { approvalHash = '' } = await rig.view()
  await commands().approve('next', principal(person), { reason: 'yes', approvalHash })
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
})
