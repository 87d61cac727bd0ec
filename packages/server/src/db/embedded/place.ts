import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { HeadgateError } from '@headgate/core/model'
import { writeOnce } from '../../write-once.ts'
import { mayEnter, mayRun, type Account } from './account.ts'
import { binariesBelow, findBinaries, type Binaries } from './binaries.ts'

/** Where one embedded PostgreSQL lives and which programs and user run it. */
export interface Place {
  /** Holds `cluster` (the PostgreSQL data directory), `password` and `start.log`. */
  readonly root: string
  readonly cluster: string
  readonly passwordFile: string
  readonly startLog: string
  readonly binaries: Binaries
  readonly account: Account | undefined
}

/** Used when root's own folders (e.g. /root, mode 700) are closed to the user that PostgreSQL runs as. */
const systemFolder = '/var/lib/headgate'

/** Decides where the database lives; says so through `onNotice` when that is not inside `dataDir`. */
export function choosePlace(dataDir: string, account: Account | undefined, onNotice: (text: string) => void): Place {
  const root = chooseRoot(path.resolve(dataDir), account, onNotice)
  return {
    root,
    cluster: path.join(root, 'cluster'),
    passwordFile: path.join(root, 'password'),
    startLog: path.join(root, 'start.log'),
    binaries: chooseBinaries(account, onNotice),
    account,
  }
}

function chooseRoot(dataDir: string, account: Account | undefined, onNotice: (text: string) => void): string {
  mkdirSync(dataDir, { recursive: true, mode: account ? 0o711 : 0o700 })
  const real = realpathSync(dataDir)
  if (mayEnter(account, real)) return path.join(real, 'postgres')
  // Drawn once and kept in the data folder: who deletes that starts afresh instead of meeting an old database again.
  const elsewhere = writeOnce(path.join(real, 'postgres-location'), drawFolder)
  mkdirSync(elsewhere, { recursive: true, mode: 0o711 })
  onNotice(`user ${account?.name} cannot enter ${real}: the database of this data folder lives in ${elsewhere}`)
  return path.join(elsewhere, 'postgres')
}

function drawFolder(): string {
  return path.join(systemFolder, randomBytes(8).toString('hex'))
}

function chooseBinaries(account: Account | undefined, onNotice: (text: string) => void): Binaries {
  const installed = findBinaries()
  if (mayRun(account, installed.postgres)) return installed
  const build = readFileSync(path.join(installed.root, '..', 'package.json'))
  const copy = path.join(systemFolder, `postgresql-${createHash('sha256').update(build).digest('hex').slice(0, 16)}`)
  if (!existsSync(copy)) {
    onNotice(`user ${account?.name ?? 'you'} cannot run ${installed.postgres}: copying PostgreSQL to ${copy}`)
    copyWhole(installed.root, copy)
  }
  const binaries = binariesBelow(copy)
  if (mayRun(account, binaries.postgres)) return binaries
  throw new HeadgateError(
    'UNAVAILABLE',
    `The embedded PostgreSQL (${installed.postgres}) does not run on this system. Set DATABASE_URL to a PostgreSQL of your own.`,
  )
}

/** The copy appears under its name only when it is complete, so that a crash or a second process sees all or nothing. */
function copyWhole(from: string, to: string): void {
  const unfinished = `${to}.${randomBytes(6).toString('hex')}`
  mkdirSync(path.dirname(to), { recursive: true, mode: 0o711 })
  cpSync(from, unfinished, { recursive: true, verbatimSymlinks: true })
  chmodSync(unfinished, 0o755)
  try {
    renameSync(unfinished, to)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    if (!existsSync(to)) throw error
  }
}
