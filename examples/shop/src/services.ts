import { fileURLToPath } from 'node:url'
import { flagName } from './service/config.ts'

/** How to start one process of the shop. It says `{"ready":...,"ports":{...}}` on standard output when it may be used. */
export interface ShopService {
  /** What it calls itself in logs, and the component of the operating model where it is one. */
  readonly name: string
  /** TypeScript file that Node runs as it is. */
  readonly entry: string
  /** Default ports by name: `http` is what others call, `internal` has fault switches and the ERP's side. */
  readonly ports: Readonly<Record<string, number>>
}

const entry = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** In the order to start them: each needs those before it only to answer, not to start. */
export const shopServices = {
  /** Not a service: migrates and fills the database, then ends. */
  database: { name: 'database', entry: entry('database/main.ts'), ports: {} },
  commerce: { name: 'commerce-api', entry: entry('commerce-api/main.ts'), ports: { http: 4503, internal: 4513 } },
  legacy: { name: 'storefront-legacy', entry: entry('legacy/main.ts'), ports: { http: 4501, internal: 4511 } },
  next: { name: 'storefront-next', entry: entry('next/main.ts'), ports: { http: 4502, internal: 4512 } },
  erp: { name: 'erp', entry: entry('erp/main.ts'), ports: { http: 4504 } },
  shoppers: { name: 'shoppers', entry: entry('shoppers/main.ts'), ports: { http: 4505 } },
  crawlers: { name: 'crawlers', entry: entry('crawlers/main.ts'), ports: { http: 4506 } },
} as const satisfies Record<string, ShopService>
export type ShopServiceName = keyof typeof shopServices

/** Every flag of the shop's services; which service knows which is in README.md. */
export interface ShopFlags {
  readonly port?: number
  readonly internalPort?: number
  readonly host?: string
  readonly logLevel?: string
  readonly withParent?: boolean
  readonly databaseUrl?: string
  readonly seed?: number
  readonly reset?: boolean
  readonly publicUrl?: string
  readonly headgateUrl?: string
  readonly headgateToken?: string
  readonly paymentMs?: number
  readonly renderMs?: number
  readonly commerceUrl?: string
  readonly legacyUrl?: string
  readonly exchangeMs?: number
  readonly priceChangeMs?: number
  readonly url?: string
  readonly visitorsPerMinute?: number
  readonly timeScale?: number
  readonly durationSeconds?: number
  readonly maxInFlight?: number
  readonly pagesPerMinute?: number
}

/**
 * Arguments for `node`: `spawn(process.execPath, shopArguments('next', { port: 0, withParent: true }))`. Tokens are better handed over in
 * the environment (`HEADGATE_TOKEN`): arguments show in process lists.
 */
export function shopArguments(service: ShopServiceName, flags: ShopFlags = {}): string[] {
  const given = Object.entries(flags).map(([name, value]) => [`--${flagName(name)}`, String(value)])
  return [shopServices[service].entry, ...given.flat()]
}

/** Folder of `headgate.yaml` and `releases/`. */
export const shopModelFolder = fileURLToPath(new URL('..', import.meta.url))
