import type { Instant } from '../model/time.ts'
import {
  addCompletionTerms,
  completionIncrements,
  droughtSuspected,
  noDelays,
  noDrought,
  openMixture,
  passUnits,
  splitIncrements,
  splitRatios,
  stepDrought,
  stepMixture,
  type ClassLaw,
  type HarmKind,
  type MixtureState,
  type PassUnits,
  type RevealedUnits,
} from '../stats/index.ts'
import { stepCohorts } from './cohort-evidence.ts'
import { planCohorts } from './cohorts.ts'
import type { FlowContext } from './context.ts'
import type { JourneyCell } from './evidence.ts'
import { baselineUnits, pathLaws, stepHistory } from './flow-history.ts'
import {
  closeSlots,
  enterJourneys,
  openLedger,
  sortedRows,
  splitKey,
  type Ledger,
  type LedgerContext,
} from './ledger.ts'
import { tally, type Cohort, type FlowStageState, type FlowState, type StageMark } from './state.ts'
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
    delays: { known: noDelays, blocks: [] },
    pace: [],
    assignedUntil: [],
    cohorts: [],
    baseline: flow.paths.map(() => [0, 0, 0]),
    stop: { silent: openMixture(flow.stop.silent), loud: openMixture(flow.stop.loud) },
    starts: openMixture(flow.starts),
    totals: {},
    stage: openFlowStage(flow),
    late: { started: 0, results: 0, cohorts: 0, inARow: 0 },
    lost: 0,
    owed: {},
  }
}

export function openFlowStage(flow: FlowContext): FlowStageState {
  const pairs = flow.paths.map(() => [0, 0])
  return { started: pairs, resolved: pairs, matured: flow.paths.map(() => [0, 0, 0, 0, 0, 0]) }
}

/** Folds one frame's journeys in. All bets of the tick use what was known before it (SPEC G13). */
export function stepFlow(flow: FlowContext, state: FlowState, cells: readonly JourneyCell[], tick: Tick): FlowStep {
  const ledger = openLedger(state)
  const { cohorts, assignedUntil } = planCohorts(flow, state, tick.at)
  const context: LedgerContext = { flow, state, cohorts, stage: tick.stage, at: tick.at }
  for (const cell of cells) enterJourneys(ledger, cell, context)
  const laws = pathLaws(flow, state)
  const firstStartAt = state.firstStartAt ?? (ledger.started.size > 0 ? tick.at : undefined)
  const drought = stepDroughts(flow, state, { ledger, laws, tick })
  const taintedUntil = drought.control.level >= droughtSuspected ? tick.at : state.taintedUntil
  const closedUntil = closeSlots(ledger, context, knownUntil(flow, tick), taintedUntil)
  const bets = stopBets(flow, state, { ledger, cohorts, laws, tick })
  return {
    state: {
      slots: [...ledger.slots.values()].sort((a, b) => a.start - b.start),
      closedUntil,
      ...(firstStartAt === undefined ? {} : { firstStartAt }),
      taintedUntil,
      drought,
      ...stepHistory(flow, state, ledger, tick),
      assignedUntil,
      cohorts: bets.cohorts.filter(({ until }) => until > closedUntil),
      stop: bets.stop,
      starts: stepMixture(state.starts, flow.starts, { ...tick, increments: startIncrements(flow, ledger) }),
      totals: addTotals(flow, state, ledger),
      stage: stepStage(state.stage, ledger),
      late: {
        ...ledger.late,
        cohorts: state.late.cohorts + spoiltOf(bets.cohorts) - spoiltOf(cohorts),
        inARow: ledger.started.size > 0 ? 0 : state.late.inARow + ledger.late.started - state.late.started,
      },
      lost: ledger.lost,
      owed: Object.fromEntries([...ledger.owed].sort(([a], [b]) => (a < b ? -1 : 1))),
    },
    reveals: stageReveals(ledger),
    foreign: ledger.foreign,
  }
}

function stageReveals(ledger: Ledger): PathReveal[] {
  return sortedRows(ledger.revealedInStage).map(([key, row]) => {
    const { path } = splitKey(key)
    return { path, units: passUnits(revealed(key, row)) }
  })
}

function knownUntil(flow: FlowContext, { at, heard }: Tick): Instant {
  return Math.min(at, heard['gateways'] ?? -1, heard[flow.outcomesFrom] ?? -1)
}

function revealed(key: string, row: readonly number[]): RevealedUnits {
  return { share: splitKey(key).share / 10_000, control: row.slice(0, 3), candidate: row.slice(3) }
}

function spoiltOf(cohorts: readonly Cohort[]): number {
  return cohorts.filter(({ isSpoilt }) => isSpoilt).length
}

/** Loud harm is bet on journey by journey, at once; silent harm through cohorts, and journey by journey where there are none. */
function stopBets(
  flow: FlowContext,
  state: FlowState,
  {
    ledger,
    cohorts,
    laws,
    tick,
  }: { ledger: Ledger; cohorts: readonly Cohort[]; laws: readonly ClassLaw[]; tick: Tick },
): Pick<FlowState, 'stop' | 'cohorts'> {
  const loud = termsOf(flow, 'loud', ledger.revealed, laws)
  const silent = termsOf(flow, 'silent', ledger.revealedAlone, laws)
  const { from, at, heard } = tick
  const startsKnownUntil = Math.min(at, heard['gateways'] ?? -1)
  const cohortTick = { flow, laws, delays: state.delays.known, from, at, startsKnownUntil }
  const stepped = stepCohorts(ledger, cohorts, cohortTick, silent)
  const step = (kind: HarmKind, terms: readonly (readonly number[])[]): MixtureState => {
    const increments = completionIncrements(flow.alternatives, terms)
    return stepMixture(state.stop[kind], flow.stop[kind], { ...tick, increments })
  }
  return { stop: { silent: step('silent', silent), loud: step('loud', loud) }, cohorts: stepped }
}

function termsOf(
  flow: FlowContext,
  kind: HarmKind,
  table: ReadonlyMap<string, readonly number[]>,
  laws: readonly ClassLaw[],
): number[][] {
  const terms: number[][] = flow.paths.map(() => [])
  for (const [key, row] of sortedRows(table)) {
    const { path } = splitKey(key)
    addCompletionTerms(terms[path] ?? [], kind, revealed(key, row), laws[path] ?? [])
  }
  return terms
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
  let ofControl = 0
  let ofBoth = 0
  for (const [key, [started = 0, candidates = 0]] of sortedRows(ledger.started)) {
    const { path, share } = splitKey(key)
    const orders = (laws[path]?.[0] ?? 0) * (started + candidates)
    ofBoth += orders
    // By its share, never by how many it got: a drought sets abandons aside, and their labels must not help to choose which (SPEC G13).
    ofControl += orders * (1 - share / 10_000)
  }
  const { control, candidate } = ledger.completions
  return {
    control: stepDrought(state.drought.control, ofControl, control, tick.from),
    both: stepDrought(state.drought.both, ofBoth, control + candidate, tick.from),
  }
}

/** Matured control journeys without which nothing can be said to be missing. */
const historyForDrought = 20

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
