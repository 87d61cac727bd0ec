import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startEmbeddedPostgres } from '@headgate/server/embedded-postgres'
import { migrate, openDatabase } from '@headgate/server/database'
import type { TestProject } from 'vitest/node'
import { templateName } from './test-database.ts'

/** Nothing of a test database needs to survive a crash of the machine. */
const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' }

/** Vitest global setup: one PostgreSQL for the whole run, and one migrated template that each test file clones. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'headgate-test-'))
  // The user that PostgreSQL runs as must be able to pass.
  chmodSync(dataDir, 0o711)
  const postgres = await startEmbeddedPostgres({ dataDir, settings, database: templateName })
  const template = openDatabase({ url: postgres.urlOf(templateName) })
  await migrate(template.connection)
  await template.close()
  project.provide('postgresUrl', postgres.urlOf('postgres'))
  return async () => {
    await postgres.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}
