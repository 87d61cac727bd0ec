import { sql } from 'kysely'
import type { Db } from './database.ts'
import type { AppliedMigration, Migration } from './migrations.ts'

/**
 * What keeps this process from working with the database's schema, or undefined. A newer server may already have expanded
 * it, that is what expanding is for; once it contracted, this version cannot go on.
 */
export async function schemaProblem(db: Db, known: readonly Migration[]): Promise<string | undefined> {
  const applied = await sql<AppliedMigration>`
    select migration.number, migration.name, migration.kind, migration.sha256 from migration
  `.execute(db)
  const appliedNumbers = new Set(applied.rows.map((row) => row.number))
  const missing = known.find((migration) => !appliedNumbers.has(migration.number))
  if (missing) return `migration ${missing.name} is not applied`
  const knownNumbers = new Set(known.map((migration) => migration.number))
  const contracted = applied.rows.find((row) => row.kind === 'contract' && !knownNumbers.has(row.number))
  if (contracted) return `a newer Headgate has contracted the schema (${contracted.name}); start that version`
  return undefined
}
