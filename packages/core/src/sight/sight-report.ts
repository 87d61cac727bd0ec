import { evidenceContext, stageCriteria } from '../gate/context.ts'
import type { Criterion, MetricCriterion } from '../gate/criterion.ts'
import { duration } from '../gate/words.ts'
import type { OperatingModel } from '../model/operating-model.ts'
import type { ReleasePlan, Stage } from '../model/release-plan.ts'
import type { Instant } from '../model/time.ts'
import type { Duration } from './first-passage.ts'
import type { StageAhead } from './foresee.ts'
import {
  sightStatuses,
  type CriterionSight,
  type FlowFigures,
  type PlaceSight,
  type SightReport,
  type SightStatus,
  type StageSight,
} from './report.ts'
import { passSight, sightOf, type Outlook } from './stage-sight.ts'
import { flowTraffic, type FlowTraffic, type Traffic } from './traffic.ts'
import { placesOf, type Known, type Watched } from './watched-places.ts'

interface Subject extends Known {
  readonly plan: ReleasePlan
  /** Sign-offs that end before it no longer count. */
  readonly at: Instant
  readonly isBrief: boolean
}

export interface SightQuestion {
  readonly traffic: Traffic
  /** Sign-offs that end before it no longer count. */
  readonly at: Instant
  /** Only what decides the statuses: no smallest harm, of the harms only the largest. */
  readonly isBrief?: boolean
}

/**
 * What the gates of a release will see at this traffic, from the judge's own designs, weights and levels; a pure function without any
 * simulation. Throws INVALID_MODEL where the plan names what the model does not have.
 */
export function sightReport(
  plan: ReleasePlan,
  model: OperatingModel,
  { traffic, at, isBrief = false }: SightQuestion,
): SightReport {
  const context = evidenceContext(plan, model)
  const flows = new Map(
    Object.entries(model.flows).flatMap(([id, flow]): [string, FlowTraffic][] => {
      const own = flowTraffic(flow, Object.hasOwn(traffic.flows, id) ? traffic.flows[id] : undefined)
      return own === undefined ? [] : [[id, own]]
    }),
  )
  const reveals = new Map(context.flows.map(({ id }) => [id, new Map()]))
  const subject: Subject = { plan, model, context, traffic, flows, reveals, at, isBrief }
  const stages = stagesOf(subject)
  const { lossBudgetOrders, lossBudgetRevenue } = plan
  return {
    release: plan.id,
    shop: model.shop.name,
    traffic: {
      origin: traffic.origin,
      ...(traffic.recordedMs === undefined ? {} : { recordedMs: traffic.recordedMs }),
      flows: context.flows.map(({ id }) => figuresOf(id, flows.get(id))),
    },
    falseStopBudget: plan.falseStopBudget,
    falsePassBudget: plan.falsePassBudget,
    lossBudget: {
      ...(lossBudgetOrders === undefined ? {} : { orders: lossBudgetOrders }),
      ...(lossBudgetRevenue === undefined ? {} : { revenue: lossBudgetRevenue }),
    },
    shares: Object.values(context.criteria)
      .filter(({ falseStopShare }) => falseStopShare > 0)
      .map(({ id, falseStopShare }) => ({ criterion: id, share: falseStopShare })),
    stages,
    seesEnough: stages.every(({ criteria }) => criteria.every((criterion) => !isInTheWay(criterion))),
  }
}

/** Whether somebody must act or sign for it: it acts, and it does not see. */
export function isInTheWay({ shadow, status, signedOff }: CriterionSight): boolean {
  return !shadow && status !== 'sees' && signedOff === undefined
}

function figuresOf(flow: string, own: FlowTraffic | undefined): FlowFigures {
  if (own === undefined) return { flow }
  const { perMinute, delay, averageOrder } = own
  return { flow, perMinute, medianDelayMs: delay.medianMs, ...(averageOrder === undefined ? {} : { averageOrder }) }
}

function stagesOf(subject: Subject): StageSight[] {
  const before: { readonly share: number; readonly durationMs: number }[] = []
  return subject.plan.stages.map((stage, index) => {
    const ahead = aheadOf(subject, stage, before.slice())
    const watches = stageCriteria(subject.plan, index).map((criterion) => watchOf(subject, criterion, { index, ahead }))
    const pass = passOfStage(watches, ahead, subject.plan.falsePassBudget)
    const lastsMs = Math.min(pass?.meanMs ?? ahead.maxMs, ahead.maxMs)
    before.push({ share: ahead.share, durationMs: lastsMs })
    return {
      stage: stage.id,
      visitorBasisPoints: stage.visitorBasisPoints,
      minMs: ahead.minMs,
      maxMs: ahead.maxMs,
      ...(pass === undefined ? {} : { pass }),
      criteria: watches.map((watch) => criterionSight(subject, watch, { ahead, lastsMs })),
    }
  })
}

function aheadOf({ plan, context }: Subject, stage: Stage, before: StageAhead['before']): StageAhead {
  return {
    share: stage.visitorBasisPoints / 10_000,
    minMs: stage.window.minMs,
    maxMs: stage.window.maxMs,
    tickMs: plan.tickMs,
    before,
    restartWindowMs: context.restartWindowMs,
  }
}

/** One criterion of a stage with what it watches; `view` where that is all there is to say. */
interface Watch extends Watched {
  readonly criterion: Criterion
  readonly view?: View
}

type View = Pick<CriterionSight, 'status' | 'note'>

interface StageUnderWay {
  readonly index: number
  readonly ahead: StageAhead
}

function watchOf(subject: Subject, criterion: Criterion, stage: StageUnderWay): Watch {
  if (criterion.signal === 'metric') {
    return { criterion, places: [], unknown: [], view: metricView(criterion, subject.plan.tickMs) }
  }
  const { share } = stage.ahead
  const isShared = share > 0 && share < 1
  if (isShared) return { criterion, ...placesOf(subject, criterion) }
  return { criterion, places: [], unknown: [], view: withoutBoth(subject, criterion, stage) }
}

/** The slowest of the criteria that act decides; undefined where one of them does not pass within the window. */
function passOfStage(watches: readonly Watch[], stage: StageAhead, falsePassBudget: number): Duration | undefined {
  let pass: Duration = { meanMs: stage.minMs, p95Ms: stage.minMs }
  for (const { criterion, places, view } of watches) {
    if (criterion.shadow === true) continue
    if (view?.status === 'blind') return undefined
    for (const place of places) {
      const own = passSight(place, { stage, falsePassBudget })
      if (own === undefined) continue
      if (own.time === undefined || !own.isInWindow) return undefined
      pass = { meanMs: Math.max(pass.meanMs, own.time.meanMs), p95Ms: Math.max(pass.p95Ms, own.time.p95Ms) }
    }
  }
  return pass
}

function criterionSight(
  subject: Subject,
  { criterion, places, unknown, note, view }: Watch,
  { ahead, lastsMs }: { readonly ahead: StageAhead; readonly lastsMs: number },
): CriterionSight {
  const { id, signal, signedOff } = criterion
  const isSigned = signedOff !== undefined && (signedOff.until === undefined || signedOff.until > subject.at)
  const sights = places.map((place) => {
    // A pass that waits for the place keeps the stage open while it is harmed.
    const watchMs = place.pass !== undefined || signal !== 'completion' ? ahead.maxMs : lastsMs
    return sightOf(place, outlookOf(subject, criterion, { ahead, watchMs }))
  })
  return {
    criterion: id,
    signal,
    shadow: criterion.shadow === true,
    ...(isSigned ? { signedOff } : {}),
    ...(view ?? { status: worstOf(sights, criterion, unknown), ...(note === undefined ? {} : { note }) }),
    places: sights,
  }
}

function metricView({ consecutive }: MetricCriterion, tickMs: number): View {
  const times = consecutive === 1 ? 'the first reading' : `${consecutive} readings in a row`
  return {
    status: 'sees',
    note: `stops ${duration(consecutive * tickMs)} after the number leaves its limits (${times})`,
  }
}

/** Nobody is compared with anybody: what an earlier stage has proven counts (gate SPEC G15). */
function withoutBoth({ plan }: Subject, criterion: Criterion, { index, ahead }: StageUnderWay): View {
  if (criterion.signal === 'split')
    return { status: 'sees', note: 'everybody gets the same arm: nothing can be split wrongly' }
  if (ahead.share <= 0) return { status: 'blind', note: 'no visitor is exposed: give the stage a share of them' }
  const proof = plan.stages.findLast(
    (stage, at) =>
      at < index &&
      stage.visitorBasisPoints > 0 &&
      stage.visitorBasisPoints < 10_000 &&
      stageCriteria(plan, at).some(({ id }) => id === criterion.id),
  )
  if (proof !== undefined) {
    return { status: 'sees', note: `nothing is left to compare with; passes on the proof of stage ${proof.id}` }
  }
  const note = 'everybody gets the candidate, so nothing is left to compare with; judge it in an earlier stage'
  return { status: 'blind', note }
}

function outlookOf(
  { plan, flows, context, isBrief }: Subject,
  criterion: Criterion,
  { ahead, watchMs }: { readonly ahead: StageAhead; readonly watchMs: number },
): Outlook {
  const averageOrder = criterion.signal === 'completion' ? flows.get(criterion.flow)?.averageOrder : undefined
  return {
    stage: ahead,
    threshold: context.criteria[criterion.id]?.threshold ?? Infinity,
    falsePassBudget: plan.falsePassBudget,
    watchMs,
    isBrief,
    ...(averageOrder === undefined ? {} : { averageOrder }),
  }
}

/** A split only holds, so it is never in the way; a route class without figures makes the rest of a criterion no worse. */
function worstOf(sights: readonly PlaceSight[], { signal }: Criterion, unknown: readonly string[]): SightStatus {
  if (signal === 'split') return 'sees'
  let worst: SightStatus = unknown.length > 0 && sights.length === 0 ? 'unknown' : 'sees'
  for (const { status, isGuarded } of sights) {
    if (isGuarded && sightStatuses.indexOf(status) > sightStatuses.indexOf(worst)) worst = status
  }
  return worst
}
