import { describe, expect, test } from 'vitest'
import { createFaultSwitches, faultRoutes } from './faults.ts'

const put = (faults: unknown) => ({ method: 'PUT', body: typeof faults === 'string' ? faults : JSON.stringify(faults) })

describe('fault switches', () => {
  test('PUT replaces the whole set, an empty one heals', async () => {
    const switches = createFaultSwitches()
    const app = faultRoutes(switches, ['latency', 'coupon-silent'])
    expect((await app.request('/', put({ latency: { ms: 300 }, 'coupon-silent': true }))).status).toBe(200)
    expect(switches.current).toEqual({ latency: { ms: 300 }, 'coupon-silent': true })
    await app.request('/', put({ latency: { ms: 5 } }))
    expect(switches.current).toEqual({ latency: { ms: 5 } })
    await app.request('/', put({}))
    expect(switches.current).toEqual({})
  })

  test.each([['{'], [{ nonsense: true }], [{ latency: { ms: -1 } }], [{ 'api-errors': { rate: 0.5 } }], [null]])(
    'what the service cannot do is refused and changes nothing: %j',
    async (faults) => {
      const switches = createFaultSwitches()
      const app = faultRoutes(switches, ['latency'])
      const answer = await app.request('/', put(faults))
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({ offered: ['latency'] })
      expect(switches.current).toEqual({})
    },
  )
})
