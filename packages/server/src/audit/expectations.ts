import { canonicalJson, genesisHash } from '@headgate/core/audit'
import { gateEvidenceHashInput, type EvidenceState, type GateVerdict } from '@headgate/core/gate'
import { z } from 'zod'
import { writeEvidence } from '../gates/index.ts'
import { sha256 } from '../releases/index.ts'
import type { EvidenceTexts } from './audit-store.ts'
import { BrokenRecord } from './broken.ts'
import type { RecordedVerdict } from './verify-events.ts'

/** The evidence after a frame, and what the gate says to it. */
export interface Replay {
  readonly state: EvidenceState
  readonly verdict: GateVerdict | undefined
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
  for (const expectation of [...recorded.map(ofLog), ...ofState(stored.state), ...ofVerdict(stored)]) {
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

function ofLog({ seq, verdict, evidenceHash }: RecordedVerdict): Expectation {
  return {
    frame: verdict.frame,
    missing: new BrokenRecord('verdict', seq, `it rests on frame ${verdict.frame}, which does not exist`),
    check: (replay) => checkVerdict(replay, { seq, text: canonicalJson(verdict), evidenceHash }),
  }
}

function checkVerdict(
  { state, verdict }: Replay,
  recorded: { readonly seq: number; readonly text: string; readonly evidenceHash: string },
): void {
  if (verdict === undefined || canonicalJson(verdict) !== recorded.text) {
    const says = verdict === undefined ? 'nothing' : `${verdict.kind}: ${verdict.reason}`
    throw new BrokenRecord('verdict', recorded.seq, `replayed, the gate says ${says}`)
  }
  if (sha256(gateEvidenceHashInput(state)) !== recorded.evidenceHash) {
    throw new BrokenRecord('verdict', recorded.seq, 'replayed, the evidence has another hash')
  }
}

function ofState(text: string | null): readonly Expectation[] {
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

function ofVerdict({ verdict: text, evidence_hash: evidenceHash }: EvidenceTexts): readonly Expectation[] {
  if (text === null) {
    if (evidenceHash === genesisHash) return []
    throw new BrokenRecord('verdict', 0, 'the row has the hash of evidence that was never judged')
  }
  const frame = frameIn(text, 'the stored verdict')
  return [
    {
      frame,
      missing: new BrokenRecord('verdict', frame, 'the stored verdict rests on a frame that does not exist'),
      check(replay) {
        checkVerdict(replay, { seq: frame, text: canonicalJson(JSON.parse(text)), evidenceHash })
      },
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
