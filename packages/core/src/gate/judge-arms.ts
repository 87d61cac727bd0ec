import { expFinite } from '../stats/index.ts'
import type { ArmCase, Finding } from './case.ts'
import { flowContextOf, shareOfStage, type FlowContext } from './context.ts'
import { headOf, notInEffect, passAfterMinWindow, pendingLevel, stopLevel } from './findings.ts'
import {
  isDroughtSuspected,
  lostOutcomes,
  missingValues,
  silentSource,
  startsAreLate,
  type Blindness,
} from './freshness.ts'
import { describeCrossing, describeStanding, ratesOf, unitsOf } from './observed.ts'
import { stillOpen } from './judge-open.ts'
import { orderState } from './pass-shop.ts'
import { passViews } from './pass-tests.ts'
import type { PassView } from './pass-view.ts'
import { itemsOf } from './shop-signals.ts'
import type { FlowState } from './state.ts'
import { stopEvidence, subjectsOf, type StopEvidence } from './subjects.ts'
import type { CriterionVerdict } from './verdict.ts'
import { percent } from './words.ts'

/** Criteria that compare the candidate with the concurrent control. */
export function judgeArms(own: ArmCase): CriterionVerdict {
  const { criterion, state, context } = own
  const views = passViews(context, state, criterion)
  const evidence = stopEvidence(subjectsOf(context, state, criterion))
  const found = findingOf(own, views, evidence)
  const rates = ratesOf(own, found.kind === 'fail')
  return {
    ...headOf(own),
    ...found,
    ...stopLevel(own, evidence),
    ...passLevel(own, views),
    units: unitsOf(own, found.kind === 'fail'),
    ...(rates === undefined ? {} : { rates }),
  }
}

function passLevel({ context }: ArmCase, views: readonly PassView[]): Pick<CriterionVerdict, 'pass'> {
  if (views.length === 0) return {}
  const weakest = Math.min(...views.map(({ log }) => log))
  return { pass: { evidence: expFinite(weakest), threshold: 1 / context.plan.falsePassBudget } }
}

/** Fail first, because evidence of harm stands also when sight is lost; then what hides the view; then the pass. */
function findingOf(own: ArmCase, views: readonly PassView[], evidence: StopEvidence | undefined): Finding {
  const crossing = own.state.criteria[own.criterion.id]?.stopped
  if (crossing !== undefined) return { kind: 'fail', ...describeCrossing(own, crossing) }
  const blind = blindness(own)
  if (blind !== undefined) return { kind: 'blind', ...blind }
  if (own.state.stage?.index !== own.stageIndex) return own.stageIndex < 0 ? beforeStart : notInEffect
  const share = shareOfStage(own.context.plan, own.stageIndex)
  if (share >= 1) return withoutControl(own)
  if (share <= 0) return withoutCandidate
  return own.state.criteria[own.criterion.id]?.passed === undefined
    ? stillOpen(own, views, horizonOf(own))
    : throughUnless(own, evidence, views)
}

/** Time from a unit's start until its outcome is sure. */
function horizonOf(own: ArmCase): number {
  const { criterion, context } = own
  if (criterion.signal === 'count') return itemsOf(context.shop, criterion)?.withinMs ?? 0
  return flowOf(own)?.flow.horizonMs ?? 0
}

const beforeStart: Finding = { ...notInEffect, reason: 'no shopper has been exposed yet' }

const withoutCandidate: Finding = {
  kind: 'underpowered',
  reason: 'the stage exposes no visitors, so there is nothing to compare with the control',
  needs: 'a share of visitors in this stage, or a gate without this criterion',
}

/** The flow whose orders the criterion waits for. */
function flowOf({ context, state, criterion }: ArmCase): { flow: FlowContext; ledger: FlowState } | undefined {
  if (criterion.signal !== 'completion' && criterion.signal !== 'revenue') return undefined
  const flow = flowContextOf(context, criterion.flow)
  const ledger = state.flows[criterion.flow]
  return flow === undefined || ledger === undefined ? undefined : { flow, ledger }
}

function blindness(own: ArmCase): Blindness | undefined {
  const { context, state, at } = own
  if (state.at === undefined) return undefined
  const watched = flowOf(own)
  const silent = silentSource(context, state, sourcesOf(own, watched?.flow), at)
  if (silent !== undefined || watched === undefined) return silent
  const late = startsAreLate(watched.flow, watched.ledger)
  if (late !== undefined) return late
  const nameless =
    own.criterion.signal === 'revenue' ? missingValues(orderState(context, state, own.criterion)) : undefined
  return nameless ?? lostOutcomes(watched.flow, watched.ledger, shareOfStage(own.context.plan, own.stageIndex) < 1, at)
}

function sourcesOf({ context, criterion }: ArmCase, flow: FlowContext | undefined): readonly string[] {
  if (criterion.signal === 'count') return ['gateways', itemsOf(context.shop, criterion)?.source ?? 'outcomes']
  return flow?.outcomesFrom === 'outcomes' ? ['gateways', 'outcomes'] : ['gateways']
}

/** At full exposure nobody is left to compare with: what was proven before counts, and the verdict says so. */
function withoutControl(own: ArmCase): Finding {
  const { context, state, criterion } = own
  const provenIn = state.criteria[criterion.id]?.provenIn
  if (provenIn === undefined) {
    return {
      kind: 'inconclusive',
      reason: 'no control is left to compare with, and no earlier stage has proven this criterion',
      needs: 'the criterion at an earlier stage, or a person who accepts the risk',
    }
  }
  const proof = `no control left to compare with; it passed at stage ${context.plan.stages[provenIn]?.id ?? ''}`
  return passAfterMinWindow(own, proof)
}

/** All pass tests are through: it passes unless harm is pending, orders have gone quiet, or it is too early. */
function throughUnless(own: ArmCase, evidence: StopEvidence | undefined, views: readonly PassView[]): Finding {
  const pending = pendingLevel(own, evidence)
  if (pending !== undefined) {
    const where = evidence?.subject.where
    return {
      kind: 'inconclusive',
      reason: `the pass tests are through, but evidence of harm has grown to ${pending}`,
      needs: 'units until it falls or fails',
      ...(where === undefined ? {} : { where }),
    }
  }
  const watched = flowOf(own)
  if (watched !== undefined && isDroughtSuspected(watched.ledger)) {
    const reason = 'the pass tests are through, but no order of the control has been seen for a while'
    return { kind: 'inconclusive', reason, needs: 'orders, or certainty that their signal is lost' }
  }
  return passAfterMinWindow(own, passReason(own, views))
}

function passReason(own: ArmCase, views: readonly PassView[]): string {
  const { criterion, context } = own
  const places = views.filter(({ test }) => test !== '').length
  const risk = `a release at that limit passes ${percent(context.plan.falsePassBudget)} of the time`
  const standing = describeStanding(own)
  switch (criterion.signal) {
    case 'completion': {
      const also =
        places === 0
          ? ''
          : ` and ${places} path${places === 1 ? '' : 's'} within ${places === 1 ? 'its' : 'their'} own margins`
      return `completions are less than ${percent(criterion.margin)} below the control's${also} (${standing}); ${risk}`
    }
    case 'errors':
      return `errors are less than ${percent(criterion.margin)} of visitors above the control's (${standing}); ${risk}`
    case 'latency':
      return `first bytes are less than ${percent(criterion.tolerance)} slower than the control's (${standing}); ${risk}`
    case 'revenue':
      return `orders are worth less than ${percent(criterion.margin)} less than the control's (${standing}); ${risk}`
    case 'count':
      return `journeys with the item ${criterion.event} are less than ${percent(criterion.margin)} of all above the control's (${standing}); ${risk}`
  }
}
