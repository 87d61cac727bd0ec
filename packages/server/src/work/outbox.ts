import type { Notice } from '@headgate/core/ports'
import type { Db } from '../db/index.ts'
import { claimNotices, failNotice, settleNotice, type ClaimedNotice } from './outbox-store.ts'

export interface OutboxOptions {
  readonly db: Db
  readonly now: () => number
  /** 0..1, for the jitter of repeats. */
  readonly random: () => number
  /** Throws when the other side did not accept. */
  readonly send: (notice: Notice, signal: AbortSignal) => Promise<void>
  /** Hears of a message that failed; `dead` when it will not be tried again. */
  readonly onFailure: (notice: Notice, error: unknown, dead: boolean) => void
}

const batchSize = 20
const claimMs = 60_000
/** Longer than any adapter's own timeout; a claim must outlive it. */
const sendTimeoutMs = 20_000
/** The waits add up to a little over an hour: long enough for a receiver's outage, and then somebody must look. */
const attemptsLimit = 12

/** The wait after the given attempt: doubling from 1 s to 15 min, plus up to half of it at random. */
export function repeatDelayMs(attempts: number, random: number): number {
  const base = Math.min(1_000 * 2 ** (attempts - 1), 15 * 60_000)
  return Math.round(base * (1 + random / 2))
}

/** Sends what is due, up to one batch, and returns how many messages it took; call again while that is not 0. */
export async function deliverDueNotices(options: OutboxOptions, signal: AbortSignal): Promise<number> {
  const at = options.now()
  const claimed = await claimNotices(options.db, {
    at: new Date(at),
    claimedUntil: new Date(at + claimMs),
    limit: batchSize,
  })
  await Promise.all(claimed.map((notice) => deliver(options, notice, signal)))
  return claimed.length
}

async function deliver(options: OutboxOptions, notice: ClaimedNotice, signal: AbortSignal): Promise<void> {
  try {
    await options.send(notice, AbortSignal.any([signal, AbortSignal.timeout(sendTimeoutMs)]))
  } catch (error) {
    const dead = notice.attempts >= attemptsLimit
    const at = options.now()
    const again = dead ? undefined : new Date(at + repeatDelayMs(notice.attempts, options.random()))
    options.onFailure(notice, error, dead)
    await failNotice(options.db, notice.row, { at: new Date(at), error: messageOf(error), again })
    return
  }
  await settleNotice(options.db, notice.row, new Date(options.now()))
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500)
}
