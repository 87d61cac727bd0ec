import { Hono } from 'hono'
import { z } from 'zod'
import { openDatabase } from '../database/pool.ts'
import { seededRandom, type Random } from '../random.ts'
import { commonConfig, port } from '../service/config.ts'
import { listen } from '../service/http.ts'
import type { Logger } from '../service/logger.ts'
import type { Running } from '../service/process.ts'
import { repeat } from '../service/repeat.ts'
import { createChannelLink } from './channel-link.ts'
import { exchange } from './exchange.ts'
import { createErpLedger, type ErpStore } from './store.ts'

export const erpConfig = {
  ...commonConfig,
  port: port(4504).describe('port of the health check'),
  databaseUrl: z.url().describe('PostgreSQL of the shop'),
  legacyUrl: z.url().default('http://127.0.0.1:4511').describe('internal address of the legacy shop'),
  commerceUrl: z.url().default('http://127.0.0.1:4513').describe('internal address of the commerce API'),
  exchangeMs: z.coerce.number().int().min(50).default(1_000).describe('pause between two rounds with a channel'),
  priceChangeMs: z.coerce.number().int().min(0).default(10_000).describe('pause between two price changes, 0 for none'),
  seed: z.coerce.number().int().default(7).describe('seed of the price changes'),
}
type Config = z.output<z.ZodObject<typeof erpConfig>>

export async function startErp(config: Config, logger: Logger): Promise<Running> {
  const database = openDatabase(config.databaseUrl, logger, 3)
  const ledger = createErpLedger(database)
  const links = {
    legacy: createChannelLink(config.legacyUrl),
    commerce: createChannelLink(config.commerceUrl),
  }
  const tasks = [
    repeat(() => exchange(ledger, 'legacy', links.legacy), config.exchangeMs, logger),
    repeat(() => exchange(ledger, 'commerce', links.commerce), config.exchangeMs, logger),
  ]
  if (config.priceChangeMs > 0) {
    const random = seededRandom(config.seed)
    tasks.push(repeat(() => movePrice(ledger, random), config.priceChangeMs, logger))
  }
  const app = new Hono().get('/healthz', async (c) => {
    await database.query('select 1')
    return c.json({ status: 'ok' })
  })
  const server = await listen(app, config.host, config.port)
  return {
    ports: { http: server.port },
    stop: async () => {
      await Promise.all([server.close(), ...tasks.map((task) => task.stop())])
      await Promise.all([links.legacy.close(), links.commerce.close()])
      await database.end()
    },
  }
}

/** One article, 8 % down to 8 % up. */
function movePrice(ledger: ErpStore, random: Random): Promise<void> {
  return ledger.changePrice(Math.floor(random() * 1_000_000), 0.92 + random() * 0.16)
}
