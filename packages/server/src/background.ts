import type { Logger } from 'pino'
import type { Channel, Notifications } from './db/index.ts'
import type { ReadinessCheck } from './http/index.ts'
import { startLoop, type Loop } from './work/index.ts'

/** Something that is done again and again beside the API. Any number of processes may do it side by side. */
export interface BackgroundWork {
  readonly name: string
  readonly everyMs: number
  /** One round; true when there is more to do at once. */
  readonly round: (signal: AbortSignal) => Promise<boolean | void>
  /** Notices that end the rest early. */
  readonly wakeOn?: readonly Channel[]
}

export interface Background {
  readonly readiness: ReadinessCheck
  /** Lets the running rounds come to their end. */
  stop(): Promise<void>
}

export interface BackgroundOptions {
  readonly notifications: Notifications
  readonly now: () => number
  readonly log: Logger
}

/** Not a judgement of speed: rounds that have not ended well for so many of their intervals do not end well at all. */
const overdueIntervals = 10
const overdueAtLeastMs = 30_000

export function startBackground(works: readonly BackgroundWork[], options: BackgroundOptions): Background {
  const { notifications, now, log } = options
  const startedAt = now()
  const onError = (name: string, error: unknown): void =>
    log.error({ err: error, work: name }, 'background work failed')
  const running = works.map((work) => ({ work, loop: startLoop({ ...work, onError }, now) }))
  const unsubscribe = running.flatMap(({ work, loop }) =>
    (work.wakeOn ?? []).map((channel) => notifications.subscribe(channel, () => loop.wake())),
  )
  const overdue = ({ work, loop }: { work: BackgroundWork; loop: Loop }): boolean =>
    now() - (loop.lastRoundAt() ?? startedAt) > Math.max(overdueAtLeastMs, work.everyMs * overdueIntervals)
  return {
    readiness: {
      name: 'work',
      problem() {
        const stuck = running.filter(overdue).map(({ work }) => work.name)
        return stuck.length === 0 ? undefined : `no round has ended well lately: ${stuck.join(', ')}`
      },
    },
    async stop() {
      for (const leave of unsubscribe) leave()
      await Promise.all(running.map(({ loop }) => loop.stop()))
    },
  }
}
