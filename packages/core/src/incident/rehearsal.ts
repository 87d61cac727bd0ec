import { foldRecord, type EvidenceRecord } from '../gate/backtest/record.ts'
import { evidenceContext, type EvidenceContext } from '../gate/context.ts'
import type { Criterion } from '../gate/criterion.ts'
import { openEvidence } from '../gate/observe.ts'
import type { Instant } from '../model/time.ts'
import { inheritLessons } from './inherit.ts'
import { asLesson, type RecordedRelease } from './trail.ts'

/** How one criterion would have done in a stage that was left, or is the last. */
export interface RehearsedStage {
  readonly stage: number
  readonly from: Instant
  /** When all of its pass tests were through; absent = it would have kept the stage from being raised. */
  readonly passedAt?: Instant
}

/** A release played again with one criterion more, exactly as it would have run with it. */
export interface Rehearsal {
  add(record: EvidenceRecord): void
  /** When it would have stopped. */
  stoppedAt(): Instant | undefined
  stages(): readonly RehearsedStage[]
}

export function createRehearsal({ plan, model }: RecordedRelease, criterion: Criterion): Rehearsal {
  const context: EvidenceContext = evidenceContext(inheritLessons(plan, [asLesson(criterion)]), model)
  const stages: RehearsedStage[] = []
  let state = openEvidence(context)
  return {
    add(record) {
      const before = state.stage
      state = foldRecord(context, state, record)
      if (state.stage !== undefined && state.stage.index !== before?.index) {
        stages.push({ stage: state.stage.index, from: state.stage.at })
      }
      const own = state.criteria[criterion.id]
      const last = stages.at(-1)
      if (last === undefined) return
      const { passedAt: _, ...open } = last
      stages[stages.length - 1] = own?.passed === undefined ? open : { ...open, passedAt: own.passed.at }
    },
    stoppedAt: () => state.criteria[criterion.id]?.stopped?.at,
    stages: () => stages,
  }
}
