import { z } from 'zod'
import { openDatabase } from '../database/pool.ts'
import { outcomeConfig, outcomesFrom } from '../outcomes/config.ts'
import { seededRandom } from '../random.ts'
import { createPaymentProvider } from '../rules/payment-provider.ts'
import { commonConfig, port } from '../service/config.ts'
import { createFaultSwitches, type FaultName } from '../service/faults.ts'
import { listen } from '../service/http.ts'
import { createInternalApp } from '../service/internal-app.ts'
import type { Logger } from '../service/logger.ts'
import type { Running } from '../service/process.ts'
import { repeat } from '../service/repeat.ts'
import { createCommerceApp } from './app.ts'
import { createErpStore } from './erp-store.ts'
import { releaseStale } from './settlement-store.ts'

export const commerceConfig = {
  ...commonConfig,
  ...outcomeConfig,
  port: port(4503).describe('port of the API'),
  internalPort: port(4513).describe('port of fault switches and the ERP'),
  databaseUrl: z.url().describe('PostgreSQL of the shop'),
  paymentMs: z.coerce.number().min(0).default(120).describe('median time the payment provider thinks'),
  seed: z.coerce.number().int().default(7).describe('seed of the times and of the error fault'),
}
type Config = z.output<z.ZodObject<typeof commerceConfig>>

export const commerceFaults = ['api-errors', 'blind'] as const satisfies readonly FaultName[]

/** A reservation whose process died is released after this long. */
const staleSeconds = 30

export async function startCommerce(config: Config, logger: Logger): Promise<Running> {
  const database = openDatabase(config.databaseUrl, logger)
  const faults = createFaultSwitches()
  const random = seededRandom(config.seed)
  const outcomes = outcomesFrom(config, { source: 'commerce-api', logger, faults })
  const paymentProvider = createPaymentProvider(random, config.paymentMs)
  const app = createCommerceApp({ database, paymentProvider, outcomes, logger, faults, random })
  const api = await listen(app, config.host, config.port)
  const internalApp = createInternalApp(faults, commerceFaults, createErpStore(database))
  const internal = await listen(internalApp, '127.0.0.1', config.internalPort)
  const sweeper = repeat(() => releaseStale(database, staleSeconds), 5_000, logger)
  return {
    ports: { http: api.port, internal: internal.port },
    stop: async () => {
      await Promise.all([api.close(), internal.close(), sweeper.stop()])
      await outcomes.close()
      await database.end()
    },
  }
}
