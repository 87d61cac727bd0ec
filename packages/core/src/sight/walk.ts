import { logAddExp, logSumExp } from '../stats/index.ts'
import { arrivalQuantile, bisect, type Duration } from './first-passage.ts'

/** For how long units of one kind have been revealed after a time; equal keys are equal spans. */
export interface Span {
  readonly key: string
  readonly by: (elapsedMs: number) => number
}

/** Units that are revealed from an age on. */
export function spanFrom(ageMs: number): Span {
  return { key: `from ${ageMs}`, by: (elapsedMs) => Math.max(0, elapsedMs - ageMs) }
}

/** One way for a unit to be revealed: a Poisson count of mean `perMs * span`, and what each adds to the log-ratio of every alternative. */
export interface Reveals {
  readonly perMs: number
  readonly span: Span
  readonly steps: readonly number[]
}

/**
 * The log-wealth of an e-process as a walk: a mixture of alternatives, each of which climbs by what is revealed. It ends when
 * the sum of the alternatives' stakes reaches `boundary` (ln).
 */
export interface Walk {
  readonly reveals: readonly Reveals[]
  /** ln of the stake per alternative when the walk begins. */
  readonly logStakes: readonly number[]
  /** ln of what restarts pay into each alternative per millisecond; absent where there are none. */
  readonly logRestarts?: readonly number[]
  readonly boundary: number
  readonly tickMs: number
}

/** Longer than this nothing is predicted: no stage lasts a year. */
const longestMs = 366 * 86_400_000

/**
 * When the walk arrives: the time at which the expected log-wealth reaches the boundary and, around it, the first passage of a
 * Brownian motion with the walk's drift and variance there (see docs/reference/sight-report.md). Undefined where it does not within a year.
 */
export function arrivalOf(walk: Walk): Duration | undefined {
  const climbs = climbsOf(walk.reveals)
  let at = reachOf(walk, climbs, walk.boundary)
  if (at === undefined) return undefined
  // The last step carries the walk beyond the boundary: by half a step's length on average, as steps there are.
  at = reachOf(walk, climbs, walk.boundary + stepsAt(walk, climbs, at).overshoot)
  if (at === undefined) return undefined
  const drift = (logAt(walk, climbs, at * 1.02).log - logAt(walk, climbs, at * 0.98).log) / (at * 0.04)
  const { variance } = stepsAt(walk, climbs, at)
  // The tangent at the arrival says how much of the time is climbing; the rest is waiting for the first outcomes.
  const climb = Math.max(0, walk.boundary - logSumExp(walk.logStakes))
  const climbing = drift > 0 ? Math.min(at, climb / drift) : at
  const passage = { mean: climbing, variance: drift > 0 ? variance / (drift * drift) : 0 }
  const spread = arrivalQuantile(passage, 0.95) - climbing
  return { meanMs: at + walk.tickMs / 2, p95Ms: at + spread + walk.tickMs }
}

/** What all reveals of one span together add to each alternative per millisecond of it. */
interface Climb {
  readonly span: Span
  readonly rates: number[]
}

function climbsOf(reveals: readonly Reveals[]): readonly Climb[] {
  const climbs = new Map<string, Climb>()
  for (const { perMs, span, steps } of reveals) {
    const climb = climbs.get(span.key) ?? { span, rates: steps.map(() => 0) }
    steps.forEach((step, alternative) => {
      climb.rates[alternative] = (climb.rates[alternative] ?? 0) + perMs * step
    })
    climbs.set(span.key, climb)
  }
  return [...climbs.values()]
}

/** What the reveals add to each alternative until then, on average. */
export function climbUntil(reveals: readonly Reveals[], ms: number): readonly number[] {
  return sumOfClimbs(climbsOf(reveals), ms)
}

function sumOfClimbs(climbs: readonly Climb[], ms: number): number[] {
  const sums: number[] = []
  for (const { span, rates } of climbs) {
    const time = span.by(ms)
    if (time <= 0) continue
    rates.forEach((rate, alternative) => {
      sums[alternative] = (sums[alternative] ?? 0) + time * rate
    })
  }
  return sums
}

/** When the expected log-wealth reaches this height; undefined where it does not within a year. */
function reachOf(walk: Walk, climbs: readonly Climb[], height: number): number | undefined {
  const isThere = (ms: number): boolean => logAt(walk, climbs, ms).log >= height
  if (!isThere(longestMs)) return undefined
  let high = walk.tickMs
  // Stops: the walk is there after a year at the latest.
  while (!isThere(high)) high *= 2
  return bisect(high === walk.tickMs ? 0 : high / 2, high, isThere, 20)
}

function logAt(
  walk: Walk,
  climbs: readonly Climb[],
  ms: number,
): { readonly log: number; readonly logs: readonly number[] } {
  const sums = sumOfClimbs(climbs, ms)
  const logs = walk.logStakes.map((stake, index) => {
    const climb = sums[index] ?? 0
    return logAddExp(stake, restartsOf(walk, { ms, climb, index })) + climb
  })
  return { log: logSumExp(logs), logs }
}

/** Stakes paid in on the way count as if they had been there from the start: those of the first `1 / growth` alone matter. */
function restartsOf(walk: Walk, { ms, climb, index }: { ms: number; climb: number; index: number }): number {
  const log = walk.logRestarts?.[index]
  if (log === undefined || log === -Infinity || !(ms > 0)) return -Infinity
  return log + Math.log(climb > 1 ? ms / climb : ms)
}

/** Variance of the log-wealth, and the mean length beyond the boundary of an upward step that crosses it. */
function stepsAt(
  walk: Walk,
  climbs: readonly Climb[],
  ms: number,
): { readonly variance: number; readonly overshoot: number } {
  const { log, logs } = logAt(walk, climbs, ms)
  const parts = logs.map((own) => Math.exp(own - log))
  let variance = 0
  let upward = 0
  let upwardSquares = 0
  for (const { perMs, span, steps } of walk.reveals) {
    const count = perMs * span.by(ms)
    if (count <= 0) continue
    let step = 0
    parts.forEach((part, alternative) => {
      if (part > 1e-6) step += part * (steps[alternative] ?? 0)
    })
    variance += count * step * step
    if (step <= 0) continue
    upward += count * step
    upwardSquares += count * step * step
  }
  return { variance, overshoot: upward > 0 ? upwardSquares / (2 * upward) : 0 }
}
