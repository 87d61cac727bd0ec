import type { TickView } from '../simulator/stream.ts'
import { candidate, control, wholeOf, type Tallies } from '../simulator/tallies.ts'
import { halfWidth, surprise, type Spread } from './confidence-sequence.ts'
import type { Contestant, Method } from './method.ts'
import { completionFromTick } from './metric-window.ts'

/**
 * GrowthBook's sequential test on three metrics of visitors: completion, visitors with an error, and order value. Relative difference
 * with the delta method's variance (gbstats, TTest.variance), two-sided, alpha 0.05 for each metric, looked at every minute; ten
 * hits and ten misses in each arm before it says anything. It passes a margin when the whole interval lies above it.
 */
export const growthbook: Method = {
  id: 'growthbook',
  title: 'GrowthBook sequential',
  rules: ['completion', 'errors', 'revenue'],
  open: () => new GrowthBookTest(),
}

export const growthbookAlpha = 0.05
const margins = [0.05, 0.1, 0.2] as const
const fewest = 10

interface Sample {
  readonly units: number
  readonly mean: number
  readonly variance: number
}

class GrowthBookTest implements Contestant {
  readonly strengths = new Float64Array(3)
  readonly passes = new Map<number, number>()

  see(_view: TickView, tallies: Tallies): void {
    if (!tallies.isMinuteEnd || tallies.tick < completionFromTick) return
    const [controls, candidates] = [control, candidate].map((column) => samplesOf(tallies, column))
    if (controls === undefined || candidates === undefined) return
    // Less completion, more errors and less revenue are harm.
    const harmful = [-1, 1, -1]
    harmful.forEach((sign, metric) => {
      const own = compare(controls[metric], candidates[metric])
      this.strengths[metric] = own === undefined ? 0 : surprise(sign * own.uplift, own.spread)
      if (metric === 0 && own !== undefined) this.#notePasses(own, tallies.tick)
    })
  }

  #notePasses({ uplift, spread }: Comparison, tick: number): void {
    const low = uplift - halfWidth(spread, growthbookAlpha)
    for (const margin of margins) if (low > -margin && !this.passes.has(margin)) this.passes.set(margin, tick)
  }
}

/** Completion, errors and revenue of one arm; undefined while there are too few events. */
function samplesOf({ units, revenue, squaredRevenue }: Tallies, column: number): (Sample | undefined)[] {
  const started = wholeOf(units.started, column)
  const completed = wholeOf(units.completed, column)
  const value = (revenue[column] ?? 0) / started
  const spread = (squaredRevenue[column] ?? 0) / started - value * value
  return [
    share(completed, started),
    share(wholeOf(units.failed, column), started),
    completed >= fewest ? { units: started, mean: value, variance: spread } : undefined,
  ]
}

function share(hits: number, units: number): Sample | undefined {
  if (hits < fewest || units - hits < fewest) return undefined
  const mean = hits / units
  return { units, mean, variance: mean * (1 - mean) }
}

interface Comparison {
  readonly uplift: number
  readonly spread: Spread
}

function compare(a: Sample | undefined, b: Sample | undefined): Comparison | undefined {
  if (a === undefined || b === undefined) return undefined
  const units = a.units + b.units
  const variance = b.variance / (a.mean ** 2 * b.units) + (a.variance * b.mean ** 2) / (a.mean ** 4 * a.units)
  return { uplift: (b.mean - a.mean) / a.mean, spread: { variance: variance * units, units } }
}
