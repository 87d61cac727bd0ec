import { paths } from '../simulator/shop.ts'
import type { TickView } from '../simulator/stream.ts'
import { candidate, columns, control, wholeOf, type SessionCounts, type Tallies } from '../simulator/tallies.ts'
import type { Contestant, Method } from './method.ts'
import { completionFromTick } from './metric-window.ts'

/**
 * A pooled two-proportion z-test on completions to date of all sessions, looked at every minute, as dashboards invite people to do.
 * The untuned entry stops at p < 0.01 (two-sided); nothing in it knows that it is looked at 1,440 times.
 */
export const zWhole: Method = {
  id: 'z-whole',
  title: 'z-test, whole shop',
  rules: ['z of all paths'],
  open: () => new PeekedZ(false),
}

export const zPaths: Method = {
  id: 'z-paths',
  title: 'z-test, whole shop and paths',
  rules: ['largest z'],
  open: () => new PeekedZ(true),
}

/** Two-sided p = 0.01. */
export const zCritical = 2.5758

class PeekedZ implements Contestant {
  readonly strengths = new Float64Array([-Infinity])
  readonly #hasPaths: boolean

  constructor(hasPaths: boolean) {
    this.#hasPaths = hasPaths
  }

  see(_view: TickView, { isMinuteEnd, tick, sessions }: Tallies): void {
    if (!isMinuteEnd || tick < completionFromTick) return
    let largest = zOf(wholePair(sessions)) ?? -Infinity
    for (let path = 0; this.#hasPaths && path < paths.length; path++) {
      largest = Math.max(largest, zOf(pathPair(sessions, path)) ?? -Infinity)
    }
    this.strengths[0] = largest
  }
}

/** Hits and units of both arms. */
export interface Pair {
  readonly controlHits: number
  readonly controlUnits: number
  readonly candidateHits: number
  readonly candidateUnits: number
}

export function wholePair({ started, completed }: Pick<SessionCounts, 'started' | 'completed'>): Pair {
  return {
    controlHits: wholeOf(completed, control),
    controlUnits: wholeOf(started, control),
    candidateHits: wholeOf(completed, candidate),
    candidateUnits: wholeOf(started, candidate),
  }
}

export function pathPair({ started, completed }: Pick<SessionCounts, 'started' | 'completed'>, path: number): Pair {
  const from = path * columns
  return {
    controlHits: completed[from + control] ?? 0,
    controlUnits: started[from + control] ?? 0,
    candidateHits: completed[from + candidate] ?? 0,
    candidateUnits: started[from + candidate] ?? 0,
  }
}

/** Positive where the candidate does worse; undefined below five expected hits or misses in an arm (Cochran's rule). */
export function zOf(pair: Pair): number | undefined {
  const pooled = (pair.controlHits + pair.candidateHits) / (pair.controlUnits + pair.candidateUnits)
  const fewest = Math.min(pair.controlUnits, pair.candidateUnits) * Math.min(pooled, 1 - pooled)
  if (!(fewest >= 5)) return undefined
  const spread = Math.sqrt(pooled * (1 - pooled) * (1 / pair.controlUnits + 1 / pair.candidateUnits))
  return (pair.controlHits / pair.controlUnits - pair.candidateHits / pair.candidateUnits) / spread
}
