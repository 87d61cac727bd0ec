import type { Instant } from '../model/time.ts'
import {
  classLaw,
  completionFloor,
  delayBinOf,
  fading,
  noDelays,
  type ClassLaw,
  type DelayCounts,
} from '../stats/index.ts'
import type { FlowContext } from './context.ts'
import { stepPace } from './cohorts.ts'
import { sortedRows, splitKey, type DelayEntry, type Ledger } from './ledger.ts'
import type { DelayState, FlowState } from './state.ts'
import { sum, sumRows } from './sums.ts'

/** What a flow has shown so far of how its journeys end at the control, how long they take and how many there are. */
export type FlowHistory = Pick<FlowState, 'baseline' | 'delay' | 'delays' | 'pace'>

/** Folds a tick in; bets of the same tick rest on what was known before (SPEC G13). */
export function stepHistory(
  flow: FlowContext,
  state: FlowState,
  ledger: Ledger,
  tick: { readonly from: Instant; readonly at: Instant; readonly halfLifeMs: number },
): FlowHistory {
  const ms = tick.at - tick.from
  const kept = fading(ms, tick.halfLifeMs)
  const starts = startsByPath(flow, ledger)
  const paceKept = fading(ms, flow.horizonMs)
  return {
    baseline: stepBaseline(state, ledger, kept),
    delay: stepDelay(state, ledger),
    delays: stepDelays(flow, state.delays, ledger.delays, tick),
    pace: starts.map((count, path) => stepPace(state.pace[path], count, { ms, kept: paceKept })),
  }
}

function startsByPath(flow: FlowContext, ledger: Ledger): number[] {
  const starts = flow.paths.map(() => 0)
  for (const [key, [control = 0, candidate = 0]] of ledger.started) {
    const { path } = splitKey(key)
    starts[path] = (starts[path] ?? 0) + control + candidate
  }
  return starts
}

function stepDelays(
  flow: FlowContext,
  state: DelayState,
  entries: readonly DelayEntry[],
  tick: { readonly at: Instant; readonly halfLifeMs: number },
): DelayState {
  const widthMs = flow.horizonMs / blocksPerHorizon
  const isKnown = (until: Instant): boolean => tick.at >= until + flow.horizonMs
  const blocks = new Map<Instant, DelayCounts>()
  let known = state.known
  for (const { until, counts } of state.blocks) {
    if (!isKnown(until)) blocks.set(until, counts)
    else known = known.map((value, bin) => value * fading(widthMs, tick.halfLifeMs) + (counts[bin] ?? 0))
  }
  for (const { startedAt, ageMs, count } of entries) {
    const until = (Math.floor(startedAt / widthMs) + 1) * widthMs
    if (isKnown(until)) continue
    const counts = blocks.get(until) ?? noDelays
    const bin = delayBinOf(ageMs / flow.horizonMs)
    blocks.set(until, counts.with(bin, (counts[bin] ?? 0) + count))
  }
  const open = [...blocks].map(([until, counts]) => ({ until, counts }))
  return { known, blocks: open.sort((a, b) => a.until - b.until) }
}

const blocksPerHorizon = 4

/** The control's completion rate on a path, from prior and matured journeys. */
export function completionRate(flow: FlowContext, state: FlowState, path: number): number {
  const prior = flow.priors[path] ?? []
  const rate = ((state.baseline[path]?.[0] ?? 0) + (prior[0] ?? 0)) / (baselineUnits(state, path) + sum(prior))
  return Math.min(0.997, Math.max(0.003, rate))
}

/**
 * The control's law of each path: prior and matured journeys. What fails explicitly is rare, and much the same kind of thing on every path,
 * so the prior of a quiet path has the failures of all paths together.
 */
export function pathLaws(flow: FlowContext, state: FlowState): readonly ClassLaw[] {
  const failures = sum(state.baseline.map(([, failing = 0]) => failing))
  const journeys = sum(state.baseline.map((counts) => sum(counts)))
  const failing = (failures + failuresPrior * failuresPriorUnits) / (journeys + failuresPriorUnits)
  return flow.paths.map((_, path) => {
    const [done = 0, ...rest] = flow.priors[path] ?? []
    const others = sum(rest)
    const failed = Math.min(failing * (done + others), others / 2)
    return classLaw(state.baseline[path] ?? [], [done, failed, others - failed])
  })
}

const failuresPrior = 0.01
const failuresPriorUnits = 100

/**
 * The control's completion rate over paths as the pass tests may use it: nearly from measured journeys alone, because a declared rate
 * that is too high would let harm pass.
 */
export function cautiousRate(flow: FlowContext, state: FlowState, paths: readonly number[]): number | undefined {
  const known = knownRates.get(state)
  const rates = known?.flow === flow ? known.rates : new Map<string, number | undefined>()
  if (known?.rates !== rates) knownRates.set(state, { flow, rates })
  const key = paths.join(' ')
  if (!rates.has(key)) rates.set(key, measuredRate(flow, state, paths))
  return rates.get(key)
}

/** States never change, and many criteria ask for the same rates of one. */
const knownRates = new WeakMap<FlowState, { flow: FlowContext; rates: Map<string, number | undefined> }>()

function measuredRate(flow: FlowContext, state: FlowState, paths: readonly number[]): number | undefined {
  const counts = sumRows(paths.map((path) => state.baseline[path] ?? []))
  const measured = sum(counts)
  if (measured < measuredEnough) return undefined
  const prior = sumRows(paths.map((path) => flow.priors[path] ?? []))
  const weight = priorWeight / Math.max(priorWeight, sum(prior))
  const pseudo = prior.map((units) => units * weight)
  return completionFloor(classLaw(counts, pseudo)[0] ?? 0, measured)
}

const measuredEnough = 10
const priorWeight = 2

/** Matured control journeys behind a path's law (decayed). */
export function baselineUnits(state: FlowState, path: number): number {
  return sum(state.baseline[path] ?? [])
}

function stepDelay({ delay }: FlowState, { completions }: Ledger): FlowState['delay'] {
  const fresh = completions.control + completions.candidate
  if (fresh === 0) return delay
  const units = Math.min(delay.units, delayMemory) + fresh
  return { meanMs: delay.meanMs + (completions.delayMs - fresh * delay.meanMs) / units, units }
}

const delayMemory = 500

function stepBaseline(state: FlowState, ledger: Ledger, kept: number): FlowState['baseline'] {
  const baseline = state.baseline.map((counts) => counts.map((value) => value * kept))
  for (const [key, row] of sortedRows(ledger.matured)) {
    const counts = baseline[splitKey(key).path]
    if (counts === undefined) continue
    const [started = 0, done = 0, failing = 0] = row
    const others = Math.max(0, started - done - failing)
    ;[done, failing, others].forEach((value, index) => {
      counts[index] = (counts[index] ?? 0) + value
    })
  }
  return baseline
}
