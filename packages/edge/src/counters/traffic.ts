import { latencyBucketCount, latencyBucketOf } from '@headgate/core/stats'
import type { Arm } from '@headgate/core/exposure'
import type { TrafficCell } from '@headgate/protocol/signals'

/** One request as the gateway's own counters see it, on the arm that was decided. */
export interface RequestCount {
  readonly routeId: string
  readonly arm: Arm
  /** The shopper, or the fallback in the shopper's place, saw the arm fail: 5xx, no answer, masked. */
  readonly isError: boolean
  readonly isMasked: boolean
  /** Time to first byte. */
  readonly micros: number
}

/** Totals since the gateway started, per route class and arm. */
export interface TrafficTotals {
  readonly routeId: string
  readonly arm: Arm
  readonly requests: number
  readonly errors: number
  readonly masked: number
  readonly latencyMicros: number
  /** Requests per latency bucket of core/stats. Live: read it at once, do not keep it. */
  readonly latencyBuckets: Uint32Array
}

/** Operational counters: shown and exported, never judged. */
export interface Traffic {
  /** On the path of every request: one map lookup and a few additions, nothing allocated. */
  count(request: RequestCount): void
  totals(): readonly TrafficTotals[]
  /** What was counted since the last call. */
  drain(): TrafficCell[]
}

interface Tally {
  requests: number
  errors: number
  masked: number
  latencyMicros: number
}

interface Series extends Tally {
  readonly routeId: string
  readonly arm: Arm
  readonly latencyBuckets: Uint32Array
  /** What `drain` has handed out. */
  readonly drained: Tally
}

export function createTraffic(): Traffic {
  const series = { control: new Map<string, Series>(), candidate: new Map<string, Series>() }
  return {
    count({ routeId, arm, isError, isMasked, micros }) {
      let tally = series[arm].get(routeId)
      if (tally === undefined) {
        tally = newSeries(routeId, arm)
        series[arm].set(routeId, tally)
      }
      tally.requests += 1
      if (isError) tally.errors += 1
      if (isMasked) tally.masked += 1
      tally.latencyMicros += micros > 0 ? Math.round(micros) : 0
      const bucket = latencyBucketOf(micros)
      tally.latencyBuckets[bucket] = (tally.latencyBuckets[bucket] ?? 0) + 1
    },
    totals: () => [...series.control.values(), ...series.candidate.values()],
    drain: () => [...series.control.values(), ...series.candidate.values()].flatMap(drainOne),
  }
}

function newSeries(routeId: string, arm: Arm): Series {
  return {
    routeId,
    arm,
    ...emptyTally(),
    latencyBuckets: new Uint32Array(latencyBucketCount),
    drained: emptyTally(),
  }
}

function emptyTally(): Tally {
  return { requests: 0, errors: 0, masked: 0, latencyMicros: 0 }
}

function drainOne(series: Series): TrafficCell[] {
  const { routeId: route, arm, drained } = series
  if (series.requests === drained.requests) return []
  const cell = {
    route,
    arm,
    requests: series.requests - drained.requests,
    errors: series.errors - drained.errors,
    masked: series.masked - drained.masked,
    latencyMicros: series.latencyMicros - drained.latencyMicros,
  }
  drained.requests = series.requests
  drained.errors = series.errors
  drained.masked = series.masked
  drained.latencyMicros = series.latencyMicros
  return [cell]
}
