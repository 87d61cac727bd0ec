import type { Notice } from '@headgate/core/ports'
import { notify, type Db, type Tx } from '../db/index.ts'

export interface ClaimedNotice extends Notice {
  readonly row: number
  /** This attempt included. */
  readonly attempts: number
}

/** Queues messages in the caller's transaction. A notice of the same id is queued once, however often that is asked. */
export async function queueNotices(tx: Tx, notices: readonly Notice[], at: Date): Promise<void> {
  if (notices.length === 0) return
  await tx
    .insertInto('outbox')
    .values(
      notices.map((notice) => ({
        notice_id: notice.id,
        recipient: notice.to,
        topic: notice.topic,
        subject: notice.subject,
        message: notice.message,
        url: notice.url ?? null,
        state: 'waiting' as const,
        attempts: 0,
        created_at: at,
        due_at: at,
        settled_at: null,
        last_error: null,
      })),
    )
    .onConflict((conflict) => conflict.column('notice_id').doNothing())
    .execute()
  await notify(tx, 'outbox', '')
}

/**
 * Claims up to `limit` due messages until `claimedUntil`. `skip locked` lets many workers poll side by side; a claim that
 * runs out is taken over, so a message may be sent twice when its sender died in between: the id tells the receiver.
 */
export async function claimNotices(
  db: Db,
  claim: { readonly at: Date; readonly claimedUntil: Date; readonly limit: number },
): Promise<readonly ClaimedNotice[]> {
  const rows = await db
    .updateTable('outbox')
    .set((eb) => ({ due_at: claim.claimedUntil, attempts: eb('outbox.attempts', '+', 1) }))
    .where('outbox.id', 'in', (eb) =>
      eb
        .selectFrom('outbox as due')
        .select('due.id')
        .where('due.state', '=', 'waiting')
        .where('due.due_at', '<=', claim.at)
        .orderBy('due.due_at')
        .limit(claim.limit)
        .forUpdate()
        .skipLocked(),
    )
    .returning([
      'outbox.id',
      'outbox.notice_id',
      'outbox.recipient',
      'outbox.topic',
      'outbox.subject',
      'outbox.message',
      'outbox.url',
      'outbox.attempts',
    ])
    .execute()
  return rows.map((row) => ({
    row: row.id,
    attempts: row.attempts,
    id: row.notice_id,
    to: row.recipient,
    topic: row.topic,
    subject: row.subject,
    message: row.message,
    ...(row.url === null ? {} : { url: row.url }),
  }))
}

export async function settleNotice(db: Db, row: number, at: Date): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ state: 'sent', settled_at: at, last_error: null })
    .where('outbox.id', '=', row)
    .execute()
}

/** `again` is when the next attempt is due; absent when there is none left. */
export async function failNotice(
  db: Db,
  row: number,
  failure: { readonly at: Date; readonly error: string; readonly again: Date | undefined },
): Promise<void> {
  await db
    .updateTable('outbox')
    .set(
      failure.again === undefined
        ? { state: 'dead', settled_at: failure.at, last_error: failure.error }
        : { due_at: failure.again, last_error: failure.error },
    )
    .where('outbox.id', '=', row)
    .where('outbox.state', '=', 'waiting')
    .execute()
}

export async function countNotices(db: Db): Promise<{ readonly waiting: number; readonly dead: number }> {
  const rows = await db
    .selectFrom('outbox')
    .select((eb) => ['outbox.state', eb.fn.countAll<number>().as('count')])
    .where('outbox.state', '<>', 'sent')
    .groupBy('outbox.state')
    .execute()
  const of = (state: string): number => rows.find((row) => row.state === state)?.count ?? 0
  return { waiting: of('waiting'), dead: of('dead') }
}

/** Sent messages older than `before` are forgotten; dead ones stay. */
export async function pruneNotices(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('outbox').where('outbox.state', '=', 'sent').where('outbox.settled_at', '<', before).execute()
}
