import type { Instant } from '../model/time.ts'
import type { Case } from './case.ts'
import { gateOfCriterion, stageCriteria, stageGate, type EvidenceContext } from './context.ts'
import { judgeArms } from './judge-arms.ts'
import { judgeMetric } from './judge-metric.ts'
import { judgeSplit } from './judge-split.ts'
import { judgeLossBudget } from './loss.ts'
import type { EvidenceState } from './state.ts'
import { verdictKinds, type CriterionVerdict, type GateVerdict, type VerdictKind } from './verdict.ts'
import { windowEnd } from './window.ts'

/**
 * What the evidence says about a stage's gate at an instant: a pure function of context, state and time. The gate's verdict is the
 * worst of its criteria that are not shadows; a gate without any never passes (SPEC G2, G12).
 */
export function judge(context: EvidenceContext, state: EvidenceState, stageIndex: number, at: Instant): GateVerdict {
  const now = Math.max(at, state.at ?? at)
  const gate = stageGate(context.plan, stageIndex)
  const judged = stageCriteria(context.plan, stageIndex).map((criterion) =>
    judgeCriterion({
      context,
      state,
      stageIndex,
      at: now,
      criterion,
      owner: criterion.owner ?? gateOfCriterion(context.plan, stageIndex, criterion)?.owner ?? context.plan.owner,
    }),
  )
  const overspent = judgeLossBudget(context, state, gate?.owner ?? context.plan.owner)
  const criteria = overspent === undefined ? judged : [...judged, overspent]
  const worst = worstOf(criteria)
  return {
    kind: worst?.kind ?? 'inconclusive',
    gate: gate?.id ?? '',
    stage: context.plan.stages[stageIndex]?.id ?? '',
    at: now,
    frame: state.frame,
    reason: gateReason(criteria, worst),
    criteria,
  }
}

function judgeCriterion(own: Case): CriterionVerdict {
  const verdict = verdictOf(own)
  const until = windowEnd(own.context, own.state, own.stageIndex)
  const isOpen = verdict.kind !== 'pass' && verdict.kind !== 'fail'
  return isOpen && until !== undefined && until > own.at ? { ...verdict, until } : verdict
}

function verdictOf(own: Case): CriterionVerdict {
  const { criterion } = own
  switch (criterion.signal) {
    case 'completion':
    case 'errors':
    case 'latency':
    case 'revenue':
    case 'count':
      return judgeArms({ ...own, criterion })
    case 'split':
      return judgeSplit({ ...own, criterion })
    case 'metric':
      return judgeMetric({ ...own, criterion })
  }
}

/** The first of the worst criteria that act. */
function worstOf(criteria: readonly CriterionVerdict[]): CriterionVerdict | undefined {
  let worst: CriterionVerdict | undefined
  for (const verdict of criteria) {
    if (verdict.shadow) continue
    if (worst === undefined || severity(verdict.kind) > severity(worst.kind)) worst = verdict
  }
  return worst
}

function severity(kind: VerdictKind): number {
  return verdictKinds.indexOf(kind)
}

function gateReason(criteria: readonly CriterionVerdict[], worst: CriterionVerdict | undefined): string {
  if (worst === undefined) return 'the gate has no criterion that acts, so nothing can pass it'
  const acting = criteria.filter(({ shadow }) => !shadow)
  if (worst.kind === 'pass' && acting.length > 1) return `all ${acting.length} criteria pass`
  return `${worst.criterion}: ${worst.reason}`
}
