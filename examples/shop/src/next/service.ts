import { z } from 'zod'
import { seededRandom } from '../random.ts'
import { port } from '../service/config.ts'
import { createFaultSwitches, type FaultName, type FaultSwitches } from '../service/faults.ts'
import { listen } from '../service/http.ts'
import { createInternalApp } from '../service/internal-app.ts'
import type { Logger } from '../service/logger.ts'
import { pauseAbout } from '../service/pause.ts'
import type { Running } from '../service/process.ts'
import { createStorefrontApp, type BrowsedPage } from '../storefront/app.ts'
import { renderMs, sessionSecret, storefrontConfig } from '../storefront/config.ts'
import { createSessionCodec } from '../storefront/session.ts'
import { nextLook } from '../web/look.ts'
import { createCommerceClient } from './commerce-client.ts'
import { withFaults } from './faulty-storefront.ts'
import { createNextStorefront } from './storefront.ts'

export const nextConfig = {
  ...storefrontConfig,
  port: port(4502).describe('port of the shop'),
  internalPort: port(4512).describe('port of fault switches'),
  commerceUrl: z.url().default('http://127.0.0.1:4503').describe('address of the commerce API'),
  renderMs: renderMs(24),
  sessionSecret: sessionSecret('next-lab-session-secret'),
}
type Config = z.output<z.ZodObject<typeof nextConfig>>

export const nextFaults = ['coupon-silent', 'latency', 'price-mismatch'] as const satisfies readonly FaultName[]

export async function startNext(config: Config, logger: Logger): Promise<Running> {
  const faults = createFaultSwitches()
  const random = seededRandom(config.seed)
  const client = createCommerceClient(config.commerceUrl)
  const app = createStorefrontApp({
    look: nextLook,
    storefront: withFaults(createNextStorefront(client), faults),
    publicUrl: config.publicUrl,
    cookieName: 'next_session',
    sessions: createSessionCodec(config.sessionSecret),
    logger,
    renderTime: (page) => pauseAbout(random, config.renderMs + addedMs(faults, page), 0.3),
  })
  const shop = await listen(app, config.host, config.port)
  const internal = await listen(createInternalApp(faults, nextFaults), '127.0.0.1', config.internalPort)
  return {
    ports: { http: shop.port, internal: internal.port },
    stop: async () => {
      await Promise.all([shop.close(), internal.close()])
      await client.close()
    },
  }
}

/** The fault `latency` slows product and listing pages. */
function addedMs(faults: FaultSwitches, page: BrowsedPage): number {
  return page === 'landing' ? 0 : (faults.current.latency?.ms ?? 0)
}
