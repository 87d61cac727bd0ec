import type { Instant } from '../model/time.ts'
import { latencyReferenceUnits, valueReferenceUnits } from '../stats/index.ts'
import type { ArmCase, Finding } from './case.ts'
import { shareOfStage } from './context.ts'
import type { ArmCriterion } from './criterion.ts'
import { describeStanding } from './observed.ts'
import { cheapestCure, outlookOf, progress, slowest, type Outlook } from './outlook.ts'
import type { PassView } from './pass-view.ts'
import { count } from './words.ts'

interface Facts {
  readonly enteredAt: Instant
  readonly at: Instant
  readonly maxMs: number
  readonly horizonMs: number
  readonly budget: number
  readonly minUnits: number
}

/** The pass tests are not through: evidence is still gathering, or the window cannot bring enough of it. */
export function stillOpen(own: ArmCase, views: readonly PassView[], horizonMs: number): Finding {
  const { context, state, criterion, stageIndex, at } = own
  const facts: Facts = {
    enteredAt: state.stage?.at ?? at,
    at,
    maxMs: context.plan.stages[stageIndex]?.window.maxMs ?? 0,
    horizonMs,
    budget: context.plan.falsePassBudget,
    minUnits: criterion.minUnits,
  }
  const busiest = views.toSorted((a, b) => b.distinct - a.distinct)[0]?.test
  const open = views.filter(({ hasReached }) => !hasReached)
  const outlooks = (open.length === 0 ? views : open).map((view) =>
    outlookOf(view, { ...facts, minUnits: view.test === busiest ? facts.minUnits : 1 }),
  )
  const next = slowest(outlooks)
  if (next === undefined) return { kind: 'inconclusive', reason: 'nothing to judge', needs: 'a flow or route class' }
  const place = next.view.test === '' ? {} : { where: next.view.test }
  if (criterion.signal === 'latency' && next.growth === 0) return learning(next, isOver(facts))
  if (criterion.signal === 'revenue' && next.growth === 0) return learningValues(next, isOver(facts))
  return { ...(next.isThin ? thin(own, next, facts) : gathering(own, next, facts)), ...place }
}

function isOver({ at, enteredAt, maxMs }: Facts): boolean {
  return at - enteredAt >= maxMs
}

function learning({ view }: Outlook, isWindowOver: boolean): Finding {
  const reason = `the control's latency must be known first: ${count(view.control)} of its first requests seen`
  const needs = `${latencyReferenceUnits} first requests of the control on a route class`
  return { kind: isWindowOver ? 'underpowered' : 'inconclusive', reason, needs }
}

function learningValues({ view }: Outlook, isWindowOver: boolean): Finding {
  const reason = `the control's order values must be known first: ${count(view.control)} of its orders seen`
  const needs = `${valueReferenceUnits} orders of the control, with values`
  return { kind: isWindowOver ? 'underpowered' : 'inconclusive', reason, needs }
}

function thin(own: ArmCase, outlook: Outlook, facts: Facts): Finding {
  const { criterion, context, stageIndex } = own
  const { view, needed, expected } = outlook
  const place = view.test === '' ? '' : ` on ${view.test}`
  const takes = `a pass takes about ${count(needed)} candidate ${unitNames[criterion.signal]}${place}`
  const reason = isOver(facts)
    ? `${takes}; the window brought ${count(view.candidate)}`
    : `${takes}; at this traffic the window brings ${count(expected)} at best`
  const margin = marginOf(criterion, view.test)
  const share = shareOfStage(context.plan, stageIndex)
  const cure = cheapestCure(outlook, { ...facts, share, ...(margin === undefined ? {} : { margin }) })
  return { kind: 'underpowered', reason, needs: cure }
}

const unitNames: Readonly<Record<ArmCriterion['signal'], string>> = {
  completion: 'journeys with an outcome',
  errors: 'first requests',
  latency: 'first requests',
  revenue: 'orders',
  count: 'journeys whose time for the item is over',
}

function marginOf(criterion: ArmCriterion, test: string): number | undefined {
  if (criterion.signal === 'latency') return criterion.tolerance
  if (criterion.signal !== 'completion' || test === '') return criterion.margin
  return criterion.pathMargins[test]
}

function gathering(own: ArmCase, outlook: Outlook, facts: Facts): Finding {
  const standing = `${describeStanding(own, outlook.view.test)}; ${progress(outlook, unitNames[own.criterion.signal])}`
  if (!isOver(facts)) return { kind: 'inconclusive', reason: standing, needs: 'more of them' }
  const needs = 'more time, or a person who decides: the true difference may lie near the margin'
  return { kind: 'inconclusive', reason: `the window is over and the difference is still open: ${standing}`, needs }
}
