import { candidateBit, failedBit, pathOf, startTickOf } from '../simulator/event-code.ts'
import { delayTable, errorDelay, horizonTicks, paths, successDelay, ticksPerDay } from '../simulator/shop.ts'
import { isUnit, type TickView } from '../simulator/stream.ts'
import type { Contestant, Method, Setting } from './method.ts'

/**
 * The lower bound: Wald's sequential probability ratio test of the candidate's units by somebody who knows the fault and its size,
 * the baseline with its drift and outages, and the laws of delay, and who reads the partial progress of each pending session. It
 * stops at a ratio of 1/alpha = 100, so a healthy candidate stops with a probability of at most 1 % (gate-statistics, sections 4, 5).
 *
 *     success  (1 - d)        error  silent: 1, loud: (e + (1 - e) p d) / e        pending  S1(a) / S0(a)
 *     S0(a) = 1 - e G(a) - (1 - e) p F(a)                                         S1: the same with the fault
 */
export const oracle: Method = {
  id: 'oracle',
  title: 'oracle SPRT',
  rules: ['likelihood ratio'],
  open: (setting) => new OracleSprt(setting),
}

export const oracleThreshold = Math.log(100)

const succeededBy = delayTable(successDelay)
const failedBy = delayTable(errorDelay)

class OracleSprt implements Contestant {
  readonly strengths = new Float64Array(1)
  readonly #setting: Setting
  readonly #pending = new Int32Array(paths.length * ticksPerDay)
  /** ln of the ratio of all units whose outcome is known. */
  #resolved = 0

  constructor(setting: Setting) {
    this.#setting = setting
  }

  see(view: TickView): void {
    for (let index = 0; index < view.starts.length; index++) this.#enter(view.starts.at(index))
    for (let index = 0; index < view.results.length; index++) this.#resolve(view.results.at(index), view.tick)
    this.strengths[0] = this.#resolved + this.#pendingRatio(view.tick)
  }

  #enter(code: number): void {
    if ((code & candidateBit) === 0 || !isUnit(code)) return
    const index = pathOf(code) * ticksPerDay + startTickOf(code)
    this.#pending[index] = (this.#pending[index] ?? 0) + 1
  }

  #resolve(code: number, now: number): void {
    const start = startTickOf(code)
    if ((code & candidateBit) === 0 || !isUnit(code) || now - start > horizonTicks) return
    const path = pathOf(code)
    const index = path * ticksPerDay + start
    this.#pending[index] = (this.#pending[index] ?? 0) - 1
    const { loss, errors, completion } = this.#lawOf(start, path)
    if (loss === 0) return
    if ((code & failedBit) === 0) this.#resolved += Math.log(1 - loss)
    else if (this.#isLoud) this.#resolved += Math.log((errors + (1 - errors) * completion * loss) / errors)
  }

  get #isLoud(): boolean {
    return this.#setting.stream.scenario.isLoud
  }

  #lawOf(start: number, path: number): { loss: number; errors: number; completion: number } {
    const { environment, stream } = this.#setting
    return {
      loss: stream.scenario.lossAt?.(start, path) ?? 0,
      errors: environment.errorShare[start] ?? 0,
      completion: environment.completion[path * ticksPerDay + start] ?? 0,
    }
  }

  /** Those that reach the horizon are settled: no success after it counts. */
  #pendingRatio(now: number): number {
    let sum = 0
    for (let age = Math.min(now, horizonTicks); age >= 0; age--) {
      const start = now - age
      for (let path = 0; path < paths.length; path++) {
        const count = this.#pending[path * ticksPerDay + start] ?? 0
        if (count === 0) continue
        const ratio = count * this.#survivalRatio(start, path, age)
        if (age === horizonTicks) this.#resolved += ratio
        else sum += ratio
      }
    }
    return sum
  }

  #survivalRatio(start: number, path: number, age: number): number {
    const { loss, errors, completion } = this.#lawOf(start, path)
    if (loss === 0) return 0
    const lost = (1 - errors) * completion * loss
    const successes = (1 - errors) * completion * (succeededBy[age] ?? 0)
    const failures = errors * (failedBy[age] ?? 0)
    const healthy = 1 - failures - successes
    const harmed = 1 - failures - successes * (1 - loss) - (this.#isLoud ? lost * (failedBy[age] ?? 0) : 0)
    return Math.log(harmed / healthy)
  }
}
