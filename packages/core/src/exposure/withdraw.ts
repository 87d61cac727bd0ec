import type { StopMode } from '../model/release-plan.ts'
import type { Exposure, Snapshot } from './snapshot.ts'

const strictness = { open: 0, hold: 1, eject: 2, evict: 3 } as const satisfies Record<Exposure['mode'], number>

/** Whether `mode` leaves the candidate to nobody whom `than` would not. */
export function isAtLeastAsStrict(mode: Exposure['mode'], than: Exposure['mode']): boolean {
  return strictness[mode] >= strictness[than]
}

/**
 * The snapshot with the exposures of stopped releases lowered to their stop modes; a mode that is stricter already stays,
 * so that a local stop can never raise exposure (SPEC E10).
 */
export function withdraw(snapshot: Snapshot, stops: ReadonlyMap<string, StopMode>): Snapshot {
  if (stops.size === 0) return snapshot
  return {
    ...snapshot,
    exposures: snapshot.exposures.map((exposure) => {
      const mode = stops.get(exposure.release)
      return mode === undefined || isAtLeastAsStrict(exposure.mode, mode) ? exposure : { ...exposure, mode }
    }),
  }
}
