import type { Criterion } from '../gate/criterion.ts'
import type { Instant } from '../model/time.ts'

/** Who did it, when and why. */
export interface Act {
  readonly by: string
  readonly at: Instant
  readonly reason: string
}

/** A criterion that an incident produced. Every stage that its flow or route class is exposed in has it, until it is retired (release R7). */
export interface Lesson {
  readonly incident: string
  /** The domain whose owner accepted it and may retire it. */
  readonly domain: string
  /** Its id is the lesson's: see {@link lessonId}. */
  readonly criterion: Criterion
  readonly accepted: Act
  readonly retired?: Act
}

/** Stable over releases, so that the stop evidence of a lesson goes on from stage to stage. */
export function lessonId(incident: string): string {
  return `lesson-${incident}`
}

export function isInForce({ retired }: Lesson): boolean {
  return retired === undefined
}
