import { canonicalJson } from '@headgate/core/audit'
import { isSameToActOn, type EvidenceState, type GateVerdict } from '@headgate/core/gate'
import { z } from 'zod'
import { hashOfEvidence, noEvidenceHash, writeEvidence } from '../gates/index.ts'
import type { EvidenceTexts } from './audit-store.ts'
import { BrokenRecord } from './broken.ts'
import type { RecordedVerdict } from './verify-events.ts'

/** The evidence after a frame, and what the gate says to it: judged only where somebody has written a verdict down. */
export interface Replay {
  readonly state: EvidenceState
  readonly judge: () => GateVerdict | undefined
}

/** What was written down about single frames, to be met by the replay when it comes to them. */
export interface Expectations {
  /** @throws BrokenRecord when the replay says something else */
  meet(seq: number, replay: Replay): void
  /** @throws BrokenRecord when something rests on a frame that never came */
  requireAllMet(): void
}

interface Expectation {
  readonly frame: number
  readonly check: (replay: Replay) => void
  readonly missing: BrokenRecord
}

/**
 * The verdicts of the log, and the evidence and verdict that the row of the release remembers. The row may lag behind the frames
 * (a worker died between frame and verdict), but must be what the replay has at its own frame.
 */
export function createExpectations(recorded: readonly RecordedVerdict[], stored: EvidenceTexts): Expectations {
  const open = new Map<number, Expectation[]>()
  for (const expectation of [
    ...ofLog(recorded),
    ...ofState(stored.state, recorded.at(-1)),
    ...ofVerdict(stored, recorded.at(-1)),
  ]) {
    open.set(expectation.frame, [...(open.get(expectation.frame) ?? []), expectation])
  }
  return {
    meet(seq, replay) {
      for (const { check } of open.get(seq) ?? []) check(replay)
      open.delete(seq)
    },
    requireAllMet() {
      for (const [first] of open.values()) if (first !== undefined) throw first.missing
    },
  }
}

/** A verdict that says something new has a hash of its own; one that repeats the last has the last one's. */
function ofLog(recorded: readonly RecordedVerdict[]): readonly Expectation[] {
  return recorded.map(({ seq, verdict, evidenceHash }, index) => {
    const before = recorded[index - 1]
    const isRepeat = isSameToActOn(before?.verdict, verdict)
    return {
      frame: verdict.frame,
      missing: new BrokenRecord('verdict', seq, `it rests on frame ${verdict.frame}, which does not exist`),
      check(replay) {
        requireVerdict(replay, seq, canonicalJson(verdict))
        const expected = isRepeat ? before?.evidenceHash : hashOfEvidence(replay.state, verdict, seq)
        if (expected !== evidenceHash) throw new BrokenRecord('verdict', seq, 'replayed, the evidence has another hash')
      },
    }
  })
}

function requireVerdict({ judge }: Replay, seq: number, recorded: string): void {
  const verdict = judge()
  if (verdict !== undefined && canonicalJson(verdict) === recorded) return
  const says = verdict === undefined ? 'nothing' : `${verdict.kind}: ${verdict.reason}`
  throw new BrokenRecord('verdict', seq, `replayed, the gate says ${says}`)
}

function ofState(text: string | null, last: RecordedVerdict | undefined): readonly Expectation[] {
  if (text === null && last !== undefined) {
    throw new BrokenRecord('state', last.verdict.frame, 'the row has lost the evidence that a verdict rests on')
  }
  if (text === null) return []
  const frame = frameIn(text, 'the stored evidence')
  const broken = new BrokenRecord('state', frame, 'the stored evidence is not what the frames add up to')
  return [
    {
      frame,
      missing: broken,
      check({ state }) {
        if (writeEvidence(state) !== text) throw broken
      },
    },
  ]
}

function ofVerdict(
  { verdict: text, evidence_hash: evidenceHash }: EvidenceTexts,
  last: RecordedVerdict | undefined,
): readonly Expectation[] {
  if (evidenceHash !== (last?.evidenceHash ?? noEvidenceHash)) {
    throw new BrokenRecord('verdict', last?.seq ?? 0, 'the stored hash of the evidence is not that of the last verdict')
  }
  if (text === null && last !== undefined) {
    throw new BrokenRecord('verdict', last.seq, 'the row has lost the verdict that the log has')
  }
  if (text === null) return []
  const frame = frameIn(text, 'the stored verdict')
  return [
    {
      frame,
      missing: new BrokenRecord('verdict', frame, 'the stored verdict rests on a frame that does not exist'),
      check: (replay) => requireVerdict(replay, frame, canonicalJson(JSON.parse(text))),
    },
  ]
}

const framed = z.object({ frame: z.int().min(1) })

function frameIn(text: string, what: string): number {
  try {
    return framed.parse(JSON.parse(text)).frame
  } catch {
    throw new BrokenRecord('state', 0, `${what} cannot be read`)
  }
}
