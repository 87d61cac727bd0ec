interface IncidentTable {
  id: string
  release: string
  /** Null where a person reported it. */
  event_seq: number | null
  status: 'draft' | 'open' | 'closed'
  flows: string[]
  draft: string
  opened_at: Date
  stop_in_effect_at: Date | null
  closed_at: Date | null
  closed_by: string | null
  closed_reason: string | null
  lesson: string | null
}

export interface IncidentTables {
  incident: IncidentTable
}
