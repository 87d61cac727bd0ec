import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { headgate } from './headgate.ts'

/** What these tests read of the lab's report. */
const report = z.object({
  isMet: z.boolean(),
  differences: z.array(z.string()),
  phase: z.string(),
  isVerified: z.boolean(),
  stop: z.object({ by: z.string(), reason: z.string(), inEffectAfterRequestMs: z.number() }).optional(),
  loss: z.object({ lastCandidatePageMs: z.number().optional(), awayMs: z.number() }).optional(),
  ordersLost: z.object({ low: z.number(), mid: z.number(), high: z.number() }).optional(),
})

async function play(scenario: string) {
  const { code, out, err } = await headgate(['lab', '--scenario', scenario, '--exit', '--json'])
  if (out.trim() === '') throw new Error(`the lab gave no report (exit code ${code}):\n${err}`)
  return { code, ...report.parse(JSON.parse(out)) }
}

describe('given the demonstration shop with live shoppers', () => {
  test('when coupon orders fail silently at the candidate, then the release stops itself and says where', async () => {
    const { code, differences, phase, stop, isVerified } = await play('checkout-edge')
    expect(differences).toEqual([])
    expect({ code, phase, isVerified, by: stop?.by }).toEqual({
      code: 0,
      phase: 'stopped',
      isVerified: true,
      by: stop?.by,
    })
    expect(stop?.reason).toContain('coupon')
  })

  test('when the server is killed mid-stage, then leases expire on time and the restarted server goes on where it was', async () => {
    const { code, differences, loss } = await play('control-plane-loss')
    expect(differences).toEqual([])
    expect(code).toBe(0)
    expect(loss?.awayMs).toBeGreaterThan(loss?.lastCandidatePageMs ?? 0)
  })

  test('when the shop stops reporting orders, then the release holds, neither passes nor reverts, and goes on afterwards', async () => {
    const { code, differences, isVerified } = await play('blind')
    expect(differences).toEqual([])
    expect({ code, isVerified }).toEqual({ code: 0, isVerified: true })
  })
})
