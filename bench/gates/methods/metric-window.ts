import { candidate, control, wholeOf, type Tallies } from '../simulator/tallies.ts'

/** What a metric system shows for the time since it was asked last. */
export interface MetricWindow {
  /** Share of the candidate's requests that succeeded; undefined without requests. */
  readonly successRate: number | undefined
  /** Completions per started session, the candidate's over the control's; undefined where one of them is unknown. */
  readonly completionRatio: number | undefined
}

/** Reads windows of metrics off counters that only grow, as rate queries do. */
export class MetricReader {
  readonly #before = { requests: 0, errors: 0, started: [0, 0], completed: [0, 0] }

  read(tallies: Tallies): MetricWindow {
    const before = this.#before
    const now = {
      requests: tallies.requests[candidate] ?? 0,
      errors: tallies.errorRequests[candidate] ?? 0,
      started: [control, candidate].map((arm) => wholeOf(tallies.sessions.started, arm)),
      completed: [control, candidate].map((arm) => wholeOf(tallies.sessions.completed, arm)),
    }
    const requests = now.requests - before.requests
    const errors = now.errors - before.errors
    const rate = (arm: number): number =>
      ((now.completed[arm] ?? 0) - (before.completed[arm] ?? 0)) /
      ((now.started[arm] ?? 0) - (before.started[arm] ?? 0))
    const ratio = rate(candidate) / rate(control)
    Object.assign(before, now)
    return {
      successRate: requests > 0 ? 1 - Math.min(1, errors / requests) : undefined,
      completionRatio: Number.isFinite(ratio) ? ratio : undefined,
    }
  }
}

/** Orders take minutes to arrive: checks of completion begin when a horizon has passed. */
export const completionFromTick = 90
