import { logSumExp } from '../stats/index.ts'
import type { EvidenceState, PassTest } from './state.ts'

/** Key of the test over everything a criterion watches; tests of single paths have the path's id. */
export const wholeTest = ''

/** One pass test as the judge needs it. */
export interface PassView {
  readonly test: string
  /** Units of the stage that were bet on. */
  readonly control: number
  readonly candidate: number
  /** Candidate units that started in the stage, and those of them that will still be bet on. */
  readonly started: number
  readonly pending: number
  /** Candidate units that are certainly different visitors; the criterion's minimum counts these. */
  readonly distinct: number
  /** Expected growth of ln evidence per candidate unit when the candidate is as good as the control; asked for while it is open. */
  readonly growth: () => number
  readonly log: number
  readonly hasReached: boolean
}

export function viewOf(
  state: EvidenceState,
  criterion: string,
  test: string,
  units: Omit<PassView, 'test' | 'log' | 'hasReached'>,
): PassView {
  const own = state.criteria[criterion]?.tests[test]
  const evidence =
    own === undefined ? { log: 0, hasReached: false } : { log: passLog(own), hasReached: own.reached !== undefined }
  return { test, ...units, ...evidence }
}

/** ln of a test's evidence: the average over its alternatives. */
export function passLog(test: PassTest): number {
  if (test.logs.length === 1) return test.logs[0] ?? 0
  return test.logs.length === 0 ? 0 : logSumExp(test.logs) - Math.log(test.logs.length)
}
