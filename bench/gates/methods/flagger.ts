import { candidate, type Tallies } from '../simulator/tallies.ts'
import type { TickView } from '../simulator/stream.ts'
import type { Contestant, Method } from './method.ts'
import { completionFromTick, MetricReader } from './metric-window.ts'
import { WorstValues } from './worst-values.ts'

/**
 * Flagger's check (fluxcd/flagger @15bd6ad, pkg/controller/scheduler.go and scheduler_metrics.go): once a minute, a check fails when a
 * metric is outside its limit or has no value (ErrNoValuesFound); failed checks add up and are never forgiven; at the threshold
 * (10) it rolls back. Limits of the documentation: request success rate at least 99 %, p99 of the duration at most 500 ms.
 * When tuned, its operator adds a completion ratio against the primary and answers missing values with a healthy one.
 */
export const flagger: Method = {
  id: 'flagger',
  title: 'Flagger',
  rules: ['failed checks at the documented limits', 'success rate', 'completion ratio'],
  open: () => new FlaggerCheck(),
}

export const flaggerThreshold = 10
const documented = { successRate: 0.99, p99Micros: 500_000 } as const

class FlaggerCheck implements Contestant {
  readonly strengths = new Float64Array([0, -Infinity, -Infinity])
  readonly #metrics = new MetricReader()
  readonly #success = new WorstValues(flaggerThreshold)
  readonly #completion = new WorstValues(flaggerThreshold)

  see(_view: TickView, tallies: Tallies): void {
    if (!tallies.isMinuteEnd) return
    const { successRate, completionRatio } = this.#metrics.read(tallies)
    const p99 = tallies.latencyOfMinute(candidate, 0.99) ?? Infinity
    const hasFailed = (successRate ?? 0) < documented.successRate || p99 > documented.p99Micros
    if (hasFailed) this.strengths[0] = (this.strengths[0] ?? 0) + 1
    if (successRate !== undefined) this.#success.add(-successRate)
    if (completionRatio !== undefined && tallies.tick >= completionFromTick) this.#completion.add(-completionRatio)
    this.strengths[1] = this.#success.last
    this.strengths[2] = this.#completion.last
  }
}
