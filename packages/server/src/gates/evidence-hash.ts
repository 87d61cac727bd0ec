import { genesisHash } from '@headgate/core/audit'
import { gateEvidenceHashInput, type EvidenceState } from '@headgate/core/gate'
import { sha256 } from '../releases/index.ts'

/**
 * What approvals are bound to: the evidence on which a verdict came up, and the entry of the log that recorded it. It stays while
 * the verdict does, so that two people can approve one after the other; a pass that was lost and won anew has another.
 */
export function hashOfEvidence(state: EvidenceState, eventSeq: number): string {
  return sha256(`${gateEvidenceHashInput(state)}\n${eventSeq}`)
}

/** Before the first verdict. */
export const noEvidenceHash = genesisHash
