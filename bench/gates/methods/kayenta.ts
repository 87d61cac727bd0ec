import { paths, ticksPerMinute } from '../simulator/shop.ts'
import type { TickView } from '../simulator/stream.ts'
import { baseline, candidate, columns, wholeOf, type Tallies } from '../simulator/tallies.ts'
import { shiftInterval } from './mann-whitney.ts'
import type { Contestant, Method } from './method.ts'
import { mean } from '../summary.ts'

/**
 * Kayenta's judge (spinnaker/kayenta @a69573b, NetflixACAJudge.scala and MannWhitneyClassifier.scala): a metric's values per minute of
 * canary and same-sized baseline; it is High or Low when the 98 % interval of the shift lies beyond a quarter of the Hodges-Lehmann
 * estimate. Every metric is critical, so one of them stops. Values since the start, minutes without any left out; judged every
 * 30 minutes from minute 75, when 60 minutes of matured orders exist. The tuned knob is the allowed relative change of the mean
 * (effect size); tuned entries also judge each path.
 */
export const kayenta: Method = {
  id: 'kayenta',
  title: 'Kayenta Mann-Whitney',
  rules: ['completion', 'error rate', 'p95', ...paths.map(({ id }) => `completion on ${id}`)],
  open: () => new KayentaJudge(),
}

/** Normal quantile of 98 %, two-sided. */
export const kayentaQuantile = 2.326348
export const kayentaTolerance = 0.25
const firstJudgement = 75 * ticksPerMinute
const interval = 30 * ticksPerMinute
const warmUp = 15 * ticksPerMinute

interface Series {
  readonly canary: number[]
  readonly baseline: number[]
}

class KayentaJudge implements Contestant {
  readonly strengths = new Float64Array(3 + paths.length).fill(-Infinity)
  readonly #series: readonly Series[] = Array.from({ length: 3 + paths.length }, () => ({ canary: [], baseline: [] }))
  readonly #before = new Map<string, number>()

  see(_view: TickView, tallies: Tallies): void {
    if (!tallies.isMinuteEnd) return
    this.#note(tallies, candidate)
    this.#note(tallies, baseline)
    const ticks = tallies.tick + 1
    if (ticks < firstJudgement || (ticks - firstJudgement) % interval !== 0) return
    this.#series.forEach((series, metric) => {
      this.strengths[metric] = classify(series, metric === 1 || metric === 2 ? 1 : -1)
    })
  }

  /** Appends the minute's values. */
  #note(tallies: Tallies, column: number): void {
    const { started, completed } = tallies.sessions
    const completions = this.#rate(`completed ${column}`, wholeOf(completed, column), wholeOf(started, column))
    const errors = this.#rate(`errors ${column}`, tallies.errorRequests[column] ?? 0, tallies.requests[column] ?? 0)
    const isWarm = tallies.tick >= warmUp
    this.#append(0, column, isWarm ? completions : undefined)
    this.#append(1, column, errors)
    this.#append(2, column, tallies.latencyOfMinute(column, 0.95))
    for (let path = 0; path < paths.length; path++) {
      const at = path * columns + column
      const own = this.#rate(`path ${at}`, completed[at] ?? 0, started[at] ?? 0)
      this.#append(3 + path, column, isWarm ? own : undefined)
    }
  }

  #append(metric: number, column: number, value: number | undefined): void {
    const series = this.#series[metric]
    if (value !== undefined) (column === candidate ? series?.canary : series?.baseline)?.push(value)
  }

  #rate(name: string, hits: number, units: number): number | undefined {
    const moreHits = hits - (this.#before.get(`${name} hits`) ?? 0)
    const moreUnits = units - (this.#before.get(`${name} units`) ?? 0)
    this.#before.set(`${name} hits`, hits)
    this.#before.set(`${name} units`, units)
    return moreUnits > 0 ? moreHits / moreUnits : undefined
  }
}

/** Relative change of the mean in the harmful direction where the classifier says so, else minus infinity. */
export function classify(series: Series, harmful: 1 | -1): number {
  const found = shiftInterval(series.canary, series.baseline, kayentaQuantile)
  if (found === undefined) return -Infinity
  const bound = kayentaTolerance * Math.abs(found.estimate)
  const isBeyond = harmful === 1 ? found.low > bound : found.high < -bound
  const ratio = mean(series.canary) / mean(series.baseline)
  return isBeyond && Number.isFinite(ratio) ? Math.max(0, harmful * (ratio - 1)) : -Infinity
}
