import { HeadgateError } from '@headgate/core/model'
import { sql, type Selectable } from 'kysely'
import type { Db, Tables, Tx } from '../db/index.ts'
import { hashOfModel, parseModelVersion, type ModelTexts, type ModelVersion } from './model-version.ts'

const modelLock = 4_841_170_011

/** One application of a model at a time; held until the transaction ends. */
export async function lockModel(tx: Tx): Promise<void> {
  await sql`select pg_catalog.pg_advisory_xact_lock(${modelLock})`.execute(tx)
}

/** Versions are never changed, so the few that are in use are read and parsed once per process. */
export interface ModelStore {
  /** The version in force, or undefined before the first. */
  latest(tx: Tx | Db): Promise<ModelVersion | undefined>
  /** @throws HeadgateError `NOT_FOUND` */
  version(tx: Tx | Db, version: number): Promise<ModelVersion>
  /** The first version with a hash. @throws HeadgateError `NOT_FOUND` */
  find(tx: Tx | Db, hash: string): Promise<ModelVersion>
  insert(tx: Tx, texts: ModelTexts, applied: { readonly at: number; readonly by: string }): Promise<ModelVersion>
}

const keptVersions = 50

export function createModelStore(): ModelStore {
  const known = new Map<string, ModelVersion>()

  /** Found by content as well as by number: a transaction that rolled back leaves its number to another version. */
  async function read(tx: Tx | Db, row: VersionKey): Promise<ModelVersion> {
    const key = `${row.version} ${row.hash} ${row.applied_at.getTime()}`
    const found = known.get(key) ?? (await readVersion(tx, row.version))
    known.set(key, found)
    const oldest = known.size > keptVersions ? known.keys().next().value : undefined
    if (oldest !== undefined) known.delete(oldest)
    return found
  }

  return {
    async version(tx, version) {
      const [key] = await versionKeys(tx).where('model_version.version', '=', version).execute()
      return key === undefined ? readVersion(tx, version) : read(tx, key)
    },
    async find(tx, hash) {
      const [key] = await versionKeys(tx, 'asc').where('model_version.hash', '=', hash).execute()
      if (key === undefined)
        throw new HeadgateError('NOT_FOUND', `No version of the operating model has the hash ${hash}`)
      return read(tx, key)
    },
    async latest(tx) {
      const [key] = await versionKeys(tx).execute()
      return key && read(tx, key)
    },
    async insert(tx, texts, { at, by }) {
      const [latest] = await versionKeys(tx).execute()
      const version = (latest?.version ?? 0) + 1
      const hash = hashOfModel(texts)
      await tx
        .insertInto('model_version')
        .values({ version, ...texts, hash, applied_at: new Date(at), applied_by: by })
        .execute()
      return parseModelVersion({ ...texts, hash, version, appliedAt: at, appliedBy: by })
    },
  }
}

type VersionKey = Pick<Selectable<Tables['model_version']>, 'version' | 'hash' | 'applied_at'>

function versionKeys(tx: Tx | Db, order: 'asc' | 'desc' = 'desc') {
  return tx
    .selectFrom('model_version')
    .select(['model_version.version', 'model_version.hash', 'model_version.applied_at'])
    .orderBy('model_version.version', order)
    .limit(1)
}

/** Always from the database, for those who verify it. @throws HeadgateError `NOT_FOUND`, `INTERNAL` when altered */
export async function readVersion(tx: Tx | Db, version: number): Promise<ModelVersion> {
  const row = await tx
    .selectFrom('model_version')
    .select([
      'model_version.files',
      'model_version.content',
      'model_version.findings',
      'model_version.hash',
      'model_version.applied_at',
      'model_version.applied_by',
    ])
    .where('model_version.version', '=', version)
    .executeTakeFirst()
  if (row === undefined) throw new HeadgateError('NOT_FOUND', `There is no version ${version} of the operating model`)
  const { files, content, findings, hash } = row
  return parseModelVersion({
    version,
    files,
    content,
    findings,
    hash,
    appliedAt: row.applied_at.getTime(),
    appliedBy: row.applied_by,
  })
}
