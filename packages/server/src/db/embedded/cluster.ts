import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { HeadgateError } from '@headgate/core/model'
import { spawnIdentity } from './account.ts'
import type { Place } from './place.ts'

export const superuser = 'headgate'

/** The password of the database's only user; creates the database files on first use. */
export function ensureCluster(place: Place): string {
  if (!existsSync(path.join(place.cluster, 'PG_VERSION'))) createCluster(place)
  refuseOtherMajor(place)
  return readFileSync(place.passwordFile, 'utf8').trim()
}

/** Built beside its final name and renamed when complete: neither a crash nor a second process leaves half a database. */
function createCluster(place: Place): void {
  const unfinished = `${place.root}.${randomBytes(6).toString('hex')}`
  try {
    mkdirSync(unfinished, { mode: place.account ? 0o711 : 0o700 })
    initialise(place, unfinished)
    renameSync(unfinished, place.root)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    // Another process was first: its database is as good as ours.
    if (!existsSync(path.join(place.cluster, 'PG_VERSION'))) throw error
  }
}

function initialise(place: Place, folder: string): void {
  const cluster = path.join(folder, 'cluster')
  const passwordFile = path.join(folder, 'password')
  mkdirSync(cluster, { mode: 0o700 })
  writeFileSync(passwordFile, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 })
  // initdb must read the password as the other user; afterwards the file belongs to Headgate's user alone.
  if (place.account) {
    chownSync(cluster, place.account.uid, place.account.gid)
    chownSync(passwordFile, place.account.uid, place.account.gid)
  }
  const result = spawnSync(place.binaries.initdb, initdbArguments(cluster, passwordFile), {
    ...spawnIdentity(place.account),
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  })
  if (result.status !== 0) {
    const detail = result.error?.message ?? result.stderr.trim()
    throw new HeadgateError('UNAVAILABLE', `initdb could not create a database in ${place.root}: ${detail}`)
  }
  if (place.account) chownSync(passwordFile, process.getuid?.() ?? 0, process.getgid?.() ?? 0)
  chmodSync(passwordFile, 0o600)
}

function initdbArguments(cluster: string, passwordFile: string): readonly string[] {
  return [
    `--pgdata=${cluster}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Independent of the system's locales: the same order of text on every machine and after every upgrade.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ]
}

function refuseOtherMajor(place: Place): void {
  const found = readFileSync(path.join(place.cluster, 'PG_VERSION'), 'utf8').trim()
  const version = spawnSync(place.binaries.postgres, ['--version'], {
    ...spawnIdentity(place.account),
    encoding: 'utf8',
  }).stdout
  const own = /\) (\d+)/.exec(version)?.[1]
  if (own === found) return
  throw new HeadgateError(
    'UNAVAILABLE',
    `${place.root} was created by PostgreSQL ${found}, but this Headgate brings PostgreSQL ${own}. ` +
      'Dump it with the older Headgate, restore it into a new data folder, or set DATABASE_URL.',
  )
}
