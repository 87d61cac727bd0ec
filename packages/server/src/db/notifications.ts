import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import { Client, type ClientConfig } from 'pg'
import type { Db, Tx } from './database.ts'

/** What processes tell each other through PostgreSQL. A notice is a hint to look again; it carries no facts to rely on. */
export type Channel = 'snapshot' | 'gateway' | 'release' | 'incident' | 'outbox'

type Listener = (payload: string) => void

export interface Notifications {
  /** Calls `listener` for each notice, and with '' whenever notices may have been missed. Returns the way out. */
  subscribe(channel: Channel, listener: Listener): () => void
  isConnected(): boolean
  close(): Promise<void>
}

/** Delivered when and if the transaction commits. */
export async function notify(tx: Tx | Db, channel: Channel, payload: string): Promise<void> {
  await sql`select pg_catalog.pg_notify(${pgChannel(channel)}, ${payload})`.execute(tx)
}

const channels: readonly Channel[] = ['snapshot', 'gateway', 'release', 'incident', 'outbox']
const pgChannel = (channel: Channel): string => `headgate_${channel}`

/** Listens on one connection of its own, which is opened again for as long as it takes; each time all listeners are woken. */
export function listenForNotifications(connection: ClientConfig, retryMs = 250): Notifications {
  const listeners = new Map<Channel, Set<Listener>>(channels.map((channel) => [channel, new Set()]))
  const closing = new AbortController()
  let connected = false
  let current: Client | undefined

  const wake = (channel: Channel, payload: string): void => {
    for (const listener of listeners.get(channel) ?? []) listener(payload)
  }

  /** Settles when the connection ends. */
  async function listenOnce(): Promise<void> {
    const client = new Client({ ...connection, application_name: 'headgate notifications' })
    current = client
    const ended = new Promise<void>((resolve) => {
      client.once('end', resolve)
      client.on('error', () => undefined)
    })
    client.on('notification', (notice) => {
      const channel = channels.find((name) => pgChannel(name) === notice.channel)
      if (channel) wake(channel, notice.payload ?? '')
    })
    try {
      await client.connect()
      for (const channel of channels) await client.query(`listen ${pgChannel(channel)}`)
      connected = true
      for (const channel of channels) wake(channel, '')
      await ended
    } finally {
      connected = false
      await client.end().catch(() => undefined)
    }
  }

  /** Ends with close(). */
  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      await listenOnce().catch(() => undefined)
      await delay(retryMs, undefined, { signal: closing.signal }).catch(() => undefined)
    }
  }

  const running = run()
  return {
    subscribe(channel, listener) {
      listeners.get(channel)?.add(listener)
      return () => listeners.get(channel)?.delete(listener)
    },
    isConnected: () => connected,
    async close() {
      closing.abort()
      await current?.end().catch(() => undefined)
      await running
    },
  }
}
