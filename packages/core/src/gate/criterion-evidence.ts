import type { Instant } from '../model/time.ts'
import { leadingAlternative } from '../stats/index.ts'
import { stageCriteria, type EvidenceContext } from './context.ts'
import type { Criterion } from './criterion.ts'
import { isThrough, passIncrements, stepPassTest, type StageReveals } from './pass-tests.ts'
import type { Crossing, CriterionState, EvidenceState, PassTest } from './state.ts'
import { signOf } from './sign.ts'
import { stopEvidence, subjectsOf, type StopEvidence } from './subjects.ts'

interface Change {
  readonly before: EvidenceState
  /** The state after the tick, still with the criteria of before. */
  readonly after: EvidenceState
  readonly reveals: StageReveals
}

/** Carries the criteria of the current stage over a tick: pass tests, their being through, and the crossing of the stop level. */
export function stepCriteria(context: EvidenceContext, change: Change): EvidenceState['criteria'] {
  const criteria = { ...change.after.criteria }
  for (const criterion of stageCriteria(context.plan, change.after.stage?.index ?? -1)) {
    criteria[criterion.id] = stepCriterion(context, change, criterion)
  }
  return criteria
}

function stepCriterion(context: EvidenceContext, change: Change, criterion: Criterion): CriterionState {
  const { before, after } = change
  const own = before.criteria[criterion.id] ?? { tests: {} }
  const tests = stepTests(context, change, criterion)
  const stopped = own.stopped ?? crossing(context, after, criterion)
  const isNowThrough = isThrough(context, after, criterion, tests)
  const passed = isNowThrough ? (own.passed ?? { frame: after.frame, at: after.at ?? 0 }) : undefined
  return {
    tests,
    ...(stopped === undefined ? {} : { stopped }),
    ...(passed === undefined ? {} : { passed }),
    ...(own.provenIn === undefined ? {} : { provenIn: own.provenIn }),
  }
}

function stepTests(
  context: EvidenceContext,
  { before, after, reveals }: Change,
  criterion: Criterion,
): CriterionState['tests'] {
  const tests = before.criteria[criterion.id]?.tests ?? {}
  const steps = passIncrements(context, before, criterion, reveals)
  if (steps.size === 0) return tests
  const stepped: Record<string, PassTest> = { ...tests }
  const against = { level: -Math.log(context.plan.falsePassBudget), frame: after.frame }
  for (const [test, increments] of steps) stepped[test] = stepPassTest(tests[test], increments, against)
  return stepped
}

function crossing(context: EvidenceContext, state: EvidenceState, criterion: Criterion): Crossing | undefined {
  const threshold = context.criteria[criterion.id]?.threshold
  const evidence = stopEvidence(subjectsOf(context, state, criterion))
  if (threshold === undefined || evidence === undefined || !(evidence.log >= Math.log(threshold))) return undefined
  return {
    frame: state.frame,
    at: state.at ?? 0,
    log: evidence.log,
    ...signOf(context, criterion, evidence.subject, leadingAlternative(evidence.subject.bets)),
    harmBeganAt: excursionStart(evidence),
  }
}

/** When the alternative that holds the most began its climb: the most likely onset of the harm's signs. */
export function excursionStart({ subject }: StopEvidence): Instant {
  return subject.bets.since[leadingAlternative(subject.bets)] ?? 0
}
