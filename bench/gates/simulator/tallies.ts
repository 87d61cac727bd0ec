import { latencyBucketOf, bucketUpperMicros, latencyBucketCount } from '@headgate/core/stats'
import { baselineBit, candidateBit, failedBit, pathOf } from './event-code.ts'
import { paths, requestsPerSession, ticksPerMinute } from './shop.ts'
import { isUnit, type TickView } from './stream.ts'

/** Columns of a tally: the control, the candidate, and the control's sample that is as large as the candidate. */
export const control = 0
export const candidate = 1
export const baseline = 2
export const columns = 3

/** Counts since the day began, path-major. */
export interface SessionCounts {
  readonly started: Float64Array
  readonly completed: Float64Array
  readonly failed: Float64Array
}

/** What metric systems would have added up by the end of a tick. */
export interface Tallies {
  readonly tick: number
  readonly isMinuteEnd: boolean
  /** All sessions: retries and bots too. */
  readonly sessions: SessionCounts
  /** Visitors' first sessions. */
  readonly units: SessionCounts
  readonly requests: Float64Array
  readonly errorRequests: Float64Array
  /** Order value of visitors' first sessions, and the sum of its squares. */
  readonly revenue: Float64Array
  readonly squaredRevenue: Float64Array
  /** Quantile of the last minute's latencies of candidate or baseline; undefined without traffic. */
  readonly latencyOfMinute: (column: number, at: number) => number | undefined
}

function zeros(): Float64Array {
  return new Float64Array(paths.length * columns)
}

function openCounts(): SessionCounts {
  return { started: zeros(), completed: zeros(), failed: zeros() }
}

/** Sum over all paths. */
export function wholeOf(counts: Float64Array, column: number): number {
  let sum = 0
  for (let path = 0; path < paths.length; path++) sum += counts[path * columns + column] ?? 0
  return sum
}

/** Adds ticks up for all contestants that read metrics. */
export class TallyKeeper implements Tallies {
  tick = -1
  isMinuteEnd = false
  readonly sessions = openCounts()
  readonly units = openCounts()
  readonly requests = new Float64Array(columns)
  readonly errorRequests = new Float64Array(columns)
  readonly revenue = new Float64Array(columns)
  readonly squaredRevenue = new Float64Array(columns)
  readonly #latencies = Array.from({ length: columns }, () => new Float64Array(latencyBucketCount))
  readonly #seen = new Float64Array(columns)

  add(view: TickView): void {
    if (this.isMinuteEnd) this.#beginMinute()
    this.tick = view.tick
    this.isMinuteEnd = view.tick % ticksPerMinute === ticksPerMinute - 1
    for (let index = 0; index < view.starts.length; index++)
      this.#start(view.starts.at(index), view.latencies.at(index))
    for (let index = 0; index < view.results.length; index++) {
      this.#result(view.results.at(index), view.values.at(index))
    }
  }

  latencyOfMinute(column: number, at: number): number | undefined {
    const seen = this.#seen[column] ?? 0
    if (seen === 0) return undefined
    let left = at * seen
    const buckets = this.#latencies[column] ?? new Float64Array(0)
    const bucket = buckets.findIndex((count) => (left -= count) <= 0)
    return bucketUpperMicros(bucket)
  }

  #beginMinute(): void {
    for (const histogram of this.#latencies) histogram.fill(0)
    this.#seen.fill(0)
  }

  #start(code: number, latency: number): void {
    const column = code & candidateBit
    this.#startIn(code, column, latency)
    if ((code & baselineBit) !== 0) this.#startIn(code, baseline, latency)
  }

  #startIn(code: number, column: number, latency: number): void {
    const index = pathOf(code) * columns + column
    increase(this.sessions.started, index, 1)
    if (isUnit(code)) increase(this.units.started, index, 1)
    increase(this.requests, column, requestsPerSession)
    if (column === control) return
    const histogram = this.#latencies[column]
    if (histogram !== undefined) increase(histogram, latencyBucketOf(latency), 1)
    increase(this.#seen, column, 1)
  }

  #result(code: number, value: number): void {
    this.#resultIn(code, code & candidateBit, value)
    if ((code & baselineBit) !== 0) this.#resultIn(code, baseline, value)
  }

  #resultIn(code: number, column: number, value: number): void {
    const index = pathOf(code) * columns + column
    const hasFailed = (code & failedBit) !== 0
    increase(hasFailed ? this.sessions.failed : this.sessions.completed, index, 1)
    if (hasFailed) increase(this.errorRequests, column, value)
    if (!isUnit(code)) return
    increase(hasFailed ? this.units.failed : this.units.completed, index, 1)
    if (hasFailed) return
    increase(this.revenue, column, value)
    increase(this.squaredRevenue, column, value * value)
  }
}

function increase(counts: Float64Array, index: number, by: number): void {
  counts[index] = (counts[index] ?? 0) + by
}
