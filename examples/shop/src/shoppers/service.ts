import { setTimeout as wait } from 'node:timers/promises'
import { Hono } from 'hono'
import { z } from 'zod'
import { commonConfig, port } from '../service/config.ts'
import { listen } from '../service/http.ts'
import type { Logger } from '../service/logger.ts'
import type { Running } from '../service/process.ts'
import { createTally } from './counters.ts'
import { Population } from './population.ts'

export const shoppersConfig = {
  ...commonConfig,
  port: port(4505).describe('port of the live counters'),
  url: z.url().default('http://127.0.0.1:4480').describe('the shop, as shoppers reach it'),
  visitorsPerMinute: z.coerce.number().min(0).max(20_000).default(1_000).describe('arrivals'),
  timeScale: z.coerce.number().positive().default(40).describe('how many times faster than real shoppers they are'),
  durationSeconds: z.coerce.number().min(0).default(0).describe('stop by itself after this long, 0 for never'),
  maxInFlight: z.coerce.number().int().positive().default(1_500).describe('visitors under way at most'),
  seed: z.coerce.number().int().default(11).describe('seed of arrivals and of what each visitor does'),
}
type Config = z.output<z.ZodObject<typeof shoppersConfig>>

const rateRequest = z.strictObject({ visitorsPerMinute: z.number().min(0).max(20_000) })

/** Shoppers as a service: `GET /counters`, `PUT /rate` with `{ visitorsPerMinute }`. */
export async function startShoppers(config: Config, logger: Logger): Promise<Running> {
  const tally = createTally()
  const population = new Population({ ...config, url: new URL(config.url).origin, tally, logger })
  const app = new Hono()
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    .get('/counters', (c) => c.json(tally.read()))
    .put('/rate', async (c) => {
      const parsed = rateRequest.safeParse(await c.req.json().catch(() => undefined))
      if (!parsed.success) return c.json({ error: 'a rate is { visitorsPerMinute }' }, 400)
      population.setRate(parsed.data.visitorsPerMinute)
      return c.json(parsed.data)
    })
  const server = await listen(app, '127.0.0.1', config.port)
  const stop = async () => {
    await population.stop()
    await server.close()
    process.stdout.write(`${JSON.stringify({ counters: tally.read() })}\n`)
  }
  const isBounded = config.durationSeconds > 0
  const finished = isBounded ? { finished: wait(config.durationSeconds * 1_000, undefined, { ref: false }) } : {}
  return { ports: { http: server.port }, stop, ...finished }
}
