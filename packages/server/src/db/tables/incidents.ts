interface IncidentTable {
  id: string
  release: string
  event_seq: number
  status: 'draft' | 'open' | 'closed'
  flows: string[]
  draft: string
  opened_at: Date
  stop_in_effect_at: Date | null
  closed_at: Date | null
  closed_by: string | null
  closed_reason: string | null
}

export interface IncidentTables {
  incident: IncidentTable
}
