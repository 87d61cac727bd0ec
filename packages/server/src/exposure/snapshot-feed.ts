import type { Db, Notifications } from '../db/index.ts'
import { latestSnapshot, type StoredSnapshot } from './snapshot-store.ts'

/** The newest snapshot, kept in memory for all long polls of the process. */
export interface SnapshotFeed {
  /** The first snapshot newer than `after`, or undefined when there is none until `signal` aborts. */
  newerThan(after: number, signal: AbortSignal): Promise<StoredSnapshot | undefined>
  latest(): StoredSnapshot | undefined
  close(): Promise<void>
}

/** One query per publication and process, however many gateways wait; besides a look now and then, should a notice get lost. */
export function createSnapshotFeed(db: Db, notifications: Notifications, slowPollMs = 1_000): SnapshotFeed {
  const waiting = new Set<() => void>()
  let latest: StoredSnapshot | undefined
  let looking: Promise<void> | undefined
  let lookAgain = false

  async function look(): Promise<void> {
    do {
      lookAgain = false
      const found = await latestSnapshot(db).catch(() => undefined)
      if (found && found.version > (latest?.version ?? 0)) {
        latest = found
        for (const wake of waiting) wake()
      }
      // Ends when no notice came while the last query ran.
    } while (lookAgain)
    looking = undefined
  }

  /** One query at a time; a notice during a query leads to one more, because the query may have missed it. */
  function refresh(): Promise<void> {
    lookAgain = true
    looking ??= look()
    return looking
  }

  const unsubscribe = notifications.subscribe('snapshot', () => void refresh())
  const timer = setInterval(() => void refresh(), slowPollMs)
  timer.unref()

  return {
    latest: () => latest,
    async newerThan(after, signal) {
      if (latest === undefined || !notifications.isConnected()) await refresh()
      // Ends with a newer version or with the signal.
      while (!signal.aborted) {
        if (latest !== undefined && latest.version > after) return latest
        await nextWake(waiting, signal)
      }
      return undefined
    },
    async close() {
      clearInterval(timer)
      unsubscribe()
      await looking
    },
  }
}

function nextWake(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      waiting.delete(wake)
      signal.removeEventListener('abort', wake)
      resolve()
    }
    waiting.add(wake)
    signal.addEventListener('abort', wake, { once: true })
    if (signal.aborted) wake()
  })
}
