import type { Criterion } from '../gate/criterion.ts'
import type { ReleasePlan } from '../model/release-plan.ts'
import type { Instant } from '../model/time.ts'
import type { Estimate } from '../stats/index.ts'
import type { Trail } from './trail.ts'

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
  /** Its evidence spoke of harm before the stage in which it fired. */
  readonly hadGrown: boolean
  readonly stage: string
  /** Time before the real stop; negative = later than it. */
  readonly savedMs: number
  /** Orders lost by journeys that started in that time, 95 % interval. */
  readonly savedOrders?: Estimate
  /** Good stages and good releases on which it fired all the same. */
  readonly firedOnGood: readonly string[]
  /** Why it is not proposed although it was early enough. */
  readonly doubt?: string
}

/** Stages of the release that were left before the harm began, and other releases that did none. */
export interface GoodEvidence {
  readonly stages: readonly string[]
  readonly releases: readonly string[]
  /** Candidate journeys in both. */
  readonly journeys: number
}

export interface IncidentHarm {
  readonly beganAt: Instant
  /** Nobody knew when it began: the stage's beginning was taken. */
  readonly isBeginningUnknown: boolean
  readonly stoppedAt: Instant
  readonly ordersLost?: Estimate
  /** Candidate journeys that started in that time. */
  readonly journeys: number
  readonly path?: string
}

export interface Proposal {
  readonly harm: IncidentHarm
  /** Candidates that were weighed, each at the level that it would have had. */
  readonly tried: number
  readonly good: GoodEvidence & {
    /** Good stages that would have passed the best one before they were left, and that would have waited for it. */
    readonly passed: number
    readonly held: number
  }
  /** Absent where nothing that stays quiet on good evidence would have stopped earlier. */
  readonly best?: ProposedCriterion
  /** Other criteria that would have stopped, soonest first. */
  readonly others: readonly ProposedCriterion[]
}
