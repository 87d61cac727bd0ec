import { genesisHash } from '@headgate/core/audit'
import { gateEvidenceHashInput, type EvidenceState, type GateVerdict } from '@headgate/core/gate'
import { sha256 } from '../releases/index.ts'

/**
 * What approvals are bound to: the evidence on which a verdict came up, and the entry of the log that recorded it. It stays while
 * the verdict does, so that two people can approve one after the other; a pass that was lost and won anew has another.
 */
export function hashOfEvidence(state: EvidenceState, { criteria }: GateVerdict, eventSeq: number): string {
  const shadows = new Set(criteria.filter(({ shadow }) => shadow).map(({ criterion }) => criterion))
  return sha256(`${gateEvidenceHashInput(state, shadows)}\n${eventSeq}`)
}

/** Before the first verdict. */
export const noEvidenceHash = genesisHash
