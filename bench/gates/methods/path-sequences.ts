import { paths } from '../simulator/shop.ts'
import type { TickView } from '../simulator/stream.ts'
import type { Tallies } from '../simulator/tallies.ts'
import { surprise } from './confidence-sequence.ts'
import type { Contestant, Method } from './method.ts'
import { completionFromTick } from './metric-window.ts'
import { pathPair, wholePair, type Pair } from './z-test.ts'

/**
 * A confidence sequence per path: the asymptotic one of arXiv:2103.06476 on the difference of completions and of errors of visitors,
 * over the whole shop and on each path, with the pooled variance, so that a path without any completion can be seen. Bonferroni over
 * all of them; the untuned entry has alpha 0.01 in all. Five expected hits and misses in each arm before one says anything.
 */
export const pathSequences: Method = {
  id: 'path-cs',
  title: 'confidence sequence per path',
  rules: ['completion', 'errors'],
  open: () => new PathSequences(),
}

/** Two-sided 0.01 over the shop and six paths, two metrics each, on the harmful side. */
export const pathSequenceThreshold = Math.log((2 * (paths.length + 1)) / 0.01)

class PathSequences implements Contestant {
  readonly strengths = new Float64Array(2)

  see(_view: TickView, { isMinuteEnd, tick, units }: Tallies): void {
    if (!isMinuteEnd || tick < completionFromTick) return
    const failures = { started: units.started, completed: units.failed }
    this.strengths[0] = 0
    this.strengths[1] = 0
    for (let path = -1; path < paths.length; path++) {
      const done = path < 0 ? wholePair(units) : pathPair(units, path)
      const failed = path < 0 ? wholePair(failures) : pathPair(failures, path)
      this.strengths[0] = Math.max(this.strengths[0] ?? 0, surpriseOf(done, 1))
      this.strengths[1] = Math.max(this.strengths[1] ?? 0, surpriseOf(failed, -1))
    }
  }
}

function surpriseOf(pair: Pair, harmful: 1 | -1): number {
  const units = pair.controlUnits + pair.candidateUnits
  const pooled = (pair.controlHits + pair.candidateHits) / units
  const fewest = Math.min(pair.controlUnits, pair.candidateUnits) * Math.min(pooled, 1 - pooled)
  if (!(fewest >= 5)) return 0
  const variance = pooled * (1 - pooled) * (1 / pair.controlUnits + 1 / pair.candidateUnits) * units
  const less = pair.controlHits / pair.controlUnits - pair.candidateHits / pair.candidateUnits
  return surprise(harmful * less, { variance, units })
}
