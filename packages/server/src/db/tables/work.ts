import type { Generated } from 'kysely'

/** A message to people on its way out. */
interface OutboxTable {
  id: Generated<number>
  notice_id: string
  recipient: string
  topic: string
  subject: string
  message: string
  url: string | null
  state: 'waiting' | 'sent' | 'dead'
  attempts: number
  created_at: Date
  due_at: Date
  settled_at: Date | null
  last_error: string | null
}

export interface WorkTables {
  outbox: OutboxTable
}
