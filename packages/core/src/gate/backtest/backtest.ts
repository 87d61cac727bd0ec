import type { EvidenceContext } from '../context.ts'
import { describeHarm } from '../harm.ts'
import { ordersLost } from '../loss.ts'
import { openEvidence } from '../observe.ts'
import { isSameVerdict } from '../same-verdict.ts'
import type { EvidenceState } from '../state.ts'
import type { CriterionVerdict, GateVerdict } from '../verdict.ts'
import { foldRecord, judgeRecord, type EvidenceRecord } from './record.ts'
import type { BacktestReport, CriterionTimeline, Moment, StopMoment, VerdictChange } from './timeline.ts'

/** A gate in the middle of a recording. Plain data: it may be kept, copied and gone on from anywhere. */
export interface Backtest {
  readonly context: EvidenceContext
  /** Undefined before the first record: a recording may begin in the middle of a release. */
  readonly evidence?: EvidenceState
  readonly report: BacktestReport
}

/** What one record brought. */
export interface BacktestStep {
  readonly backtest: Backtest
  /** Undefined where the gate is not judged. */
  readonly verdict?: GateVerdict
  /** Present when the verdict says something new. */
  readonly change?: VerdictChange
}

export function openBacktest(context: EvidenceContext): Backtest {
  return { context, report: { ticks: 0, judged: 0, changes: 0, passes: [], criteria: [], ordersLost: {}, foreign: 0 } }
}

/** Takes the next record. Records follow each other without a gap, like frames (SPEC B1). */
export function stepBacktest(before: Backtest, record: EvidenceRecord): BacktestStep {
  const { context, report } = before
  const opened = before.evidence ?? { ...openEvidence(context), frame: record.frame.seq - 1 }
  const evidence = foldRecord(context, opened, record)
  const seen = {
    ...report,
    from: report.from ?? record.frame.at,
    until: evidence.at ?? record.frame.at,
    ticks: report.ticks + 1,
    foreign: evidence.foreign,
  }
  const verdict = judgeRecord(context, evidence, record)
  if (verdict === undefined || !counts(evidence, record, verdict))
    return { backtest: { context, evidence, report: seen } }
  const criteria = changedCriteria(report.last, verdict)
  const isNew = criteria.length > 0 || !isSameVerdict(report.last, verdict)
  const judged = withVerdict(seen, verdict, isNew, (id) => stopMoment(context, evidence, verdict, id))
  return {
    backtest: { context, evidence, report: judged },
    verdict,
    ...(isNew ? { change: { verdict, criteria } } : {}),
  }
}

/** Before a stage is in effect everywhere its evidence has not begun: only a fail counts then, as it does for the release itself. */
function counts({ stage }: EvidenceState, { judged }: EvidenceRecord, { kind }: GateVerdict): boolean {
  return judged === -1 || stage?.index === judged || kind === 'fail'
}

/** The report as it stands, with what the whole recording has cost. */
export function reportOf({ context, evidence, report }: Backtest): BacktestReport {
  const lost = context.flows.flatMap(({ id }) => {
    const estimate = ordersLost(evidence?.flows[id])
    return estimate === undefined ? [] : [[id, estimate] as const]
  })
  return { ...report, ordersLost: Object.fromEntries(lost) }
}

/**
 * Runs a plan's gates over a whole recording: frames in, timeline out. The same plan over its own recording gives the verdicts
 * that were recorded, bit by bit (SPEC B1).
 *
 * @example
 * const { report } = backtest(evidenceContext(plan, model), records)
 * report.stop?.at
 */
export function backtest(
  context: EvidenceContext,
  records: Iterable<EvidenceRecord>,
): { readonly report: BacktestReport; readonly changes: readonly VerdictChange[] } {
  const changes: VerdictChange[] = []
  let state = openBacktest(context)
  for (const record of records) {
    const step = stepBacktest(state, record)
    state = step.backtest
    if (step.change !== undefined) changes.push(step.change)
  }
  return { report: reportOf(state), changes }
}

/** Criteria that are judged for the first time in a stage, or say something else than before. */
export function changedCriteria(before: GateVerdict | undefined, now: GateVerdict): readonly CriterionVerdict[] {
  if (before === undefined || before.stage !== now.stage) return now.criteria
  const kinds = new Map(before.criteria.map(({ criterion, kind }) => [criterion, kind]))
  return now.criteria.filter(({ criterion, kind }) => kinds.get(criterion) !== kind)
}

function withVerdict(
  report: BacktestReport,
  verdict: GateVerdict,
  isNew: boolean,
  stopOf: (criterion: string) => StopMoment | undefined,
): BacktestReport {
  const criteria = mergeTimelines(report.criteria, verdict, stopOf)
  const passes = verdict.kind === 'pass' ? withPass(report.passes, momentOf(verdict)) : report.passes
  const first = report.stop ?? criteria.find(({ stop }) => stop !== undefined)?.stop
  return {
    ...report,
    judged: report.judged + 1,
    changes: report.changes + (isNew ? 1 : 0),
    passes,
    criteria,
    last: verdict,
    ...(first === undefined ? {} : { stop: first }),
  }
}

/** Timelines keep the order in which criteria were first judged; those of earlier stages stay as they were. */
function mergeTimelines(
  before: readonly CriterionTimeline[],
  verdict: GateVerdict,
  stopOf: (criterion: string) => StopMoment | undefined,
): readonly CriterionTimeline[] {
  const now = new Map(verdict.criteria.map((each) => [each.criterion, each]))
  const known = before.map((timeline) => {
    const last = now.get(timeline.criterion)
    now.delete(timeline.criterion)
    return last === undefined ? timeline : nextTimeline(timeline, last, { verdict, stopOf })
  })
  const added = [...now.values()].map((last) => {
    const { criterion, signal, owner, shadow } = last
    return nextTimeline({ criterion, signal, owner, shadow, passes: [], last }, last, { verdict, stopOf })
  })
  return [...known, ...added]
}

function nextTimeline(
  before: CriterionTimeline,
  last: CriterionVerdict,
  look: { readonly verdict: GateVerdict; readonly stopOf: (criterion: string) => StopMoment | undefined },
): CriterionTimeline {
  const stop = before.stop ?? (last.kind === 'fail' ? look.stopOf(last.criterion) : undefined)
  const passes =
    last.kind === 'pass' ? withPass(before.passes, { ...momentOf(look.verdict), verdict: last }) : before.passes
  return { ...before, shadow: last.shadow, passes, last, ...(stop === undefined ? {} : { stop }) }
}

/** The first pass in a stage is the one that counts. */
function withPass<Passed extends Moment>(passes: readonly Passed[], pass: Passed): readonly Passed[] {
  return passes.some(({ stage }) => stage === pass.stage) ? passes : [...passes, pass]
}

function momentOf({ at, frame, stage }: GateVerdict): Moment {
  return { at, frame, stage }
}

function stopMoment(
  context: EvidenceContext,
  evidence: EvidenceState,
  verdict: GateVerdict,
  id: string,
): StopMoment | undefined {
  const own = verdict.criteria.find(({ criterion }) => criterion === id)
  if (own === undefined) return undefined
  const harm = describeHarm(context, evidence, id)
  return {
    ...momentOf(verdict),
    verdict: own,
    ...(harm?.harmBeganAt === undefined ? {} : { harmBeganAt: harm.harmBeganAt }),
    ...(harm?.ordersLost === undefined ? {} : { ordersLost: harm.ordersLost }),
  }
}
