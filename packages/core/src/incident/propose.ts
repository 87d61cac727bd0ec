import type { Criterion } from '../gate/criterion.ts'
import { HeadgateError } from '../model/errors.ts'
import type { ReleasePlan } from '../model/release-plan.ts'
import type { Instant } from '../model/time.ts'
import type { Estimate } from '../stats/index.ts'
import { criterionOf, describeWatch, errorMargins, keyOf, lossMargins, type Watch } from './candidates.ts'
import type { Rehearsal } from './rehearsal.ts'
import type { Span } from './tallies.ts'
import type { StageSpan, Trail, TriedCriterion } from './trail.ts'

/** What is asked: harm in one release, between two moments. */
export interface IncidentQuestion {
  readonly plan: ReleasePlan
  readonly trail: Trail
  /** When it began to show; absent = nobody knows, so the whole last stage counts. */
  readonly beganAt?: Instant
  /** When the release was really stopped, or when the harm was over. */
  readonly stoppedAt: Instant
  /** Flow path that carried it, where the incident names one. */
  readonly path?: string
  /** Earlier releases on the same flows that did no harm. */
  readonly good: readonly GoodRelease[]
}

export interface GoodRelease {
  readonly id: string
  readonly trail: Trail
}

/** A criterion with what it would have done. */
export interface ProposedCriterion {
  /** By which people accept it. */
  readonly key: string
  readonly criterion: Criterion
  readonly watches: string
  readonly falseStopShare: number
  readonly threshold: number
  /** What its evidence said when it fired. */
  readonly sign: string
  readonly where?: string
  readonly firedAt: Instant
  readonly stage: string
  /** Time before the real stop; negative = later than it. */
  readonly savedMs: number
  /** Orders lost by journeys that started in that time, 95 % interval. */
  readonly savedOrders?: Estimate
  /** Good stages and good releases on which it fired all the same. */
  readonly firedOnGood: readonly string[]
}

export interface Proposal {
  readonly harm: {
    readonly beganAt: Instant
    /** Nobody knew when it began: the stage's beginning was taken. */
    readonly isBeginningUnknown: boolean
    readonly stoppedAt: Instant
    readonly ordersLost?: Estimate
    /** Candidate journeys that started in that time. */
    readonly journeys: number
    readonly path?: string
  }
  /** Candidates that were weighed, each at the level that it would have had. */
  readonly tried: number
  readonly good: { readonly stages: readonly string[]; readonly releases: readonly string[]; readonly journeys: number }
  /** Absent where nothing that stays quiet on good evidence would have stopped earlier. */
  readonly best?: ProposedCriterion
  /** Other criteria that would have stopped, soonest first. */
  readonly others: readonly ProposedCriterion[]
}

const shownOthers = 5

/**
 * The criterion that would have stopped first on an incident's evidence without firing on good evidence (SPEC I6). Criteria that fire at
 * about the same time count as equal, and of those the one with the fewest choices in it wins: all paths before one path, completion
 * before errors before latency, a wide tolerance before a narrow one. A search over many criteria on one incident fits that incident;
 * simple ones fit the next as well.
 */
export function propose(question: IncidentQuestion): Proposal {
  const harm = harmOf(question)
  const span = { from: harm.beganAt, until: harm.stoppedAt }
  const fired = question.trail
    .tried()
    .flatMap((tried) => (tried.firing === undefined ? [] : [proposed(question, tried, span)]))
    .toSorted((a, b) => a.firedAt - b.firedAt || compareText(a.key, b.key))
  const best = choose(question, span, fired)
  const { stages, journeys } = goodOf(question, span.from)
  return {
    harm,
    tried: question.trail.tried().length,
    good: { stages: stages.map(({ id }) => id), releases: question.good.map(({ id }) => id), journeys },
    ...(best === undefined ? {} : { best }),
    others: fired.filter((each) => each !== best).slice(0, shownOthers),
  }
}

function harmOf({ plan, trail, beganAt, stoppedAt, path }: IncidentQuestion): Proposal['harm'] {
  const inEffect = trail.stages().findLast(({ from }) => from <= stoppedAt)
  const began = beganAt ?? inEffect?.from ?? stoppedAt
  const span = { from: began, until: stoppedAt }
  const lost = trail.tallies.ordersLost(span, plan.flows, path)
  return {
    beganAt: began,
    isBeginningUnknown: beganAt === undefined,
    stoppedAt,
    ...(lost === undefined ? {} : { ordersLost: lost }),
    journeys: trail.tallies.candidateJourneys(span, plan.flows),
    ...(path === undefined ? {} : { path }),
  }
}

/** Stages that were left before harm began: whatever stops there stops a healthy release. */
function goodStages(trail: Trail, beganAt: Instant): readonly StageSpan[] {
  const stages = trail.stages()
  return stages.filter((_, index) => (stages[index + 1]?.from ?? Infinity) <= beganAt)
}

function goodOf(
  { plan, trail, good }: IncidentQuestion,
  beganAt: Instant,
): { stages: readonly StageSpan[]; journeys: number } {
  const stages = goodStages(trail, beganAt)
  const next = trail.stages()[stages.length]?.from ?? 0
  const own = stages.length === 0 ? 0 : trail.tallies.candidateJourneys({ from: 0, until: next }, plan.flows)
  const all = { from: 0, until: Infinity }
  return {
    stages,
    journeys: good.reduce((sum, each) => sum + each.trail.tallies.candidateJourneys(all, plan.flows), own),
  }
}

function proposed(question: IncidentQuestion, tried: TriedCriterion, harm: Span): ProposedCriterion {
  const { plan, trail, stoppedAt, path } = question
  const { watch, firing, falseStopShare, threshold } = tried
  if (firing === undefined) throw new HeadgateError('INTERNAL', `${describeWatch(watch)} never fired`)
  const margin = marginOf(question, watch, harm)
  const saved = trail.tallies.ordersLost({ from: firing.at, until: stoppedAt }, plan.flows, path)
  return {
    key: keyOf(watch, margin),
    criterion: criterionOf(watch, margin, 'lesson'),
    watches: describeWatch(watch),
    falseStopShare,
    threshold,
    sign: firing.words,
    ...(firing.where === undefined ? {} : { where: firing.where }),
    firedAt: firing.at,
    stage: plan.stages[firing.stage]?.id ?? '',
    savedMs: stoppedAt - firing.at,
    ...(saved === undefined || firing.at >= stoppedAt ? {} : { savedOrders: saved }),
    firedOnGood: firedOnGood(question, tried, harm.from),
  }
}

function firedOnGood(
  { plan, trail, good }: IncidentQuestion,
  { watch, firing }: TriedCriterion,
  beganAt: Instant,
): string[] {
  const own = goodStages(trail, beganAt).filter(({ stage }) => stage === firing?.stage)
  const others = good.filter((each) =>
    each.trail.tried().some((tried) => tried.firing !== undefined && isSameWatch(tried.watch, watch)),
  )
  return [...own.map(({ id }) => `${plan.id}, ${id}`), ...others.map(({ id }) => id)]
}

function isSameWatch(a: Watch, b: Watch): boolean {
  return describeWatch(a) === describeWatch(b)
}

/**
 * The widest margin that the incident's own harm surely exceeded, so that the same harm could not pass it and healthy releases wait for it as
 * little as may be. Where the harm is too uncertain for any, the one that the plan's own gates use.
 */
function marginOf({ plan, trail }: IncidentQuestion, watch: Watch, harm: Span): number {
  switch (watch.signal) {
    case 'completion':
      return (
        widest(lossMargins, trail.tallies.relativeLoss(harm, watch.flow, watch.path)) ??
        ownMargin(plan, 'completion') ??
        0.3
      )
    case 'errors':
      return widest(errorMargins, trail.tallies.moreErrors(harm, watch.route)) ?? ownMargin(plan, 'errors') ?? 0.02
    // Neither is tallied by time: what the release's own gates use, or what is wide enough for most.
    case 'revenue':
      return ownMargin(plan, 'revenue') ?? 0.2
    case 'count':
      return ownMargin(plan, 'count') ?? 0.02
    case 'latency':
      return watch.tolerance
  }
}

function widest(margins: readonly number[], seen: Estimate | undefined): number | undefined {
  return margins.findLast((margin) => margin < (seen?.low ?? 0))
}

function ownMargin({ stages }: ReleasePlan, signal: 'completion' | 'errors' | 'revenue' | 'count'): number | undefined {
  for (const criterion of stages.flatMap(({ exit }) => exit.criteria)) {
    if (criterion.signal === signal) return criterion.margin
  }
  return undefined
}

/** Criteria are as good as equal within a tenth of the time that the harm went on, two ticks at least. */
function choose(
  { plan }: IncidentQuestion,
  harm: Span,
  fired: readonly ProposedCriterion[],
): ProposedCriterion | undefined {
  const useful = fired.filter((each) => each.savedMs > 0 && each.firedOnGood.length === 0)
  const first = useful[0]
  if (first === undefined) return undefined
  const until = first.firedAt + Math.max(plan.tickMs * 2, (harm.until - harm.from) / 10)
  const equals = useful.filter(({ firedAt }) => firedAt <= until)
  return equals.toSorted((a, b) => choicesIn(a.criterion) - choicesIn(b.criterion) || a.firedAt - b.firedAt)[0]
}

function choicesIn(criterion: Criterion): number {
  switch (criterion.signal) {
    case 'completion':
      return criterion.onlyPaths === undefined ? 0 : 1
    case 'errors':
      return 2
    case 'count':
      return 3
    case 'revenue':
      return 4
    case 'latency':
      return 6 - Math.min(1, criterion.tolerance)
    case 'split':
    case 'metric':
      return 7
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** How the good stages would have fared with the proposed criterion. */
export interface GoodStages {
  /** Would have passed it before they were left. */
  readonly passed: number
  /** Would have been kept waiting for it. */
  readonly held: number
}

/**
 * @throws HeadgateError `INTERNAL` when the criterion, played again alone, stops at another moment than the search found
 */
export function rehearsedGood(proposal: Proposal, best: ProposedCriterion, rehearsal: Rehearsal): GoodStages {
  if (rehearsal.stoppedAt() !== best.firedAt) {
    throw new HeadgateError(
      'INTERNAL',
      `${best.key}: the search and the replay with it alone stop at different moments`,
    )
  }
  const good = rehearsal.stages().slice(0, proposal.good.stages.length)
  const passed = good.filter(({ passedAt }) => passedAt !== undefined).length
  return { passed, held: good.length - passed }
}
