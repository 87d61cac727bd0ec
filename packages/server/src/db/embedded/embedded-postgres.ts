import { setTimeout as delay } from 'node:timers/promises'
import { HeadgateError } from '@headgate/core/model'
import { Client, DatabaseError, escapeIdentifier } from 'pg'
import { chooseAccount } from './account.ts'
import { ensureCluster, superuser } from './cluster.ts'
import { choosePlace, type Place } from './place.ts'
import {
  findFreePort,
  findPostmaster,
  removeStalePidFile,
  spawnPostmaster,
  stopPostmaster,
  type Postmaster,
} from './postmaster.ts'

export interface EmbeddedPostgresOptions {
  /** Folder of this Headgate's data; the database lives in its subfolder `postgres`, if its user can enter that. */
  readonly dataDir: string
  /** Database to create and connect to. */
  readonly database?: string
  /** Loopback port; any free one by default. A PostgreSQL that already runs on the folder keeps its own. */
  readonly port?: number
  /** PostgreSQL settings beside the defaults, e.g. `{ fsync: 'off' }` for tests. */
  readonly settings?: Readonly<Record<string, string>>
  /** Hears what an operator should know: unusual places, restarts. */
  readonly onNotice?: (text: string) => void
  readonly startTimeoutMs?: number
}

export interface EmbeddedPostgres {
  /** Connection string of the database, with the generated password. */
  readonly url: string
  /** Where the files are. */
  readonly location: string
  /** Process id of the postmaster in use now. */
  readonly pid: () => number
  urlOf(database: string): string
  /** Lets go of PostgreSQL, and stops it unless another process still uses it. Safe to call twice. */
  stop(): Promise<void>
}

/** Users of a cluster share this advisory lock of database `postgres`; who gets it alone may stop the postmaster. */
const usersLock = 4_841_170_001
const restartPauseMs = 200

/**
 * Starts the PostgreSQL of a data folder, or joins the one that runs there already: left behind by a killed server, or used
 * by another. A PostgreSQL that dies is started again for as long as this handle is open. It listens on loopback only and
 * asks for a generated password.
 *
 * @throws HeadgateError `UNAVAILABLE` with PostgreSQL's own words when it does not start
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const onNotice = options.onNotice ?? (() => undefined)
  const place = choosePlace(options.dataDir, chooseAccount(), onNotice)
  const session = new UserSession(place, ensureCluster(place), { ...options, onNotice })
  await session.open()
  const database = options.database ?? 'headgate'
  await session.createDatabase(database)
  return {
    url: session.urlOf(database),
    location: place.root,
    pid: () => session.postmaster.pid,
    urlOf: (name) => session.urlOf(name),
    stop: () => session.close(),
  }
}

/** One process's claim on a running postmaster: a connection that holds {@link usersLock} for as long as it is needed. */
class UserSession {
  readonly #place: Place
  readonly #password: string
  readonly #options: EmbeddedPostgresOptions & { readonly onNotice: (text: string) => void }
  #postmaster: Postmaster | undefined
  #client: Client | undefined
  #closing: Promise<void> | undefined

  constructor(
    place: Place,
    password: string,
    options: EmbeddedPostgresOptions & { readonly onNotice: (text: string) => void },
  ) {
    this.#place = place
    this.#password = password
    this.#options = options
  }

  get postmaster(): Postmaster {
    if (this.#postmaster === undefined) throw new HeadgateError('UNAVAILABLE', 'The embedded PostgreSQL is not running')
    return this.#postmaster
  }

  urlOf(database: string): string {
    return `postgres://${superuser}:${this.#password}@127.0.0.1:${this.postmaster.port}/${encodeURIComponent(database)}`
  }

  /** Joins or starts the postmaster. Ends at the deadline at the latest. */
  async open(): Promise<void> {
    const deadline = performance.now() + (this.#options.startTimeoutMs ?? 60_000)
    let failure = 'no answer'
    while (performance.now() < deadline) {
      const running = findPostmaster(this.#place)
      const problem = running ? await this.#join(running) : await this.#start()
      if (problem === undefined) return
      failure = problem
      await delay(50)
    }
    throw new HeadgateError('UNAVAILABLE', `PostgreSQL in ${this.#place.root} does not start: ${failure}`)
  }

  async createDatabase(name: string): Promise<void> {
    const known = await this.#client?.query('select 1 from pg_catalog.pg_database where datname = $1', [name])
    if (known?.rowCount === 1) return
    try {
      await this.#client?.query(`create database ${escapeIdentifier(name)}`)
    } catch (error) {
      // 42P04, 23505: a second server created it in the same moment.
      if (!(error instanceof DatabaseError) || !['42P04', '23505'].includes(error.code ?? '')) throw error
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #join(running: Postmaster): Promise<string | undefined> {
    const client = new Client({
      host: '127.0.0.1',
      port: running.port,
      user: superuser,
      password: this.#password,
      database: 'postgres',
      application_name: 'headgate embedded',
      connectionTimeoutMillis: 5_000,
    })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.query('select pg_catalog.pg_advisory_lock_shared($1)', [usersLock])
    } catch (error) {
      await client.end().catch(() => undefined)
      return error instanceof Error ? error.message : String(error)
    }
    this.#client = client
    this.#postmaster = running
    client.once('end', () => this.#reopen(client))
    return undefined
  }

  /** Starts a postmaster and waits until its pid file names it; joining is the next round of {@link open}. */
  async #start(): Promise<string | undefined> {
    removeStalePidFile(this.#place)
    const port = this.#postmaster?.port ?? this.#options.port ?? (await findFreePort())
    const child = spawnPostmaster(this.#place, port, this.#options.settings ?? {})
    // Ends when the postmaster shows up or exits; it does one of the two.
    while (child.hasEnded() === undefined && findPostmaster(this.#place) === undefined) await delay(20)
    return child.hasEnded() ?? 'starting'
  }

  /** The connection broke though nobody closed it: PostgreSQL went away. Starts or joins it again until close. */
  #reopen(lost: Client): void {
    if (this.#client !== lost || this.#closing) return
    this.#client = undefined
    this.#options.onNotice('lost the embedded PostgreSQL; starting it again')
    void this.#openAgain()
  }

  async #openAgain(): Promise<void> {
    // Ends with success or with close().
    while (!this.#closing && this.#client === undefined) {
      try {
        await this.open()
      } catch (error) {
        this.#options.onNotice(error instanceof Error ? error.message : String(error))
        await delay(restartPauseMs)
      }
    }
    if (this.#closing) await this.#release()
  }

  async #close(): Promise<void> {
    await this.#release()
  }

  async #release(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    if (client === undefined) return
    try {
      // The lock is kept until the postmaster is gone: a server that starts now waits for it, then starts its own.
      if (await isLastUser(client)) await stopPostmaster(this.postmaster)
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}

/** Gives up this process's share of PostgreSQL; true when nobody else has one. False when PostgreSQL is gone, and its locks with it. */
async function isLastUser(client: Client): Promise<boolean> {
  try {
    await client.query('select pg_catalog.pg_advisory_unlock_shared($1)', [usersLock])
    const { rows } = await client.query<{ alone: boolean }>('select pg_catalog.pg_try_advisory_lock($1) as alone', [
      usersLock,
    ])
    return rows[0]?.alone === true
  } catch {
    return false
  }
}
