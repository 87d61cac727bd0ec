import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { candidateShare, headgate, startLab, type RunningLab } from './headgate.ts'

const release = 'next-storefront'
const visitors = Array.from({ length: 60 }, () => randomBytes(16).toString('base64url'))
const stopAnswer = z.object({
  inEffectMs: z.number(),
  release: z.object({ phase: z.string(), confirmed: z.object({ gateways: z.int(), of: z.int() }) }),
})

let lab: RunningLab | undefined

afterEach(async () => {
  await lab?.interrupt()
  lab = undefined
})

/** A lab whose release exposes its first stage at both gateways. */
async function givenAnExposedRelease(scenario: string) {
  lab = await startLab(['--scenario', scenario, '--gateways', '2'])
  await lab.line(/exposes 20 % of visitors.*confirmed by 2\/2/)
  const [shopUrl = ''] = lab.shopUrls
  expect(await candidateShare(shopUrl, visitors)).toBeGreaterThan(0)
  return { lab, shopUrl }
}

describe('given a release that exposes a fifth of all visitors', () => {
  test('when somebody stops it on the command line, then every gateway has obeyed when the command ends', async () => {
    const given = await givenAnExposedRelease('healthy')
    const { code, out } = await headgate(['release', 'stop', release, '--mode', 'evict', '--json'], given.lab.env)
    const answer = stopAnswer.parse(JSON.parse(out))
    expect({ code, phase: answer.release.phase, confirmed: answer.release.confirmed }).toEqual({
      code: 0,
      phase: 'stopped',
      confirmed: { gateways: 2, of: 2 },
    })
    expect(await candidateShare(given.shopUrl, visitors)).toBe(0)
  })

  test('when the server is dead, then the local sockets stop it, and the server learns of it when it is back', async () => {
    const given = await givenAnExposedRelease('control-plane-loss')
    await given.lab.line(/the lab kills the server/)
    const remote = await headgate(['release', 'stop', release], given.lab.env)
    expect({ code: remote.code, hint: remote.err.includes('headgate stop-local') }).toEqual({ code: 5, hint: true })
    const local = await headgate(['stop-local', release, '--reason', 'coupons fail'], given.lab.env)
    expect(local.code).toBe(0)
    expect(await candidateShare(given.shopUrl, visitors)).toBe(0)
    await given.lab.line(/the lab starts the server again/)
    expect(await given.lab.line(/next-storefront stop \(evict\)/)).toContain('local-socket')
    expect(await given.lab.line(/local stop at gateway/)).toContain('coupons fail')
  })
})
