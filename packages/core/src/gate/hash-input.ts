import type { EvidenceState } from './state.ts'

/**
 * Canonical text of what a raise rests on: the stage, and per criterion since which frame it passes and whether it stopped. It stays the same
 * while the gate keeps passing, so that two people can approve one after the other, and changes when a pass is lost or won anew.
 * Criteria that only watch (`shadows`) are left out: a raise does not rest on them (SPEC G19).
 * The shell hashes it.
 */
export function gateEvidenceHashInput(state: EvidenceState, shadows: ReadonlySet<string> = new Set()): string {
  const criteria = Object.entries(state.criteria)
    .filter(([id]) => !shadows.has(id))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { passed, stopped, provenIn }]) => [id, passed?.frame ?? null, stopped?.frame ?? null, provenIn ?? null])
  const { stage } = state
  return JSON.stringify([1, stage === undefined ? null : [stage.index, stage.at, stage.frame], criteria])
}
