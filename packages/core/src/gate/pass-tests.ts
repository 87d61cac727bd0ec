import { flowContextOf, type EvidenceContext } from './context.ts'
import type { Criterion } from './criterion.ts'
import type { PathReveal } from './flow-evidence.ts'
import type { PageReveal } from './page-evidence.ts'
import type { ItemReveal } from './item-evidence.ts'
import type { OrderReveal } from './order-evidence.ts'
import { completionPass, completionUnits, completionViews } from './pass-completion.ts'
import { pagePass, pageUnits, pageViews } from './pass-pages.ts'
import { countPass, countViews, itemState, orderState, revenuePass, revenueTests, revenueViews } from './pass-shop.ts'
import { passLog, wholeTest, type PassView } from './pass-view.ts'
import type { CriterionState, EvidenceState, PassTest } from './state.ts'

/** What a tick revealed about units of the current stage. */
export interface StageReveals {
  readonly flows: Readonly<Record<string, readonly PathReveal[]>>
  readonly routes: Readonly<Record<string, readonly PageReveal[]>>
  readonly orders: Readonly<Record<string, readonly OrderReveal[]>>
  readonly items: Readonly<Record<string, ItemReveal>>
}

/** Log-ratios that a tick adds to a criterion's pass tests, by test; bets use the state before the tick. */
export function passIncrements(
  context: EvidenceContext,
  before: EvidenceState,
  criterion: Criterion,
  reveals: StageReveals,
): ReadonlyMap<string, readonly number[]> {
  switch (criterion.signal) {
    case 'completion':
      return completionPass(context, before, criterion, reveals.flows[criterion.flow] ?? [])
    case 'errors':
    case 'latency':
      return pagePass(context, before, criterion, reveals.routes)
    case 'revenue':
      return revenuePass(context, before, criterion, reveals.orders)
    case 'count':
      return countPass(context, before, criterion, reveals.items)
    case 'split':
    case 'metric':
      return new Map()
  }
}

/** Adds a tick to a test; reaching the level is remembered until the evidence turns against the candidate. */
export function stepPassTest(
  test: PassTest | undefined,
  increments: readonly number[],
  against: { readonly level: number; readonly frame: number },
): PassTest {
  const logs = increments.map((value, index) => value + (test?.logs[index] ?? 0))
  const evidence = passLog({ logs })
  const reached = evidence < 0 ? undefined : (test?.reached ?? (evidence >= against.level ? against.frame : undefined))
  return { logs, ...(reached === undefined ? {} : { reached }) }
}

/** The pass tests that a criterion needs in the current stage; none where it passes by other rules. */
export function passViews(context: EvidenceContext, state: EvidenceState, criterion: Criterion): readonly PassView[] {
  switch (criterion.signal) {
    case 'completion':
      return completionViews(context, state, criterion)
    case 'errors':
    case 'latency':
      return pageViews(context, state, criterion)
    case 'revenue':
      return revenueViews(context, state, criterion)
    case 'count':
      return countViews(context, state, criterion)
    case 'split':
    case 'metric':
      return []
  }
}

/** Whether every pass test of the criterion has reached its level with enough units behind it (SPEC G2). */
export function isThrough(
  context: EvidenceContext,
  state: EvidenceState,
  criterion: Criterion,
  tests: CriterionState['tests'],
): boolean {
  switch (criterion.signal) {
    case 'completion': {
      const flow = flowContextOf(context, criterion.flow)
      const units = completionUnits(flow, state.flows[criterion.flow], criterion)
      const hasUnits = units.all >= criterion.minUnits && units.fewest > 0
      const needed = [wholeTest, ...Object.keys(criterion.pathMargins)]
      return hasUnits && needed.every((test) => tests[test]?.reached !== undefined)
    }
    case 'errors':
    case 'latency': {
      const units = pageUnits(context, state, criterion)
      return units > 0 && units >= criterion.minUnits && tests[wholeTest]?.reached !== undefined
    }
    case 'revenue': {
      const units = orderState(context, state, criterion)?.stage[2] ?? 0
      return units >= criterion.minUnits && revenueTests.every((test) => tests[test]?.reached !== undefined)
    }
    case 'count': {
      const [, , without = 0, having = 0] = itemState(context, state, criterion)?.stage ?? []
      return without + having >= criterion.minUnits && tests[wholeTest]?.reached !== undefined
    }
    case 'split':
    case 'metric':
      return false
  }
}
