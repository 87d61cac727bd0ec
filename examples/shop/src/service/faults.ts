import { Hono } from 'hono'
import { z } from 'zod'

/** What can be broken on purpose. `rate` is a share of calls, `ms` a delay. Absent means healthy. */
export const faultSet = z.strictObject({
  'coupon-silent': z.literal(true).exactOptional(),
  'api-errors': z.strictObject({ rate: z.number().min(0).max(1) }).exactOptional(),
  latency: z.strictObject({ ms: z.number().int().min(0).max(60_000) }).exactOptional(),
  'price-mismatch': z.literal(true).exactOptional(),
  blind: z.literal(true).exactOptional(),
})
export type FaultSet = z.infer<typeof faultSet>
export type FaultName = keyof FaultSet

/** The faults in effect now; a service asks at the moment it would misbehave. */
export interface FaultSwitches {
  readonly current: FaultSet
  replace(faults: FaultSet): void
}

export function createFaultSwitches(): FaultSwitches {
  let current: FaultSet = {}
  return {
    get current() {
      return current
    },
    replace: (faults) => {
      current = faults
    },
  }
}

/**
 * `GET /_faults` shows, `PUT /_faults` replaces the whole set (`{}` heals). Lives on a service's internal port, which listens on
 * loopback only and never sees shopper traffic. A fault that the service does not have is refused: a scenario that breaks
 * nothing must not pass as one that did.
 */
export function faultRoutes(switches: FaultSwitches, offered: readonly FaultName[]): Hono {
  return new Hono()
    .get('/', (c) => c.json({ offered, faults: switches.current }))
    .put('/', async (c) => {
      const parsed = faultSet.safeParse(await c.req.json().catch(() => undefined))
      if (!parsed.success) return c.json({ error: z.prettifyError(parsed.error), offered }, 400)
      const unknown = Object.keys(parsed.data).filter((name) => !offered.some((known) => known === name))
      if (unknown.length > 0) return c.json({ error: `this service has no fault ${unknown.join(', ')}`, offered }, 400)
      switches.replace(parsed.data)
      return c.json({ offered, faults: switches.current })
    })
}
