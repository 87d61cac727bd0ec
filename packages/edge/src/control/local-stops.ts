import { isAtLeastAsStrict, type Snapshot } from '@headgate/core/exposure'
import { stopModes, type Instant, type StopMode } from '@headgate/core/model'
import { z } from 'zod'
import { readParsed, writeDurably, type EdgeLog } from '../link/index.ts'

/** A stop given at this gateway. It lowers exposure here, whatever the control plane says, until it is dropped. */
export interface GivenStop {
  readonly release: string
  readonly mode: StopMode
  readonly by: string
  readonly reason: string
  readonly at: Instant
  /** The control plane has heard of it. */
  readonly isReported: boolean
  /** False once a snapshot withdrew the release as far itself: it only remains to be reported. */
  readonly isInForce: boolean
}

/** The stops given at this gateway, on disk and in memory. Memory leads: a full disk must not keep a stop from working. */
export interface LocalStops {
  all(): readonly GivenStop[]
  /** Modes to lower the snapshot by. */
  modes(): ReadonlyMap<string, StopMode>
  /** A repeated stop of the same release stays as strict as the stricter of the two. */
  stop(stop: Pick<GivenStop, 'release' | 'mode' | 'by' | 'reason' | 'at'>): void
  /** Whether there was one. */
  clear(release: string): boolean
  /** Drops the stops that the control plane has caught up with. Returns whether any was. */
  reconcile(snapshot: Snapshot): boolean
  markReported(release: string, at: Instant): void
  /** Writes the present state to disk; false when the disk did not take it. */
  save(): Promise<boolean>
}

const givenStops = z.array(
  z.strictObject({
    release: z.string(),
    mode: z.enum(stopModes),
    by: z.string(),
    reason: z.string(),
    at: z.int(),
    isReported: z.boolean(),
    isInForce: z.boolean(),
  }),
)

/** Reads what an earlier run was told; a file that cannot be understood is set aside with a warning. */
export async function openLocalStops(path: string, log: EdgeLog): Promise<LocalStops> {
  const kept = (await readParsed(path, givenStops, log)) ?? []
  const stops = new Map<string, GivenStop>(kept.map((stop) => [stop.release, stop]))
  let writing: Promise<boolean> = Promise.resolve(true)

  const write = async (): Promise<boolean> => {
    try {
      await writeDurably(path, JSON.stringify([...stops.values()]))
      return true
    } catch (error) {
      log.error({ path, error: String(error) }, 'local stops could not be kept on disk; they hold until a restart')
      return false
    }
  }

  return {
    all: () => [...stops.values()],
    modes: () =>
      new Map([...stops.values()].filter(({ isInForce }) => isInForce).map((stop) => [stop.release, stop.mode])),
    // Field by field: the caller's object may carry more than the file takes.
    stop({ release, mode, by, reason, at }) {
      const before = stops.get(release)
      const isStricterBefore = before !== undefined && before.isInForce && isAtLeastAsStrict(before.mode, mode)
      const strictest = isStricterBefore ? before.mode : mode
      stops.set(release, { release, mode: strictest, by, reason, at, isReported: false, isInForce: true })
    },
    clear: (release) => stops.delete(release),
    reconcile: (snapshot) => reconcile(stops, snapshot),
    markReported(release, at) {
      const stop = stops.get(release)
      // A stop given while an older one was on its way still has to be reported.
      if (stop === undefined || stop.at !== at) return
      if (stop.isInForce) stops.set(release, { ...stop, isReported: true })
      else stops.delete(release)
    },
    save() {
      // One after the other, so that an older state never lands on a newer one.
      writing = writing.then(write)
      return writing
    },
  }
}

/** A stop is over when the snapshot no longer exposes the release, or withdraws it at least as far. */
function reconcile(stops: Map<string, GivenStop>, snapshot: Snapshot): boolean {
  let isChanged = false
  for (const stop of stops.values()) {
    const isStillNeeded = snapshot.exposures.some(
      ({ release, mode }) => release === stop.release && !isAtLeastAsStrict(mode, stop.mode),
    )
    if (!stop.isInForce || isStillNeeded) continue
    isChanged = true
    if (stop.isReported) stops.delete(stop.release)
    else stops.set(stop.release, { ...stop, isInForce: false })
  }
  return isChanged
}
