import { HeadgateError } from '../model/errors.ts'
import type { ReleasePlan } from '../model/release-plan.ts'
import type { Instant } from '../model/time.ts'
import type { Estimate } from '../stats/index.ts'
import { criterionOf, describeWatch, errorMargins, keyOf, lossMargins, type Watch } from './candidates.ts'
import type { GoodEvidence, IncidentHarm, IncidentQuestion, ProposedCriterion } from './proposal.ts'
import type { Span } from './tallies.ts'
import type { StageSpan, Trail, TriedCriterion } from './trail.ts'

/** What the record says of an incident: the harm, the good evidence, and every candidate that would have stopped at all. */
export interface Weighed {
  readonly plan: ReleasePlan
  readonly harm: IncidentHarm
  readonly good: GoodEvidence
  readonly tried: number
  /** Soonest first. */
  readonly fired: readonly ProposedCriterion[]
}

export function weigh(question: IncidentQuestion): Weighed {
  const { plan, trail } = question
  const harm = harmOf(question)
  const span = { from: harm.beganAt, until: harm.stoppedAt }
  const fired = trail.tried().flatMap((tried) => (tried.firing === undefined ? [] : [proposed(question, tried, span)]))
  return {
    plan,
    harm,
    good: goodOf(question, span.from),
    tried: trail.tried().length,
    fired: fired.toSorted((a, b) => a.firedAt - b.firedAt || compareText(a.key, b.key)),
  }
}

function harmOf({ plan, trail, beganAt, stoppedAt, path }: IncidentQuestion): IncidentHarm {
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

function goodUntil(trail: Trail, beganAt: Instant): Instant {
  return trail.stages()[goodStages(trail, beganAt).length]?.from ?? 0
}

function goodOf({ plan, trail, good }: IncidentQuestion, beganAt: Instant): GoodEvidence {
  const stages = goodStages(trail, beganAt).map(({ id }) => id)
  const span = { from: 0, until: goodUntil(trail, beganAt) }
  const own = stages.length === 0 ? 0 : trail.tallies.candidateJourneys(span, plan.flows)
  const all = { from: 0, until: Infinity }
  const journeys = good.reduce((sum, each) => sum + each.trail.tallies.candidateJourneys(all, plan.flows), own)
  return { stages, releases: good.map(({ id }) => id), journeys }
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
    hadGrown: firing.logAtEntry >= Math.log(grown),
    stage: plan.stages[firing.stage]?.id ?? '',
    savedMs: stoppedAt - firing.at,
    ...(saved === undefined || firing.at >= stoppedAt ? {} : { savedOrders: saved }),
    firedOnGood: firedOnGood(question, tried, harm.from),
  }
}

/** Odds that evidence without harm reaches in one of ten releases at most (Ville). */
const grown = 10

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

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
