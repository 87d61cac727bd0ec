import type { ReleaseView } from '@headgate/protocol/api'
import type { FaultSet } from '../service/faults.ts'
import type { ModelEdits } from './model-folder.ts'
import type { LabRecord } from './record.ts'

/** A story with an end: what is done to the shop, and what Headgate must have made of it. */
export interface Scenario {
  readonly name: string
  /** One line for people who choose. */
  readonly summary: string
  /** Longest time from the start of the release to the end of the story. */
  readonly limitMs: number
  /** Arrivals a minute, where they differ from the lab's usual. */
  readonly visitorsPerMinute?: number
  /** What this story compresses further in the release plan. */
  readonly release?: ModelEdits['release']
  play(play: Play): Promise<void>
  /** What differs from the description; empty when it was met. A pure function, tested on made-up records. */
  differences(record: LabRecord): readonly string[]
}

/** What a story may do and wait for. Every wait ends with the scenario's time limit, saying what it waited for. */
export interface Play {
  until(what: string, holds: (view: ReleaseView) => boolean): Promise<ReleaseView>
  /** Lets the shop go on for a while. */
  pause(ms: number, why: string): Promise<void>
  setFaults(faults: FaultSet): Promise<void>
  killServer(): Promise<void>
  restartServer(): Promise<void>
  /** Waits until one of the lab's visitors gets a page from the candidate, or none of them does any more. */
  untilCandidateServes(): Promise<void>
  untilCandidateIsGone(): Promise<void>
}

/** A list of differences from claims and what to say when one does not hold. */
export function differencesOf(claims: readonly (readonly [claim: boolean, otherwise: string])[]): readonly string[] {
  return claims.flatMap(([claim, otherwise]) => (claim ? [] : [otherwise]))
}
