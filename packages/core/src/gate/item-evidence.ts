import type { Instant } from '../model/time.ts'
import { fading, itemIncrements, itemRatios, openMixture, stepMixture } from '../stats/index.ts'
import type { ItemCell, JourneyCell } from './evidence.ts'
import type { Tick } from './flow-evidence.ts'
import { isCount, isShare } from './ledger.ts'
import type { ItemContext } from './shop-signals.ts'
import type { ItemSlot, ItemState } from './state.ts'

/** Candidate journeys of the current stage whose time for the item is over. */
export interface ItemReveal {
  readonly without: number
  readonly having: number
}

export interface ItemStep {
  readonly state: ItemState
  readonly reveal: ItemReveal
  readonly foreign: number
}

/** The frame's cells of one flow: starts of journeys, and items of the kind. */
export interface ItemCells {
  readonly journeys: readonly JourneyCell[]
  readonly items: readonly ItemCell[]
}

export function openItems(own: ItemContext): ItemState {
  const nothing = [0, 0, 0, 0]
  return {
    stop: openMixture(own.stop),
    slots: [],
    closedUntil: 0,
    baseline: [0, 0],
    totals: nothing,
    stage: nothing,
    started: 0,
    lost: 0,
  }
}

/** Folds one frame in. Items are bet on as they come; the shares are learnt from journeys whose time for the item is over. */
export function stepItems(
  own: ItemContext,
  state: ItemState,
  cells: ItemCells,
  parts: { readonly tick: Tick; readonly halfLifeMs: number },
): ItemStep {
  const { tick, halfLifeMs } = parts
  const items = cells.items.filter((cell) => isUsable(own, cell))
  const starts = cells.journeys.filter((cell) => cell.outcome === 'started' && isUsable(own, cell))
  const entered = enterAll(own, state, { starts, items, at: tick.at })
  const { open, closed, closedUntil, lost } = closeItemSlots(own, { slots: entered.slots, state, tick })
  const [without = 0, having = 0] = closed.all
  const kept = fading(tick.at - tick.from, halfLifeMs)
  return {
    state: {
      stop: stepMixture(state.stop, own.stop, { ...tick, increments: stopIncrements(own, items) }),
      slots: open,
      closedUntil,
      baseline: state.baseline.map((value, index) => value * kept + (index === 0 ? without : having)),
      totals: state.totals.map((value, column) => value + (entered.totals[column] ?? 0)),
      stage: state.stage.map((value, column) => value + (closed.stage[column] ?? 0)),
      started: state.started + startedInStage(own, starts, tick),
      lost: state.lost + lost,
    },
    reveal: { without: closed.stage[2] ?? 0, having: closed.stage[3] ?? 0 },
    foreign: cells.items.length - items.length,
  }
}

function isUsable(own: ItemContext, { count, share, path, startedAt }: ItemCell | JourneyCell): boolean {
  return isCount(count) && isShare(share) && own.paths.includes(path) && Number.isSafeInteger(startedAt)
}

function isCompared(share: number): boolean {
  return share > 0 && share < 10_000
}

function startedInStage(own: ItemContext, starts: readonly JourneyCell[], { stage }: Tick): number {
  if (stage === undefined) return 0
  let started = 0
  for (const { arm, share, startedAt, count } of starts) {
    if (arm === 'candidate' && isCompared(share) && slotOf(own, startedAt) >= stage.at) started += count
  }
  return started
}

function stopIncrements(own: ItemContext, items: readonly ItemCell[]): number[] {
  const width = itemRatios.length
  const increments = Array.from({ length: width * (1 + own.paths.length) }, () => 0)
  for (const [path, share, counts] of countItems(own, items)) {
    itemIncrements(share / 10_000, counts).forEach((value, index) => {
      increments[index] = (increments[index] ?? 0) + value
      const local = width * (1 + path) + index
      increments[local] = (increments[local] ?? 0) + value
    })
  }
  return increments
}

/** Items per path index and share, in an order that does not depend on the order of arrival (SPEC G4). */
function countItems(
  own: ItemContext,
  items: readonly ItemCell[],
): [path: number, share: number, { control: number; candidate: number }][] {
  const shares = [...new Set(items.map(({ share }) => share))].sort((a, b) => a - b)
  return own.paths.flatMap((path, index) =>
    shares.map((share): [number, number, { control: number; candidate: number }] => {
      const counts = { control: 0, candidate: 0 }
      for (const cell of items) if (cell.path === path && cell.share === share) counts[cell.arm] += cell.count
      return [index, share, counts]
    }),
  )
}

interface Entry {
  readonly starts: readonly JourneyCell[]
  readonly items: readonly ItemCell[]
  readonly at: Instant
}

/** Enters starts and items into their slots; what a clock puts further ahead than the item's time, or into a closed slot, only counts in total. */
function enterAll(
  own: ItemContext,
  state: ItemState,
  { starts, items, at }: Entry,
): { slots: Map<Instant, number[]>; totals: number[] } {
  const slots = new Map(state.slots.map(({ start, counts }) => [start, counts.slice()]))
  const totals = [0, 0, 0, 0]
  for (const cell of [...starts, ...items]) {
    if (!isCompared(cell.share)) continue
    const column = (cell.arm === 'candidate' ? 2 : 0) + (cell.kind === 'item' ? 1 : 0)
    totals[column] = (totals[column] ?? 0) + cell.count
    const start = slotOf(own, cell.startedAt)
    if (start < state.closedUntil || start > at + own.withinMs) continue
    const counts = slots.get(start) ?? [0, 0, 0, 0]
    counts[column] = (counts[column] ?? 0) + cell.count
    slots.set(start, counts)
  }
  return { slots, totals }
}

function slotOf({ slotMs }: ItemContext, at: Instant): Instant {
  return Math.floor(at / slotMs) * slotMs
}

interface Closing {
  readonly slots: ReadonlyMap<Instant, readonly number[]>
  readonly state: ItemState
  readonly tick: Tick
}

/**
 * Closes the slots whose time is over: who has no item then counts as one without. Silence of those who could tell is never taken for
 * that; a slot that stays unknown for long is set aside as lost (SPEC G10).
 */
function closeItemSlots(
  own: ItemContext,
  { slots, state, tick }: Closing,
): {
  open: ItemSlot[]
  /** [without, with] of the control. */
  closed: { all: readonly number[]; stage: readonly number[] }
  closedUntil: Instant
  lost: number
} {
  const { at, heard, stage } = tick
  const known = Math.min(at, heard['gateways'] ?? -1, heard[own.source] ?? -1)
  const closed = Math.max(state.closedUntil, slotOf(own, known - own.withinMs))
  const closedUntil = Math.max(closed, slotOf(own, at - overdueTimes * own.withinMs))
  const all = [0, 0]
  const inStage = [0, 0, 0, 0]
  const open: ItemSlot[] = []
  let lost = 0
  for (const [start, counts] of [...slots].sort(([a], [b]) => a - b)) {
    if (start >= closedUntil) open.push({ start, counts })
    if (start >= closedUntil) continue
    const row = resolve(counts)
    if (start >= closed) lost += row.reduce((sum, value) => sum + value, 0)
    if (start >= closed) continue
    addInto(all, row.slice(0, 2))
    if (stage !== undefined && start >= stage.at) addInto(inStage, row)
  }
  return { open, closed: { all, stage: inStage }, closedUntil, lost }
}

const overdueTimes = 4

/** [started, with] per arm to [without, with]; items whose starts got lost stand for themselves. */
function resolve([started = 0, having = 0, candidateStarted = 0, candidateHaving = 0]: readonly number[]): number[] {
  return [Math.max(0, started - having), having, Math.max(0, candidateStarted - candidateHaving), candidateHaving]
}

function addInto(sums: number[], row: readonly number[]): void {
  row.forEach((value, column) => {
    sums[column] = (sums[column] ?? 0) + value
  })
}
