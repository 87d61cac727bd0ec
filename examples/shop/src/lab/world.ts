import type { Client } from '@headgate/client'
import { z } from 'zod'
import type { FaultSet } from '../service/faults.ts'
import type { Addresses } from './addresses.ts'
import type { People } from './people.ts'

/** A running lab as scenarios see it: levers on the shop and on processes, and the product's public surfaces. */
export interface World {
  readonly addresses: Addresses
  /** Reads and administers; acts on releases are people's. */
  readonly admin: Client
  readonly people: People
  /** Puts these faults into effect and no others; `{}` heals. */
  setFaults(faults: FaultSet): Promise<void>
  /** Arrivals a minute over all shoppers. */
  setRate(visitorsPerMinute: number): Promise<void>
  killServer(): Promise<void>
  restartServer(): Promise<void>
  /** What shoppers saw so far, over all gateways. */
  shoppers(): Promise<Traffic>
  /** Rejects when a process ends though nobody asked it to. */
  readonly failure: Promise<never>
  close(): Promise<void>
}

const journeys = z.object({ started: z.number(), thanked: z.number(), failed: z.number() })

/** The part of the shoppers' own counters that the lab reports. */
export const traffic = z.object({
  seconds: z.number(),
  visitors: z.number(),
  shed: z.number(),
  pages: z.number(),
  errorPages: z.number(),
  journeys,
})
export type Traffic = z.infer<typeof traffic>

export function addTraffic(a: Traffic, b: Traffic): Traffic {
  return {
    seconds: Math.max(a.seconds, b.seconds),
    visitors: a.visitors + b.visitors,
    shed: a.shed + b.shed,
    pages: a.pages + b.pages,
    errorPages: a.errorPages + b.errorPages,
    journeys: {
      started: a.journeys.started + b.journeys.started,
      thanked: a.journeys.thanked + b.journeys.thanked,
      failed: a.journeys.failed + b.journeys.failed,
    },
  }
}
