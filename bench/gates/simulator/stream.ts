import { environmentOf, type Environment } from './environment.ts'
import { baselineBit, candidateBit, failedBit, packSession, pathOf, unitBit } from './event-code.ts'
import { NumberList } from './number-list.ts'
import { randomOf, type Random } from './random.ts'
import type { Exposure, Scenario } from './scenario.ts'
import {
  errorDelay,
  furtherErrorRequests,
  latencyLaw,
  paths,
  requestsPerSession,
  retries,
  revenueLaw,
  slowestTwentieth,
  successDelay,
  tickMs,
  ticksPerDay,
  ticksPerMinute,
} from './shop.ts'

export interface StreamSettings {
  readonly perMinute: number
  readonly exposure: Exposure
  readonly scenario: Scenario
  readonly seed: number
}

/** One tick; the same object is filled anew by every tick. Codes: see event-code. */
export interface TickView {
  readonly tick: number
  readonly basisPoints: number
  /** Sessions that began; `latencies` (microseconds) and `pageErrors` are of their first request. */
  readonly starts: NumberList
  readonly latencies: NumberList
  readonly pageErrors: NumberList
  /** Sessions that completed or failed (failedBit); `values` holds the order's value, or the number of failed requests. */
  readonly results: NumberList
  readonly values: NumberList
  /** Orders that the candidate's sessions of this tick are expected to lose, and how many sessions those are. */
  readonly lost: number
  readonly exposed: number
}

/** Results later than this are dropped: one success in a million. */
const ringTicks = 720
const botLength = 2 * 360
const botsPerDay = 20
const botTrafficShare = 0.02

/** Every checkout session of one shop and one day, tick by tick, from a seed. */
export class SessionStream {
  readonly environment: Environment
  readonly settings: StreamSettings
  readonly #random: Random
  readonly #ring = Array.from({ length: ringTicks }, () => new NumberList())
  /** Retries that come due, by tick, path and (control, candidate, baseline). */
  readonly #retries = new Uint16Array(ticksPerDay * paths.length * 3)
  readonly #bots: readonly { readonly from: number; readonly arm: number; readonly seen: { any: boolean } }[]
  readonly #view = {
    tick: -1,
    basisPoints: 0,
    starts: new NumberList(1_024),
    latencies: new NumberList(1_024),
    pageErrors: new NumberList(1_024),
    results: new NumberList(1_024),
    values: new NumberList(1_024),
    lost: 0,
    exposed: 0,
  }

  constructor(settings: StreamSettings) {
    this.settings = settings
    const { perMinute, scenario, seed } = settings
    const name = `${scenario.id} ${perMinute} ${settings.exposure(0)} ${settings.exposure(ticksPerDay)}`
    this.#random = randomOf(seed, name)
    this.environment = environmentOf(perMinute, scenario, this.#random)
    this.#bots = this.#drawBots()
  }

  /** The next tick; undefined when the day is over. */
  next(): TickView | undefined {
    const view = this.#view
    if (++view.tick >= ticksPerDay) return undefined
    view.basisPoints = this.settings.exposure(view.tick)
    view.lost = 0
    view.exposed = 0
    for (const list of [view.starts, view.latencies, view.pageErrors, view.results, view.values]) list.clear()
    this.#beginFirstSessions()
    this.#beginRetries()
    this.#beginBotSessions()
    this.#collectResults()
    return view
  }

  #beginFirstSessions(): void {
    const { tick, basisPoints } = this.#view
    const share = basisPoints / 10_000
    const arrivals = this.#random.poisson(this.environment.volume[tick] ?? 0)
    for (let index = 0; index < arrivals; index++) {
      const arm = this.#random.uniform() < share ? 1 : 0
      const isBaseline = arm === 0 && this.#random.uniform() < share / (1 - share)
      this.#begin({ arm, isBaseline, isUnit: true, path: this.#drawPath() }, 1)
    }
  }

  #drawPath(): number {
    let left = this.#random.uniform()
    for (let path = 0; path < paths.length; path++) {
      left -= paths[path]?.share ?? 0
      if (left < 0) return path
    }
    return 0
  }

  #beginRetries(): void {
    const from = this.#view.tick * paths.length * 3
    for (let path = 0; path < paths.length; path++) {
      for (let kind = 0; kind < 3; kind++) {
        const count = this.#retries[from + path * 3 + kind] ?? 0
        const session = { arm: kind === 1 ? 1 : 0, isBaseline: kind === 2, isUnit: false, path }
        for (let index = 0; index < count; index++) this.#begin(session, retries.completionFactor)
      }
    }
  }

  #beginBotSessions(): void {
    const { tick } = this.#view
    for (const { from, arm, seen } of this.#bots) {
      if (tick < from || tick >= from + botLength) continue
      const sessions = this.#random.poisson((this.environment.volume[tick] ?? 0) * botTrafficShare)
      for (let index = 0; index < sessions; index++) {
        this.#begin({ arm, isBaseline: false, isUnit: !seen.any, path: 0 }, 0)
        seen.any = true
      }
    }
  }

  #drawBots(): { from: number; arm: number; seen: { any: boolean } }[] {
    if (this.settings.scenario.hasBots !== true) return []
    return Array.from({ length: this.#random.poisson(botsPerDay) }, () => {
      const from = Math.floor(this.#random.uniform() * (ticksPerDay - botLength))
      const arm = this.#random.uniform() * 10_000 < this.settings.exposure(from) ? 1 : 0
      return { from, arm, seen: { any: false } }
    })
  }

  /** `completionFactor` 0 is a bot: it never buys, never comes back, and errors like anybody. */
  #begin(session: { arm: number; isBaseline: boolean; isUnit: boolean; path: number }, completionFactor: number): void {
    const { tick } = this.#view
    const random = this.#random
    const moment = random.uniform()
    // A tick touches two slots of 15 s: ticks 0, 1, 2 lie in slots 0, 0|1, 1.
    const slotOffset = tick % 3 === 1 && moment >= 0.5 ? 1 : 0
    const code = packSession({ ...session, startTick: tick, slotOffset })
    const { arm, path } = session
    const errorShare =
      (this.environment.errorShare[tick] ?? 0) + (arm === 1 ? (this.environment.candidateErrorShare[tick] ?? 0) : 0)
    const completion = completionFactor * (this.environment.completion[path * ticksPerDay + tick] ?? 0)
    const loss = arm === 1 ? (this.settings.scenario.lossAt?.(tick, path) ?? 0) : 0
    this.#drawFirstRequest(code, errorShare)
    if (arm === 1) {
      this.#view.exposed++
      this.#view.lost += (1 - errorShare) * completion * loss
    }
    const outcome = this.#drawOutcome(errorShare, completion, loss)
    if (outcome === 'completed') this.#resolveLater(code, moment, successDelay)
    else if (outcome === 'failed') this.#resolveLater(code | failedBit, moment, errorDelay)
    if (outcome !== 'completed' && completionFactor > 0) this.#maybeRetry(code)
  }

  #drawOutcome(errorShare: number, completion: number, loss: number): 'completed' | 'failed' | 'abandoned' {
    const random = this.#random
    if (random.uniform() < errorShare) return 'failed'
    if (random.uniform() >= completion) return 'abandoned'
    if (loss === 0 || random.uniform() >= loss) return 'completed'
    return this.settings.scenario.isLoud ? 'failed' : 'abandoned'
  }

  /** A session's failed requests hit its first one as often as any other; the faults sit in later steps. */
  #drawFirstRequest(code: number, errorShare: number): void {
    const random = this.#random
    const ofFirst = (errorShare * (1 + furtherErrorRequests)) / requestsPerSession
    const z = random.gaussian()
    const { latency } = this.settings.scenario
    const isHit =
      latency !== undefined &&
      (code & candidateBit) === 1 &&
      (latency.which === 'slowest' ? z > slowestTwentieth : random.uniform() < 0.05)
    const load = this.environment.load[this.#view.tick] ?? 0
    const micros = latencyLaw.medianMicros * Math.exp(latencyLaw.sigma * z + load) * (isHit ? latency.factor : 1)
    this.#view.starts.push(code)
    this.#view.latencies.push(micros)
    this.#view.pageErrors.push(random.uniform() < ofFirst ? 1 : 0)
  }

  #resolveLater(code: number, moment: number, law: { medianSeconds: number; sigma: number }): void {
    const seconds = law.medianSeconds * Math.exp(law.sigma * this.#random.gaussian())
    const ticks = Math.floor(moment + (seconds * 1_000) / tickMs)
    if (ticks < ringTicks) this.#ring[(this.#view.tick + ticks) % ringTicks]?.push(code)
  }

  #maybeRetry(code: number): void {
    const random = this.#random
    if (random.uniform() >= retries.share) return
    const minutes = retries.afterMinutes + retries.meanMinutes * random.exponential()
    const tick = this.#view.tick + Math.round(minutes * ticksPerMinute)
    if (tick >= ticksPerDay) return
    const kind = (code & candidateBit) === 1 ? 1 : (code & baselineBit) === 0 ? 0 : 2
    const index = (tick * paths.length + pathOf(code)) * 3 + kind
    this.#retries[index] = (this.#retries[index] ?? 0) + 1
  }

  #collectResults(): void {
    const due = this.#ring[this.#view.tick % ringTicks]
    if (due === undefined) return
    for (let index = 0; index < due.length; index++) {
      const code = due.at(index)
      this.#view.results.push(code)
      const isCompleted = (code & failedBit) === 0
      this.#view.values.push(isCompleted ? this.#drawRevenue() : 1 + this.#random.poisson(furtherErrorRequests))
    }
    due.clear()
  }

  #drawRevenue(): number {
    const random = this.#random
    const value = Math.exp(revenueLaw.mu + revenueLaw.sigma * random.gaussian())
    return random.uniform() < revenueLaw.outlierShare ? value * revenueLaw.outlierFactor : value
  }
}

export function isUnit(code: number): boolean {
  return (code & unitBit) !== 0
}
