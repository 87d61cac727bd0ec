import { z } from 'zod'
import { openDatabase } from '../database/pool.ts'
import { outcomeConfig, outcomesFrom } from '../outcomes/config.ts'
import { seededRandom } from '../random.ts'
import { createPaymentProvider } from '../rules/payment-provider.ts'
import { port } from '../service/config.ts'
import { createFaultSwitches, type FaultName } from '../service/faults.ts'
import { listen } from '../service/http.ts'
import { createInternalApp } from '../service/internal-app.ts'
import type { Logger } from '../service/logger.ts'
import { pauseAbout } from '../service/pause.ts'
import type { Running } from '../service/process.ts'
import { repeat } from '../service/repeat.ts'
import { createStorefrontApp } from '../storefront/app.ts'
import { renderMs, sessionSecret, storefrontConfig } from '../storefront/config.ts'
import { createSessionCodec } from '../storefront/session.ts'
import { legacyLook } from '../web/look.ts'
import { createLegacyErpStore } from './erp-store.ts'
import { abandonStaleOrders } from './order-store.ts'
import { createLegacyStorefront } from './storefront.ts'

export const legacyConfig = {
  ...storefrontConfig,
  ...outcomeConfig,
  port: port(4501).describe('port of the shop'),
  internalPort: port(4511).describe('port of fault switches and the ERP'),
  databaseUrl: z.url().describe('PostgreSQL of the shop'),
  paymentMs: z.coerce.number().min(0).default(120).describe('median time the payment provider thinks'),
  renderMs: renderMs(30),
  sessionSecret: sessionSecret('legacy-lab-session-secret'),
}
type Config = z.output<z.ZodObject<typeof legacyConfig>>

export const legacyFaults = ['blind'] as const satisfies readonly FaultName[]

/** An order whose process died is given up after this long. */
const staleSeconds = 30

export async function startLegacy(config: Config, logger: Logger): Promise<Running> {
  const database = openDatabase(config.databaseUrl, logger)
  const faults = createFaultSwitches()
  const random = seededRandom(config.seed)
  const outcomes = outcomesFrom(config, { source: 'storefront-legacy', logger, faults })
  const paymentProvider = createPaymentProvider(random, config.paymentMs)
  const app = createStorefrontApp({
    look: legacyLook,
    storefront: createLegacyStorefront({ database, paymentProvider, outcomes }),
    publicUrl: config.publicUrl,
    cookieName: 'legacy_session',
    sessions: createSessionCodec(config.sessionSecret),
    logger,
    renderTime: () => pauseAbout(random, config.renderMs, 0.3),
  })
  const shop = await listen(app, config.host, config.port)
  const internalApp = createInternalApp(faults, legacyFaults, createLegacyErpStore(database))
  const internal = await listen(internalApp, '127.0.0.1', config.internalPort)
  const sweeper = repeat(() => abandonStaleOrders(database, staleSeconds), 5_000, logger)
  return {
    ports: { http: shop.port, internal: internal.port },
    stop: async () => {
      await Promise.all([shop.close(), internal.close(), sweeper.stop()])
      await outcomes.close()
      await database.end()
    },
  }
}
