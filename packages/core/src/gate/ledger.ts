import type { Instant } from '../model/time.ts'
import { cohortAt } from './cohorts.ts'
import type { FlowContext } from './context.ts'
import { journeySlotMs, type JourneyCell } from './evidence.ts'
import { tally, type Cohort, type FlowState, type Slot, type StageMark } from './state.ts'

/**
 * What one frame reveals about a flow's journeys. A journey is revealed once: completed or failed when that arrives, abandoned when
 * its slot's horizon is over. Keys are `pathIndex.share`; values are counts, so the order of cells cannot matter (SPEC G4, G5).
 */
export interface Ledger {
  readonly slots: Map<Instant, Slot>
  /** Cells of the slots that this frame changes; also in `slots`. */
  readonly touched: Map<Instant, Record<string, number[]>>
  /** [completed, failed, abandoned] of the control, then of the candidate. */
  readonly revealed: Map<string, number[]>
  /** Those of them that belong to no cohort whose members were counted. */
  readonly revealedAlone: Map<string, number[]>
  readonly revealedInStage: Map<string, number[]>
  /** Completions in cohorts that were counted, keyed `cohortIndex.share`: [control, candidate]. */
  readonly drawn: Map<string, number[]>
  /** Cohorts of which a member came to light only now. */
  readonly spoilt: Set<number>
  readonly delays: DelayEntry[]
  /** [control, candidate] */
  readonly started: Map<string, number[]>
  readonly startedInStage: Map<string, number[]>
  /** Tallies of slots whose horizon is over, and those of them that started in the stage. */
  readonly matured: Map<string, number[]>
  readonly maturedInStage: Map<string, number[]>
  readonly totals: Map<string, number[]>
  readonly completions: { control: number; candidate: number; delayMs: number }
  readonly late: { started: number; results: number }
  lost: number
  /** See `FlowState.owed`. */
  readonly owed: Map<string, readonly number[]>
  foreign: number
}

/** Journeys of the control that completed, and how long after their start. */
export interface DelayEntry {
  readonly startedAt: Instant
  readonly ageMs: number
  readonly count: number
}

export interface LedgerContext {
  readonly flow: FlowContext
  readonly state: FlowState
  /** Those of the state and those that open with this frame. */
  readonly cohorts: readonly Cohort[]
  readonly stage: StageMark | undefined
  /** The clamped instant of the frame. */
  readonly at: Instant
}

export function openLedger(state: FlowState): Ledger {
  return {
    slots: new Map(state.slots.map((slot) => [slot.start, slot])),
    touched: new Map(),
    revealed: new Map(),
    revealedAlone: new Map(),
    revealedInStage: new Map(),
    drawn: new Map(),
    spoilt: new Set(),
    delays: [],
    started: new Map(),
    startedInStage: new Map(),
    matured: new Map(),
    maturedInStage: new Map(),
    totals: new Map(),
    completions: { control: 0, candidate: 0, delayMs: 0 },
    late: { ...state.late },
    lost: state.lost,
    owed: new Map(Object.entries(state.owed)),
    foreign: 0,
  }
}

/** Enters one cell. Starts that a gateway's clock puts further ahead than the horizon are foreign: they could never be closed in time. */
export function enterJourneys(ledger: Ledger, cell: JourneyCell, context: LedgerContext): void {
  const { flow, state, at } = context
  const path = flow.positions.get(cell.path)
  if (path === undefined || !isCount(cell.count) || !isShare(cell.share) || !(cell.startedAt <= at + flow.horizonMs)) {
    ledger.foreign += isCount(cell.count) ? cell.count : 0
    return
  }
  const key = `${path}.${cell.share}`
  const column = (cell.arm === 'candidate' ? tally.candidate : 0) + tally[cell.outcome]
  add(ledger.totals, key, column, cell.count)
  const start = Math.floor(cell.startedAt / flow.slotMs) * flow.slotMs
  if (start < state.closedUntil) {
    if (cell.outcome === 'started') ledger.late.started += cell.count
    else ledger.late.results += cell.count
    return
  }
  enterOpenSlot(ledger, { start, key, column, count: cell.count })
  const cohort = cohortAt(context.cohorts, path, start)
  const counted = context.cohorts[cohort]?.atRisk === undefined ? undefined : cohort
  const where = { key, inStage: isInStage(start, context), counted }
  const { outcome } = cell
  if (outcome === 'started') noteStart(ledger, cell, where)
  else noteResult(ledger, { ...cell, outcome }, { ...where, at })
}

export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0
}

export function isShare(share: number): boolean {
  return Number.isInteger(share) && share >= 0 && share <= 10_000
}

function isInStage(start: Instant, { stage }: LedgerContext): boolean {
  return stage !== undefined && start >= stage.at
}

function enterOpenSlot(ledger: Ledger, entry: { start: Instant; key: string; column: number; count: number }): void {
  const cells = ledger.touched.get(entry.start) ?? touchSlot(ledger, entry.start)
  const counts = cells[entry.key] ?? emptyTally.slice()
  counts[entry.column] = (counts[entry.column] ?? 0) + entry.count
  cells[entry.key] = counts
}

/** Copies a slot the first time a frame changes it. */
function touchSlot(ledger: Ledger, start: Instant): Record<string, number[]> {
  const cells: Record<string, number[]> = {}
  for (const [key, counts] of Object.entries(ledger.slots.get(start)?.cells ?? {})) cells[key] = counts.slice()
  ledger.touched.set(start, cells)
  ledger.slots.set(start, { start, cells })
  return cells
}

const emptyTally: readonly number[] = Array.from({ length: tally.size }, () => 0)

/** `counted` is the index of the journeys' cohort if its members were counted already. */
interface Whereabouts {
  readonly key: string
  readonly inStage: boolean
  readonly counted: number | undefined
}

function noteStart(ledger: Ledger, cell: JourneyCell, { key, inStage, counted }: Whereabouts): void {
  const column = cell.arm === 'candidate' ? 1 : 0
  if (counted !== undefined) ledger.spoilt.add(counted)
  add(ledger.started, key, column, cell.count)
  if (inStage) add(ledger.startedInStage, key, column, cell.count)
}

function noteResult(
  ledger: Ledger,
  cell: JourneyCell & { outcome: 'completed' | 'failed' },
  where: Whereabouts & { readonly at: Instant },
): void {
  const { key, inStage, counted, at } = where
  const candidate = cell.arm === 'candidate'
  const column = (candidate ? 3 : 0) + (cell.outcome === 'failed' ? 1 : 0)
  add(ledger.revealed, key, column, cell.count)
  if (counted === undefined) add(ledger.revealedAlone, key, column, cell.count)
  if (inStage) add(ledger.revealedInStage, key, column, cell.count)
  if (cell.outcome === 'failed') return
  if (counted !== undefined) add(ledger.drawn, `${counted}.${cell.share}`, candidate ? 1 : 0, cell.count)
  const ageMs = Math.max(0, at - cell.startedAt - journeySlotMs / 2)
  if (!candidate) ledger.delays.push({ startedAt: cell.startedAt, ageMs, count: cell.count })
  ledger.completions[cell.arm] += cell.count
  ledger.completions.delayMs += cell.count * ageMs
}

/**
 * Closes the slots whose horizon is over: what has no outcome is an abandon. `known` is the instant up to which every source has been
 * heard, so that silence of a source is never taken for abandons; a slot that stays unknown for long is set aside as lost (SPEC G10).
 */
export function closeSlots(ledger: Ledger, context: LedgerContext, known: Instant, taintedUntil: Instant): Instant {
  const { flow, state, at } = context
  const closed = Math.max(state.closedUntil, floorTo(known - flow.horizonMs, flow.slotMs))
  const overdue = floorTo(at - overdueHorizons * flow.horizonMs, flow.slotMs)
  const closedUntil = Math.max(closed, overdue)
  for (const slot of ledger.slots.values()) {
    if (slot.start >= closedUntil) continue
    const isLost = slot.start >= closed || slot.start <= taintedUntil
    closeSlot(ledger, slot, { inStage: isInStage(slot.start, context), isLost, cohorts: context.cohorts })
    ledger.slots.delete(slot.start)
  }
  return closedUntil
}

const overdueHorizons = 4

function floorTo(instant: Instant, step: number): Instant {
  return Math.floor(instant / step) * step
}

function closeSlot(
  ledger: Ledger,
  slot: Slot,
  { inStage, isLost, cohorts }: { inStage: boolean; isLost: boolean; cohorts: readonly Cohort[] },
): void {
  for (const [key, counts] of Object.entries(slot.cells)) {
    // Of a cohort everything has been said: who is left at the horizon follows from the draws before.
    const isAlone = cohorts[cohortAt(cohorts, splitKey(key).path, slot.start)]?.atRisk === undefined
    for (const arm of [0, tally.candidate]) {
      const abandons = abandonsOf(ledger, key, counts, arm)
      if (isLost) ledger.lost += abandons
      if (isLost || abandons === 0) continue
      add(ledger.revealed, key, arm + 2, abandons)
      if (isAlone) add(ledger.revealedAlone, key, arm + 2, abandons)
      if (inStage) add(ledger.revealedInStage, key, arm + 2, abandons)
    }
    if (isLost) continue
    addAll(ledger.matured, key, counts)
    if (inStage) addAll(ledger.maturedInStage, key, counts)
  }
}

/**
 * Starts without an outcome. Outcomes beyond the starts (a journey with two outcomes, a start that was lost) are owed: else they would
 * hide abandons of the control, whose slots are full, and none of the candidate's, whose slots are small.
 */
function abandonsOf(ledger: Ledger, key: string, counts: readonly number[], arm: number): number {
  const owed = ledger.owed.get(key) ?? [0, 0]
  const side = arm === 0 ? 0 : 1
  const left = count(counts, arm) - count(counts, arm + 1) - count(counts, arm + 2) - (owed[side] ?? 0)
  const still = owed.map((value, index) => (index === side ? Math.max(0, -left) : value))
  if (still.some((value) => value > 0)) ledger.owed.set(key, still)
  else ledger.owed.delete(key)
  return Math.max(0, left)
}

function count(counts: readonly number[], column: number): number {
  return counts[column] ?? 0
}

function addAll(table: Map<string, number[]>, key: string, counts: readonly number[]): void {
  counts.forEach((value, column) => {
    if (value > 0) add(table, key, column, value)
  })
}

function add(table: Map<string, number[]>, key: string, column: number, value: number): void {
  const row = table.get(key) ?? emptyTally.slice()
  row[column] = (row[column] ?? 0) + value
  table.set(key, row)
}

/** A key's path index and share (basis points). */
export function splitKey(key: string): { readonly path: number; readonly share: number } {
  const dot = key.indexOf('.')
  return { path: Number(key.slice(0, dot)), share: Number(key.slice(dot + 1)) }
}

/** Rows of a table in an order that does not depend on the order of arrival. */
export function sortedRows(table: ReadonlyMap<string, readonly number[]>): [string, readonly number[]][] {
  return [...table].sort(([a], [b]) => (a < b ? -1 : 1))
}
