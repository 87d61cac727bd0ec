import type { Instant } from '../model/time.ts'
import {
  addCompletionTerms,
  classLaw,
  completionFloor,
  completionIncrements,
  droughtSuspected,
  fading,
  noDrought,
  openMixture,
  passUnits,
  splitIncrements,
  splitRatios,
  stepDrought,
  stepMixture,
  type ClassLaw,
  type PassUnits,
  type RevealedUnits,
} from '../stats/index.ts'
import type { FlowContext } from './context.ts'
import type { JourneyCell } from './evidence.ts'
import {
  closeSlots,
  enterJourneys,
  openLedger,
  sortedRows,
  splitKey,
  type Ledger,
  type LedgerContext,
} from './ledger.ts'
import { tally, type FlowStageState, type FlowState, type StageMark } from './state.ts'
import { sum } from './sums.ts'

/** One tick as every subject of evidence sees it. */
export interface Tick {
  /** End of the tick before, and of this one, on the clamped clock. */
  readonly from: Instant
  readonly at: Instant
  readonly halfLifeMs: number
  /** Restart cash left at the end of the tick. */
  readonly cash: number
  readonly stage: StageMark | undefined
  /** Latest instants at which gateways and the shop's outcome events were heard. */
  readonly heard: Readonly<Record<string, Instant>>
}

/** Units of the current stage that a tick revealed on one path, for the pass tests. */
export interface PathReveal {
  readonly path: number
  readonly units: PassUnits
  /** The control's completion rate as the pass tests may use it; undefined while too few journeys have been measured. */
  readonly rate: number | undefined
}

export interface FlowStep {
  readonly state: FlowState
  readonly reveals: readonly PathReveal[]
  readonly foreign: number
}

export function openFlow(flow: FlowContext): FlowState {
  return {
    slots: [],
    closedUntil: 0,
    taintedUntil: -1,
    drought: { control: noDrought, both: noDrought },
    delay: { meanMs: 0, units: 0 },
    baseline: flow.paths.map(() => [0, 0, 0]),
    stop: openMixture(flow.stop),
    starts: openMixture(flow.starts),
    totals: {},
    stage: openFlowStage(flow),
    late: { started: 0, results: 0 },
    lost: 0,
  }
}

export function openFlowStage(flow: FlowContext): FlowStageState {
  const pairs = flow.paths.map(() => [0, 0])
  return { started: pairs, resolved: pairs, matured: flow.paths.map(() => [0, 0, 0, 0, 0, 0]) }
}

/** Folds one frame's journeys in. All bets of the tick use what was known before it (SPEC G13). */
export function stepFlow(flow: FlowContext, state: FlowState, cells: readonly JourneyCell[], tick: Tick): FlowStep {
  const ledger = openLedger(state)
  const context: LedgerContext = { flow, state, stage: tick.stage, at: tick.at }
  for (const cell of cells) enterJourneys(ledger, cell, context)
  const laws = flow.paths.map((_, path) => pathLaw(flow, state, path))
  const firstStartAt = state.firstStartAt ?? (ledger.started.size > 0 ? tick.at : undefined)
  const drought = stepDroughts(flow, state, { ledger, laws, tick })
  const taintedUntil = drought.control.level >= droughtSuspected ? tick.at : state.taintedUntil
  const closedUntil = closeSlots(ledger, context, knownUntil(flow, tick), taintedUntil)
  return {
    state: {
      slots: [...ledger.slots.values()].sort((a, b) => a.start - b.start),
      closedUntil,
      ...(firstStartAt === undefined ? {} : { firstStartAt }),
      taintedUntil,
      drought,
      delay: stepDelay(state, ledger),
      baseline: stepBaseline(state, ledger, fading(tick.at - tick.from, tick.halfLifeMs)),
      stop: stepMixture(state.stop, flow.stop, { ...tick, increments: stopIncrements(flow, ledger, laws) }),
      starts: stepMixture(state.starts, flow.starts, { ...tick, increments: startIncrements(flow, ledger) }),
      totals: addTotals(flow, state, ledger),
      stage: stepStage(state.stage, ledger),
      late: ledger.late,
      lost: ledger.lost,
    },
    reveals: stageReveals(flow, state, ledger),
    foreign: ledger.foreign,
  }
}

/** The control's completion rate on a path, from prior and matured journeys. */
export function completionRate(flow: FlowContext, state: FlowState, path: number): number {
  const prior = flow.priors[path] ?? []
  const rate = ((state.baseline[path]?.[0] ?? 0) + (prior[0] ?? 0)) / (baselineUnits(state, path) + sum(prior))
  return Math.min(0.997, Math.max(0.003, rate))
}

/** The control's law of a path: prior and matured journeys. */
function pathLaw(flow: FlowContext, state: FlowState, path: number): ClassLaw {
  return classLaw(state.baseline[path] ?? [], flow.priors[path] ?? [])
}

function stageReveals(flow: FlowContext, state: FlowState, ledger: Ledger): PathReveal[] {
  return sortedRows(ledger.revealedInStage).map(([key, row]) => {
    const { path } = splitKey(key)
    return { path, units: passUnits(revealed(key, row)), rate: cautiousRate(flow, state, path) }
  })
}

/**
 * The control's completion rate on a path as the pass tests may use it: nearly from measured journeys alone, because a declared rate
 * that is too high would let harm pass.
 */
function cautiousRate(flow: FlowContext, state: FlowState, path: number): number | undefined {
  const measured = baselineUnits(state, path)
  if (measured < measuredEnough) return undefined
  const prior = flow.priors[path] ?? []
  const weight = priorWeight / Math.max(priorWeight, sum(prior))
  const pseudo = prior.map((units) => units * weight)
  return completionFloor(classLaw(state.baseline[path] ?? [], pseudo)[0] ?? 0, measured)
}

const measuredEnough = 10
const priorWeight = 2

/** Matured control journeys behind a path's law (decayed). */
function baselineUnits(state: FlowState, path: number): number {
  return sum(state.baseline[path] ?? [])
}

function knownUntil(flow: FlowContext, { at, heard }: Tick): Instant {
  return Math.min(at, heard['gateways'] ?? -1, heard[flow.outcomesFrom] ?? -1)
}

function revealed(key: string, row: readonly number[]): RevealedUnits {
  return { share: splitKey(key).share / 10_000, control: row.slice(0, 3), candidate: row.slice(3) }
}

function stopIncrements(flow: FlowContext, ledger: Ledger, laws: readonly ClassLaw[]): number[] {
  const terms: number[][] = flow.paths.map(() => [])
  for (const [key, row] of sortedRows(ledger.revealed)) {
    const { path } = splitKey(key)
    addCompletionTerms(terms[path] ?? [], revealed(key, row), laws[path] ?? [])
  }
  return completionIncrements(flow.alternatives, terms)
}

/** Whether journeys start in both arms as the exposure says: over all paths, and per path. */
function startIncrements(flow: FlowContext, ledger: Ledger): number[] {
  const width = splitRatios.length
  const increments = Array.from({ length: width * (1 + flow.paths.length) }, () => 0)
  for (const [key, row] of sortedRows(ledger.started)) {
    const { path, share } = splitKey(key)
    splitIncrements(share / 10_000, { control: row[0] ?? 0, candidate: row[1] ?? 0 }).forEach((value, index) => {
      increments[index] = (increments[index] ?? 0) + value
      const own = width * (1 + path) + index
      increments[own] = (increments[own] ?? 0) + value
    })
  }
  return increments
}

function stepDroughts(
  flow: FlowContext,
  state: FlowState,
  { ledger, laws, tick }: { ledger: Ledger; laws: readonly ClassLaw[]; tick: Tick },
): FlowState['drought'] {
  const history = sum(flow.paths.map((_, path) => baselineUnits(state, path)))
  const openFor = tick.at - (state.firstStartAt ?? tick.at)
  if (history < historyForDrought || openFor < flow.horizonMs + flow.slotMs) return state.drought
  const expected = [0, 0]
  for (const [key, row] of sortedRows(ledger.started)) {
    const rate = laws[splitKey(key).path]?.[0] ?? 0
    expected[0] = (expected[0] ?? 0) + rate * (row[0] ?? 0)
    expected[1] = (expected[1] ?? 0) + rate * (row[1] ?? 0)
  }
  const { control, candidate } = ledger.completions
  const ofBoth = (expected[0] ?? 0) + (expected[1] ?? 0)
  return {
    control: stepDrought(state.drought.control, expected[0] ?? 0, control, tick.from),
    both: stepDrought(state.drought.both, ofBoth, control + candidate, tick.from),
  }
}

/** Matured control journeys without which nothing can be said to be missing. */
const historyForDrought = 20

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

function addTotals(flow: FlowContext, state: FlowState, ledger: Ledger): FlowState['totals'] {
  if (ledger.totals.size === 0) return state.totals
  const totals: Record<string, readonly number[]> = { ...state.totals }
  for (const [key, row] of ledger.totals) {
    const { path, share } = splitKey(key)
    const name = `${flow.paths[path] ?? ''}@${flow.shares.includes(share) ? share : 'other'}`
    totals[name] = row.map((value, column) => value + (totals[name]?.[column] ?? 0))
  }
  return totals
}

function stepStage(stage: FlowStageState, ledger: Ledger): FlowStageState {
  return {
    started: addRows(stage.started, ledger.startedInStage, (row) => [row[0] ?? 0, row[1] ?? 0]),
    resolved: addRows(stage.resolved, ledger.revealedInStage, (row) => [
      sum(row.slice(0, tally.candidate)),
      sum(row.slice(tally.candidate)),
    ]),
    matured: addRows(stage.matured, ledger.maturedInStage, (row) => row),
  }
}

function addRows(
  rows: readonly (readonly number[])[],
  table: ReadonlyMap<string, readonly number[]>,
  toRow: (counts: readonly number[]) => readonly number[],
): readonly (readonly number[])[] {
  if (table.size === 0) return rows
  const sums = rows.map((row) => row.slice())
  for (const [key, counts] of table) {
    const own = sums[splitKey(key).path]
    if (own === undefined) continue
    toRow(counts).forEach((value, column) => {
      own[column] = (own[column] ?? 0) + value
    })
  }
  return sums
}
