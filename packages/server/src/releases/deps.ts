import type { HarmFacts } from '@headgate/core/incident'
import type { Db, Tx } from '../db/index.ts'
import type { ExposureService } from '../exposure/index.ts'
import type { ModelStore } from '../model/index.ts'
import type { GateVerdict } from '@headgate/core/gate'

/** The steps of a transition, in order; a test may end the process at each of them. */
export const transitionSteps = [
  'locked',
  'event-appended',
  'release-saved',
  'incident-written',
  'notices-queued',
  'snapshot-published',
  'committed',
] as const
export type TransitionStep = (typeof transitionSteps)[number]

/** What the evidence says at the moment of a stop. */
export interface StopEvidence {
  readonly harm?: HarmFacts
  readonly verdict?: GateVerdict
  readonly shoppersExposed: number
}

export interface ReleaseDeps {
  readonly db: Db
  readonly now: () => number
  readonly models: ModelStore
  readonly exposure: Pick<ExposureService, 'publishSnapshot' | 'renewSnapshot' | 'confirmation' | 'closeRelease'>
  /** Forgets the signals of a closed release. */
  readonly forgetSignals: (tx: Tx, release: string) => Promise<void>
  /** Reads what the evidence says; must not fail a stop: answers with what it has. */
  readonly stopEvidence: (tx: Tx, release: string) => Promise<StopEvidence>
  /** Hears of every step of a transition. For tests that end the process there. */
  readonly reached?: (step: TransitionStep) => void
}
