import type { Criterion, SignOff } from '../gate/criterion.ts'
import type { Money } from '../model/operating-model.ts'
import type { HarmKind } from '../stats/index.ts'
import type { Duration } from './first-passage.ts'
import type { TrafficOrigin } from './traffic.ts'

/** What the gates of a release can see, before anybody is exposed. */
export interface SightReport {
  readonly release: string
  readonly shop: string
  readonly traffic: {
    readonly origin: TrafficOrigin
    /** Time of which there are records. */
    readonly recordedMs?: number
    readonly flows: readonly FlowFigures[]
  }
  readonly falseStopBudget: number
  readonly falsePassBudget: number
  readonly lossBudget: { readonly orders?: number; readonly revenue?: Money }
  /** How the false-stop budget is split: criteria that take a part of it. */
  readonly shares: readonly { readonly criterion: string; readonly share: number }[]
  readonly stages: readonly StageSight[]
  /** No criterion that acts is blind, underpowered or unknown without a sign-off. */
  readonly seesEnough: boolean
}

export interface FlowFigures {
  readonly flow: string
  readonly perMinute?: number
  /** From start to order. */
  readonly medianDelayMs?: number
  readonly averageOrder?: Money
}

export interface StageSight {
  readonly stage: string
  readonly visitorBasisPoints: number
  readonly minMs: number
  readonly maxMs: number
  /** Time until its gate passes though nothing is wrong; absent where it does not within the window. */
  readonly pass?: Duration
  readonly criteria: readonly CriterionSight[]
}

/**
 * `sees`: a total break is seen and a healthy candidate passes within the window. `underpowered`: it does not pass in time.
 * `blind`: a total break goes unseen. `unknown`: there are no figures to tell from.
 */
export const sightStatuses = ['sees', 'unknown', 'underpowered', 'blind'] as const
export type SightStatus = (typeof sightStatuses)[number]

export interface CriterionSight {
  readonly criterion: string
  readonly signal: Criterion['signal']
  readonly shadow: boolean
  readonly status: SightStatus
  readonly signedOff?: SignOff
  /** What there is to say beside the places. */
  readonly note?: string
  readonly places: readonly PlaceSight[]
}

export interface PlaceSight {
  /** Path, route class or entry; '' for everything that the criterion watches. */
  readonly place: string
  readonly status: SightStatus
  /** Whether its status counts for the criterion. */
  readonly isGuarded: boolean
  /** How long the stage lasts while only this place is harmed; shorter than the window where no pass waits for it. */
  readonly watchMs: number
  readonly candidatePerMinute: number
  /** The smallest harm that stops in 95 of 100 cases while the place is watched. */
  readonly smallestHarm?: number
  readonly margin?: number
  readonly harms: readonly HarmSight[]
  readonly pass?: PassSight
  /** What would make it see, cheapest first. */
  readonly cures: readonly Cure[]
}

/** A harm that begins with the stage. */
export interface HarmSight {
  readonly size: number
  readonly kind: HarmKind
  /** Absent where it is not stopped within a year. */
  readonly stop?: Duration
  /** Stopped in 95 of 100 cases while the place is watched. */
  readonly isSeen: boolean
  /** Orders lost until the stop, and what they are worth. */
  readonly lost?: Loss
  /** Candidate units that met the place until the stop. */
  readonly exposedUnits?: number
}

export interface Loss {
  readonly orders: Mean
  readonly money?: Mean & { readonly currency: string }
}

export interface Mean {
  readonly mean: number
  readonly p95: number
}

export interface PassSight {
  /** Candidate units that it takes on average. */
  readonly units: number
  /** Absent where it never passes. */
  readonly time?: Duration
  readonly isInWindow: boolean
}

export interface Cure {
  /** `stay` is the stage's shortest time, `window` its longest; `sign-off` where there is no other. */
  readonly kind: 'window' | 'stay' | 'slice' | 'margin' | 'signal' | 'sign-off'
  /** Milliseconds, share or margin, as the kind has it. */
  readonly value?: number
  readonly words: string
}
