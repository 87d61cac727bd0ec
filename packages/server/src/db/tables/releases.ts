import type { ReleasePhase } from '@headgate/core/release'

interface ReleaseTable {
  id: string
  /** Number of the last event. */
  revision: number
  phase: ReleasePhase
  /** Canonical JSON of the folded state. */
  state: string
  event_head: string
  model_version: number
  plan_hash: string
  changed_at: Date
  exposure_version: number | null
}

/** A link of a hash chain; `text` is canonical JSON. */
interface ChainTable {
  release: string
  seq: number
  text: string
  hash: string
}

interface ReleaseEvidenceTable {
  release: string
  /** Null while the release needs no tick. */
  due_at: Date | null
  tick_ms: number
  claim: string | null
  claimed_until: Date | null
  frame_seq: number
  frame_head: string
  state: string | null
  verdict: string | null
  evidence_hash: string
  judged_at: Date | null
}

export interface ReleaseTables {
  release: ReleaseTable
  release_event: ChainTable
  evidence_frame: ChainTable
  release_evidence: ReleaseEvidenceTable
}
