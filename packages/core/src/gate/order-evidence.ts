import {
  bucketMiddle,
  fading,
  latencyBucketCount,
  openMixture,
  stepMixture,
  valueClasses,
  valueIncrements,
  valueModel,
  valueReferenceUnits,
  type MixtureDesign,
  type ValueCount,
  type ValueModel,
} from '../stats/index.ts'
import type { Arm } from '../exposure/arm.ts'
import type { OrderCell } from './evidence.ts'
import type { Tick } from './flow-evidence.ts'
import { isCount, isShare } from './ledger.ts'
import { stepReference } from './reference.ts'
import type { OrderContext } from './shop-signals.ts'
import type { OrderState } from './state.ts'
import { sumRows } from './sums.ts'

/** Orders of the current stage that a tick revealed at one share. */
export interface OrderReveal {
  /** Probability of the candidate, 0..1. */
  readonly share: number
  readonly orders: readonly ValueCount[]
}

export interface OrderStep {
  readonly state: OrderState
  readonly reveals: readonly OrderReveal[]
  readonly foreign: number
}

export function openOrders(design: MixtureDesign): OrderState {
  const nothing = [0, 0, 0, 0]
  return {
    histogram: {},
    units: 0,
    refreshAt: valueReferenceUnits,
    rebuilds: 0,
    stop: openMixture(design),
    totals: nothing,
    stage: nothing,
    valued: nothing,
  }
}

interface Parts {
  readonly design: MixtureDesign
  readonly halfLifeMs: number
  readonly tick: Tick
}

/** Folds one frame's orders of one flow and currency in; bets use what was known before it (SPEC G13). */
export function stepOrders(
  own: OrderContext,
  before: OrderState,
  cells: readonly OrderCell[],
  { design, halfLifeMs, tick }: Parts,
): OrderStep {
  const state = withMargins(own, before)
  const usable = cells.filter(isUsable)
  const valued = usable.filter(({ currency }) => currency === own.currency)
  const compared = valued.filter(({ share }) => share > 0 && share < 10_000)
  const inStage = (cell: OrderCell): boolean => tick.stage !== undefined && cell.startedAt >= tick.stage.at
  const { model } = state
  // Orders of which one arm tells no value leave the other's alone to be seen, which would look like a difference in values.
  const isBlind = armWithoutValues(state) !== undefined
  const increments = model === undefined || isBlind ? [] : stopIncrements(model, compared)
  const reference = stepReference(
    state,
    valued.filter(({ arm }) => arm === 'control'),
  )
  // A rebuilt model is bet on from the next tick on, so that no order helps to choose the bet on itself.
  const next = reference.rebuilds === state.rebuilds ? model : valueModel(reference.histogram, own.margins)
  const kept = fading(tick.at - tick.from, halfLifeMs)
  return {
    state: {
      ...reference,
      ...(next === undefined ? {} : { model: next }),
      stop: stepMixture(state.stop, design, { ...tick, increments }),
      totals: addWorth(state.totals, model, compared),
      stage: addWorth(state.stage, model, compared.filter(inStage)),
      valued: addValued(
        state.valued.map((count) => count * kept),
        usable.filter(({ currency }) => currency === own.currency || currency === ''),
      ),
    },
    reveals: isBlind ? [] : groupByShare(compared.filter(inStage)),
    foreign: cells.length - usable.length,
  }
}

/** A margin that the plan gained since has no ratios yet: the model is built anew with the next order (SPEC G18). */
function withMargins({ margins }: OrderContext, state: OrderState): OrderState {
  const { model } = state
  const isKnown = model === undefined || margins.every((margin) => model.margins[String(margin)] !== undefined)
  return isKnown ? state : { ...state, refreshAt: Math.min(state.refreshAt, state.units) }
}

function isUsable({ count, share, bucket }: OrderCell): boolean {
  return isCount(count) && isShare(share) && Number.isInteger(bucket) && bucket >= 0 && bucket < latencyBucketCount
}

function stopIncrements(model: ValueModel, cells: readonly OrderCell[]): number[] {
  return sumRows(
    groupByShare(cells).map(({ share, orders }) => valueIncrements(model, share, valueClasses(model, orders))),
  )
}

function groupByShare(cells: readonly OrderCell[]): OrderReveal[] {
  const shares = [...new Set(cells.map(({ share }) => share))].sort((a, b) => a - b)
  return shares.map((share) => ({ share: share / 10_000, orders: cells.filter((cell) => cell.share === share) }))
}

/** The arm whose orders come without values, too many of them to compare the others. */
export function armWithoutValues({ valued }: OrderState): Arm | undefined {
  const [control = 0, controlWithout = 0, candidate = 0, candidateWithout = 0] = valued
  if (isMissing(candidate, candidateWithout)) return 'candidate'
  return isMissing(control, controlWithout) ? 'control' : undefined
}

function isMissing(having: number, without: number): boolean {
  return without >= fewestWithout && without >= (having + without) * mostWithout
}

const fewestWithout = 5
const mostWithout = 0.1

function addWorth(
  row: readonly number[],
  model: ValueModel | undefined,
  cells: readonly OrderCell[],
): readonly number[] {
  if (model === undefined || cells.length === 0) return row
  const sums = row.slice()
  for (const { arm, bucket, count } of cells) {
    const column = arm === 'candidate' ? 2 : 0
    sums[column] = (sums[column] ?? 0) + count
    sums[column + 1] = (sums[column + 1] ?? 0) + count * Math.min(bucketMiddle(bucket), model.cap)
  }
  return sums
}

function addValued(row: readonly number[], cells: readonly OrderCell[]): readonly number[] {
  const sums = [0, 0, 0, 0]
  for (const { arm, currency, count } of cells) {
    const column = (arm === 'candidate' ? 2 : 0) + (currency === '' ? 1 : 0)
    sums[column] = (sums[column] ?? 0) + count
  }
  return row.map((value, column) => value + (sums[column] ?? 0))
}
