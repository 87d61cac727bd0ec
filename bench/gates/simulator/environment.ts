import type { Random } from './random.ts'
import type { Scenario } from './scenario.ts'
import { baseErrorShare, paths, ticksPerDay, ticksPerHour, ticksPerMinute } from './shop.ts'

/** What happens to both arms alike over one day, per tick; an oracle may know it, nobody else does. */
export interface Environment {
  /** Expected first sessions. */
  readonly volume: Float64Array
  /** Completion without an error, path-major. */
  readonly completion: Float64Array
  /** Share of sessions with an error in both arms. */
  readonly errorShare: Float64Array
  /** Further share of the candidate's sessions. */
  readonly candidateErrorShare: Float64Array
  /** Added to the logarithm of latencies. */
  readonly load: Float64Array
}

export function environmentOf(perMinute: number, scenario: Scenario, random: Random): Environment {
  const perTick = perMinute / ticksPerMinute
  return {
    volume: Float64Array.from({ length: ticksPerDay }, (_, tick) => perTick * (1 + 0.5 * dayCurve(tick))),
    completion: completions(random),
    errorShare: bursts(random, { perDay: 1, meanMinutes: 4, share: 0.15, base: baseErrorShare }),
    candidateErrorShare: bursts(random, {
      perDay: scenario.hasSickPods === true ? podCount * 0.5 : 0,
      meanMinutes: 2,
      share: 0.3 / podCount,
      base: 0,
    }),
    load: ornsteinUhlenbeck(random, { memoryTicks: ticksPerHour / 6, deviation: 0.1 }),
  }
}

function dayCurve(tick: number): number {
  return Math.sin((2 * Math.PI * tick) / ticksPerDay)
}

const podCount = 4

/** Drift in common on the logit scale: a day curve and an Ornstein-Uhlenbeck process with a memory of two hours. */
function completions(random: Random): Float64Array {
  const wander = ornsteinUhlenbeck(random, { memoryTicks: 2 * ticksPerHour, deviation: 0.04 })
  const values = new Float64Array(paths.length * ticksPerDay)
  paths.forEach(({ completion }, path) => {
    const logit = Math.log(completion / (1 - completion))
    for (let tick = 0; tick < ticksPerDay; tick++) {
      const drifted = logit + 0.06 * dayCurve(tick) + (wander[tick] ?? 0)
      values[path * ticksPerDay + tick] = 1 / (1 + Math.exp(-drifted))
    }
  })
  return values
}

function ornsteinUhlenbeck(
  random: Random,
  { memoryTicks, deviation }: { memoryTicks: number; deviation: number },
): Float64Array {
  const kept = Math.exp(-1 / memoryTicks)
  const fresh = deviation * Math.sqrt(1 - kept * kept)
  let value = deviation * random.gaussian()
  return Float64Array.from({ length: ticksPerDay }, () => {
    const now = value
    value = kept * value + fresh * random.gaussian()
    return now
  })
}

function bursts(
  random: Random,
  law: { perDay: number; meanMinutes: number; share: number; base: number },
): Float64Array {
  const shares = new Float64Array(ticksPerDay).fill(law.base)
  const count = random.poisson(law.perDay)
  for (let burst = 0; burst < count; burst++) {
    const from = Math.floor(random.uniform() * ticksPerDay)
    const length = Math.max(1, Math.round(random.exponential() * law.meanMinutes * ticksPerMinute))
    shares.fill(Math.max(law.base, law.share), from, Math.min(ticksPerDay, from + length))
  }
  return shares
}
