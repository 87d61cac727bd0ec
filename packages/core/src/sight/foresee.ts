import { logAddExp, openMixture, restartCashLeft, unitsToPass } from '../stats/index.ts'
import { bisect, type Duration } from './first-passage.ts'
import type { AskedHarm, PassQuestion, Place, StopTest } from './place.ts'
import { arrivalOf, climbUntil, type Walk } from './walk.ts'

/** A stage that is looked ahead to, and the stages that will have gone by without harm. */
export interface StageAhead {
  readonly share: number
  readonly minMs: number
  readonly maxMs: number
  readonly tickMs: number
  readonly before: readonly { readonly share: number; readonly durationMs: number }[]
  readonly restartWindowMs: number
}

/**
 * When the stop test of a place reaches `threshold` under a harm that begins with the stage. What a healthy past did to the
 * stakes, and what restarts have paid in since, is part of it. Undefined where it never does. Where several e-processes look, the
 * fastest on average stands for all: the others only make it sooner.
 */
export function timeToStop(
  place: Place,
  stage: StageAhead,
  against: { readonly threshold: number; readonly harm: AskedHarm },
): Duration | undefined {
  let fastest: Duration | undefined
  for (const test of place.stops) {
    const own = arrivalOfTest(test, stage, against)
    if (own !== undefined && (fastest === undefined || own.meanMs < fastest.meanMs)) fastest = own
  }
  return fastest
}

function arrivalOfTest(
  test: StopTest,
  stage: StageAhead,
  { threshold, harm }: { readonly threshold: number; readonly harm: AskedHarm },
): Duration | undefined {
  const { logWeights, part, reveals } = test
  const elapsedMs = elapsedOf(stage)
  const logStakes = knownStakes(test, stage)
  const logRestart = restartRate(elapsedMs, stage.maxMs, stage.restartWindowMs)
  const logRestarts = logWeights.map((weight) => weight + logRestart)
  const walkFrom = (learntMs: number): Walk => ({
    reveals: reveals({ share: stage.share, harm, learntMs: roundedMs(elapsedMs + learntMs), beforeMs: elapsedMs }),
    logStakes,
    logRestarts,
    boundary: Math.log(threshold / part),
    tickMs: stage.tickMs,
  })
  // What the judge knows of the control grows while it bets: half of the way stands for all of it.
  const first = arrivalOf(walkFrom(stage.maxMs / 2))
  return first === undefined ? undefined : arrivalOf(walkFrom(first.meanMs / 2))
}

/** To the nearest power of the root of two: nothing depends on it finely, and questions repeat. */
function roundedMs(ms: number): number {
  return ms > 0 ? 2 ** (Math.round(Math.log2(ms) * 2) / 2) : 0
}

function elapsedOf({ before }: StageAhead): number {
  let elapsed = 0
  for (const { durationMs } of before) elapsed += durationMs
  return elapsed
}

/** ln of the restart cash that falls due per millisecond. */
function restartRate(elapsedMs: number, spanMs: number, windowMs: number): number {
  return Math.log((restartCashLeft(elapsedMs, windowMs) - restartCashLeft(elapsedMs + spanMs, windowMs)) / spanMs)
}

/** Of a test and a stage they are asked for with every harm. */
function knownStakes(test: StopTest, stage: StageAhead): readonly number[] {
  const ofStage = stakesOfStages.get(stage) ?? new WeakMap<StopTest, readonly number[]>()
  stakesOfStages.set(stage, ofStage)
  const stakes = ofStage.get(test) ?? stakesAt(test, stage)
  ofStage.set(test, stakes)
  return stakes
}

const stakesOfStages = new WeakMap<StageAhead, WeakMap<StopTest, readonly number[]>>()

/** ln of the stakes with which the stage begins: opened, worn down by healthy stages, topped up by restarts. */
function stakesAt(stop: StopTest, { before, restartWindowMs }: StageAhead): readonly number[] {
  let stakes = openMixture({ logWeights: stop.logWeights }).logStakes
  let elapsed = 0
  for (const { share, durationMs } of before) {
    if (!(durationMs > 0)) continue
    const reveals = stop.reveals({ share, learntMs: roundedMs(elapsed + durationMs / 2), beforeMs: elapsed })
    const paid = restartRate(elapsed, durationMs, restartWindowMs) + Math.log(durationMs)
    const climbs = climbUntil(reveals, durationMs)
    stakes = stakes.map((stake, index) => {
      const climb = climbs[index] ?? 0
      // Payments come evenly, and each is worn down for the time that is left: (1 - e^-x) / x of them remains.
      const remaining = climb < -1e-9 ? Math.log(-Math.expm1(climb) / -climb) : 0
      return logAddExp(stake + climb, (stop.logWeights[index] ?? 0) + paid + remaining)
    })
    elapsed += durationMs
  }
  return stakes
}

/** When a pass test reaches its level though nothing is wrong; never before the least time. Undefined where it never does. */
export function timeToPass(pass: PassQuestion, stage: StageAhead, budget: number): Duration | undefined {
  if (!(stage.share > 0 && stage.share < 1)) return undefined
  const beforeMs = elapsedOf(stage)
  const arrivalFrom = (learntMs: number): Duration | undefined =>
    arrivalOf({
      reveals: pass.reveals({ share: stage.share, learntMs: roundedMs(beforeMs + learntMs), beforeMs }),
      logStakes: Array.from({ length: pass.alternatives }, () => -Math.log(pass.alternatives)),
      boundary: Math.log(1 / budget),
      tickMs: stage.tickMs,
    })
  const first = arrivalFrom(stage.maxMs / 2)
  const arrival = first === undefined ? undefined : arrivalFrom(first.meanMs / 2)
  if (arrival === undefined) return undefined
  const leastMs = Math.max(stage.minMs, (pass.unitAgeMs ?? 0) + pass.minUnits / (pass.unitsPerMs * stage.share))
  return { meanMs: Math.max(arrival.meanMs, leastMs), p95Ms: Math.max(arrival.p95Ms, leastMs) }
}

/** Candidate units that a pass takes on average, by the growth of its evidence in the long run. */
export function unitsForPass(pass: PassQuestion, stage: StageAhead, budget: number): number {
  const beforeMs = elapsedOf(stage)
  const reveals = pass.reveals({ share: stage.share, learntMs: beforeMs + stage.maxMs / 2, beforeMs })
  const far = 1e12
  const units = pass.unitsPerMs * stage.share * far
  return Math.max(pass.minUnits, unitsToPass(budget, (climbUntil(reveals, far)[0] ?? 0) / units))
}

/** The smallest harm that stops within the time in 95 of 100 cases, between one that does not and one that does. */
export function smallestHarm(
  place: Place,
  stage: StageAhead,
  asked: { readonly threshold: number; readonly withinMs: number; readonly unseen: number; readonly seen: number },
): number {
  const kind = place.kinds[0] ?? 'loud'
  const isSeen = (log: number): boolean => {
    const harm = { size: Math.exp(log), kind }
    const stop = timeToStop(place, stage, { threshold: asked.threshold, harm })
    return stop !== undefined && stop.p95Ms <= asked.withinMs
  }
  // In logarithms: 1 % from 2 % matters as much as 40 % from 80 %.
  return Math.exp(bisect(Math.log(asked.unseen), Math.log(asked.seen), isSeen, 6))
}
