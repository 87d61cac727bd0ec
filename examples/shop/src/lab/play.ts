import type { LabIo } from './lab-io.ts'
import { pauseFor } from './pause.ts'
import { NotReached, type Recorder } from './recorder.ts'
import type { Play } from './scenario.ts'
import type { World } from './world.ts'

export interface PlayParts {
  readonly world: World
  readonly recorder: Recorder
  readonly io: Pick<LabIo, 'now'>
  /** Ends the story: its time limit, or an interrupt. */
  readonly signal: AbortSignal
}

/** The levers of a story, each of which is taken down in the record. */
export function createPlay({ world, recorder, io, signal }: PlayParts): Play {
  const { now } = io
  return {
    until: (what, holds) => recorder.until(what, holds, signal),
    async pause(ms, why) {
      await pauseFor(ms, signal)
      if (signal.aborted) throw new NotReached(`had no time left while ${why}`)
    },
    async setFaults(faults) {
      await world.setFaults(faults)
      recorder.add({ kind: 'fault', at: now(), faults: Object.keys(faults) })
    },
    async killServer() {
      await world.killServer()
      recorder.add({ kind: 'server', at: now(), what: 'killed' })
    },
    async restartServer() {
      await world.restartServer()
      recorder.add({ kind: 'server', at: now(), what: 'back' })
    },
    untilCandidateServes: async () =>
      await untilPages(recorder, { what: 'the candidate to serve a page', from: now(), signal }, (seen) => seen > 0),
    untilCandidateIsGone: async () =>
      await untilPages(
        recorder,
        { what: 'the candidate to serve no page any more', from: now(), signal },
        (_seen, sinceLastMs) => sinceLastMs > goneAfterMs,
      ),
  }
}

/** So many pages of others in a row that the candidate is not merely between two of its own. */
const goneAfterMs = 3_000

interface Watching {
  readonly what: string
  readonly from: number
  readonly signal: AbortSignal
}

async function untilPages(
  recorder: Recorder,
  { what, from, signal }: Watching,
  isEnough: (seen: number, sinceLastMs: number) => boolean,
): Promise<void> {
  let seen = 0
  let lastAt = from
  await new Promise<void>((resolve, reject) => {
    const unsubscribe = recorder.subscribe((entry) => {
      if (entry.kind !== 'page' || entry.at < from) return
      if (entry.page.servedBy === 'candidate') {
        seen += 1
        lastAt = entry.at
      }
      if (!isEnough(seen, entry.at - lastAt)) return
      unsubscribe()
      resolve()
    })
    const giveUp = (): void => {
      unsubscribe()
      reject(new NotReached(`waited for ${what}`))
    }
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  })
}
