interface ModelVersionTable {
  version: number
  files: string
  content: string
  findings: string
  hash: string
  applied_at: Date
  applied_by: string
}

export interface ModelTables {
  model_version: ModelVersionTable
}
