import { Hono } from 'hono'
import { z } from 'zod'
import { commonConfig, port } from '../service/config.ts'
import { listen } from '../service/http.ts'
import type { Logger } from '../service/logger.ts'
import type { Running } from '../service/process.ts'
import { Crawler } from './crawler.ts'

export const crawlersConfig = {
  ...commonConfig,
  port: port(4506).describe('port of the crawl report'),
  url: z.url().default('http://127.0.0.1:4480').describe('the shop, as crawlers reach it'),
  pagesPerMinute: z.coerce.number().positive().max(6_000).default(60).describe('pages fetched'),
  seed: z.coerce.number().int().default(13).describe('seed of the order of URLs'),
}
type Config = z.output<z.ZodObject<typeof crawlersConfig>>

/** The crawler as a service: `GET /report`. */
export async function startCrawlers(config: Config, logger: Logger): Promise<Running> {
  const crawler = new Crawler({ ...config, url: new URL(config.url).origin, logger })
  const app = new Hono()
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    .get('/report', (c) => c.json(crawler.report()))
  const server = await listen(app, '127.0.0.1', config.port)
  return {
    ports: { http: server.port },
    stop: async () => {
      await crawler.stop()
      await server.close()
    },
  }
}
