import type { ColumnType } from 'kysely'

/** One run of one gateway, and which of its batches have been counted. */
interface DeltaSourceTable {
  source: string
  principal: string
  gateway: string
  /** Every batch up to this number is settled. */
  watermark: number
  /** Numbers beyond it that have been counted. */
  ahead: number[]
  last_heard_at: Date
}

/** Counts that no frame has taken yet; appended, never updated. Columns that a kind does not have are empty. */
interface PendingCellTable {
  release: string
  kind: 'journey' | 'visit' | 'page' | 'order' | 'item'
  /** Flow of a journey, order or item, route class of a page. */
  subject: string
  path: string
  arm: 'control' | 'candidate'
  share: number
  started_at: number
  /** Currency of an order, kind of an item. */
  outcome: string
  bucket: number
  count: number
  added_at: ColumnType<Date, Date, never>
}

interface TrafficTable {
  gateway: string
  route: string
  arm: 'control' | 'candidate'
  requests: number
  errors: number
  masked: number
  latency_micros: number
}

/** Requests of registered identities. */
interface ExcludedTrafficTable {
  gateway: string
  identity: string
  requests: number
}

interface OutcomeSourceTable {
  source: string
  principal: string
  last_heard_at: Date
}

/** One row per journey and step, whoever reported it first. */
interface OutcomeEventTable {
  release: string
  journey: string
  step: string
  source: string
  event_id: string
  flow: string
  path: string
  arm: 'control' | 'candidate'
  share: number
  started_at: Date | null
  at: Date
  received_at: Date
  amount: number | null
  currency: string | null
}

/** How a journey ended: the first of completed and failed. */
interface JourneyOutcomeTable {
  release: string
  journey: string
  outcome: 'completed' | 'failed'
  at: Date
}

export interface SignalsTables {
  delta_source: DeltaSourceTable
  pending_cell: PendingCellTable
  traffic: TrafficTable
  excluded_traffic: ExcludedTrafficTable
  outcome_source: OutcomeSourceTable
  outcome_event: OutcomeEventTable
  journey_outcome: JourneyOutcomeTable
}
