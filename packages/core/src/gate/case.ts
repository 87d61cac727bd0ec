import type { Instant } from '../model/time.ts'
import type { EvidenceContext } from './context.ts'
import type { ArmCriterion, Criterion } from './criterion.ts'
import type { EvidenceState } from './state.ts'
import type { CriterionVerdict } from './verdict.ts'

/** One criterion under judgement. */
export interface Case<Own extends Criterion = Criterion> {
  readonly context: EvidenceContext
  readonly state: EvidenceState
  readonly stageIndex: number
  /** Never before the last frame. */
  readonly at: Instant
  readonly criterion: Own
  readonly owner: string
}

export type ArmCase = Case<ArmCriterion>

/** What a verdict says; the rest of it says about what. */
export type Finding = Pick<CriterionVerdict, 'kind' | 'reason'> & Partial<Pick<CriterionVerdict, 'needs' | 'where'>>
