import type { CriterionVerdict, GateVerdict } from '../gate/verdict.ts'
import type { Instant } from '../model/time.ts'
import type { Actor } from '../release/release.ts'

/** An estimate with its 95 % interval. */
export interface Interval {
  readonly low: number
  readonly mid: number
  readonly high: number
}

/** What the evidence says about the harm, as far as it can say anything. */
export interface HarmFacts {
  /** When the evidence of harm began to grow. */
  readonly beganAt?: Instant
  readonly ordersLost?: Interval
  /** Flow path or route class that carries it. */
  readonly where?: string
  readonly criterion?: string
}

export interface StopFacts {
  readonly release: string
  /** Stage id. */
  readonly stage: string
  readonly by: Actor
  readonly reason: string
  readonly requestedAt: Instant
  /** What the gate said last, if it ever looked. */
  readonly verdict?: GateVerdict
  readonly harm?: HarmFacts
  /** Visitors that were served by the candidate. */
  readonly shoppersExposed: number
}

/** What is known at the moment of a stop; people complete it. */
export interface IncidentDraft {
  readonly release: string
  readonly stage: string
  readonly reason: string
  readonly criterion?: string
  readonly where?: string
  readonly harmBeganAt?: Instant
  /** The end of the harm: the stop, or the moment that whoever reported it names. */
  readonly stopRequestedAt: Instant
  /** A person who saw harm that no gate saw; absent where a stop wrote the draft. */
  readonly reportedBy?: string
  readonly shoppersExposed: number
  readonly ordersLost?: Interval
  readonly verdict?: GateVerdict
}

/** The draft of an incident from a stop. What the evidence does not say stays absent: a draft guesses nothing (SPEC I1). */
export function draftIncident(stop: StopFacts): IncidentDraft {
  const failing = failingCriterion(stop.verdict)
  const criterion = stop.harm?.criterion ?? failing?.criterion
  const where = stop.harm?.where ?? failing?.where
  const beganAt = clampToStop(stop.harm?.beganAt, stop.requestedAt)
  return {
    release: stop.release,
    stage: stop.stage,
    reason: stop.by.kind === 'person' ? `stopped by ${stop.by.id}: ${stop.reason}` : stop.reason,
    stopRequestedAt: stop.requestedAt,
    shoppersExposed: stop.shoppersExposed,
    ...(criterion === undefined ? {} : { criterion }),
    ...(where === undefined ? {} : { where }),
    ...(beganAt === undefined ? {} : { harmBeganAt: beganAt }),
    ...(stop.harm?.ordersLost === undefined ? {} : { ordersLost: ordered(stop.harm.ordersLost) }),
    ...(stop.verdict === undefined ? {} : { verdict: stop.verdict }),
  }
}

/** The criterion that stopped: of those that fail and act, the one whose evidence is furthest beyond its level. */
function failingCriterion(verdict: GateVerdict | undefined): CriterionVerdict | undefined {
  return verdict?.criteria
    .filter(({ kind, shadow }) => kind === 'fail' && !shadow)
    .toSorted((a, b) => excessOf(b) - excessOf(a))[0]
}

function excessOf({ stop }: CriterionVerdict): number {
  return stop === undefined ? 0 : stop.evidence / stop.threshold
}

/** Harm that ended in this stop began no later than it (SPEC I2). */
function clampToStop(beganAt: Instant | undefined, stopAt: Instant): Instant | undefined {
  return beganAt === undefined ? undefined : Math.min(beganAt, stopAt)
}

function ordered({ low, mid, high }: Interval): Interval {
  return { low: Math.min(low, mid, high), mid, high: Math.max(low, mid, high) }
}
