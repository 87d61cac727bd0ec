import { z } from 'zod'
import { commonConfig, readConfig } from '../service/config.ts'
import { createLogger } from '../service/logger.ts'
import { dropShop, migrate } from './migrate.ts'
import { openDatabase } from './pool.ts'
import { seedShop } from './seed.ts'

/** `node src/database/main.ts`: bring the shop's schemas up to date and fill them once. */
const config = {
  logLevel: commonConfig.logLevel,
  databaseUrl: z.url().describe('PostgreSQL of the shop'),
  seed: z.coerce.number().int().default(7).describe('seed of the catalogue'),
  reset: z.stringbool().default(false).describe('drop everything first'),
}

const read = readConfig(config, process.argv.slice(2), process.env)
if (read.kind === 'text') {
  process.stderr.write(read.text)
  process.exitCode = read.exitCode
} else {
  const { databaseUrl, seed, reset, logLevel } = read.config
  const database = openDatabase(databaseUrl, createLogger({ service: 'database', level: logLevel }))
  if (reset) await dropShop(database)
  const applied = await migrate(database)
  const seeded = await seedShop(database, seed)
  await database.end()
  process.stdout.write(`${JSON.stringify({ ready: 'database', applied, seeded })}\n`)
}
