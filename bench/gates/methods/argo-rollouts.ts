import { ticksPerMinute } from '../simulator/shop.ts'
import type { TickView } from '../simulator/stream.ts'
import type { Tallies } from '../simulator/tallies.ts'
import type { Contestant, Method } from './method.ts'
import { completionFromTick, MetricReader } from './metric-window.ts'
import { WorstValues } from './worst-values.ts'

/**
 * Argo Rollouts' background analysis (argoproj/argo-rollouts @9f8d111, analysis/analysis.go, assessMetricFailureInconclusiveOrError): a
 * measurement every five minutes, and the run fails when `failed > failureLimit`. The example of its documentation wants a success
 * rate of at least 95 % with failureLimit 3, so the fourth failure ends it. A window without requests measures nothing here.
 */
export const argoRollouts: Method = {
  id: 'argo',
  title: 'Argo Rollouts',
  rules: ['success rate', 'completion ratio'],
  open: () => new ArgoAnalysis(),
}

/** The documented success rate as a strength. */
export const argoSuccessRate = -0.95
const failuresThatEnd = 4
const intervalTicks = 5 * ticksPerMinute

class ArgoAnalysis implements Contestant {
  readonly strengths = new Float64Array([-Infinity, -Infinity])
  readonly #metrics = new MetricReader()
  readonly #success = new WorstValues(failuresThatEnd)
  readonly #completion = new WorstValues(failuresThatEnd)

  see(_view: TickView, tallies: Tallies): void {
    if ((tallies.tick + 1) % intervalTicks !== 0) return
    const { successRate, completionRatio } = this.#metrics.read(tallies)
    if (successRate !== undefined) this.#success.add(-successRate)
    if (completionRatio !== undefined && tallies.tick >= completionFromTick) this.#completion.add(-completionRatio)
    this.strengths[0] = this.#success.last
    this.strengths[1] = this.#completion.last
  }
}
