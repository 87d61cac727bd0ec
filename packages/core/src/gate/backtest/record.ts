import type { Instant } from '../../model/time.ts'
import type { EvidenceContext } from '../context.ts'
import type { EvidenceFrame } from '../evidence.ts'
import { judge } from '../judge.ts'
import { enterStage, observe } from '../observe.ts'
import type { EvidenceState } from '../state.ts'
import type { GateVerdict } from '../verdict.ts'

/** One tick as it is on record: a frame, and what the frame does not know of the release around it. */
export interface EvidenceRecord {
  readonly frame: EvidenceFrame
  /** The stage that was in effect everywhere before the frame, and since when. */
  readonly mark?: { readonly stage: number; readonly at: Instant }
  /** Index of the stage whose gate is judged on the frame; -1 = the entry gate before the start; absent = none. */
  readonly judged?: number
}

/** The evidence after a record: its stage is entered first, then its frame is folded in. */
export function foldRecord(context: EvidenceContext, state: EvidenceState, record: EvidenceRecord): EvidenceState {
  const { mark } = record
  return observe(context, mark === undefined ? state : enterStage(context, state, mark.stage, mark.at), record.frame)
}

/** What the gate says after the record; undefined where it is not judged. */
export function judgeRecord(
  context: EvidenceContext,
  state: EvidenceState,
  record: EvidenceRecord,
): GateVerdict | undefined {
  return record.judged === undefined ? undefined : judge(context, state, record.judged, record.frame.at)
}
