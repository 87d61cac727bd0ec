import { startEmbeddedPostgres } from '@headgate/server/embedded-postgres'
import { z } from 'zod'
import { runService } from '../service/process.ts'
import { commonConfig } from '../service/config.ts'

/**
 * Keeps the lab's PostgreSQL running for the shop, in the same cluster that `headgate serve` uses: the server may be killed
 * and come back without the shop losing its database. Ends with its parent, and the cluster with its last user.
 */
await runService(
  'postgres',
  { ...commonConfig, dataDir: z.string().min(1).describe('data folder of the server') },
  async ({ dataDir }, logger) => {
    const postgres = await startEmbeddedPostgres({
      dataDir,
      database: 'shop',
      // The data folder is thrown away with the lab: a process may be killed at any time, the machine is not.
      settings: { fsync: 'off', full_page_writes: 'off' },
      onNotice: (text) => logger.warn(text),
    })
    return {
      ports: { http: Number(new URL(postgres.url).port) },
      details: { databaseUrl: postgres.url },
      stop: () => postgres.stop(),
    }
  },
)
