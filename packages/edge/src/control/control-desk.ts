import { isAtLeastAsStrict, isInForce, type CompiledExposure } from '@headgate/core/exposure'
import type { Instant } from '@headgate/core/model'
import type { EdgeClock, SnapshotCache } from '../snapshot/index.ts'
import type { ControlCommand } from './command.ts'
import type { ControlAnswer } from './control-socket.ts'
import type { LocalStops } from './local-stops.ts'
import type { StopReporter } from './report-stops.ts'

export interface ControlDeskOptions {
  readonly cache: SnapshotCache
  readonly stops: LocalStops
  readonly reporter: Pick<StopReporter, 'wake'>
  readonly clock: EdgeClock
  readonly gateway: string
  readonly source: string
  readonly wallClock?: () => Instant
}

/** Performs the commands of the control socket. Call `reconcile` when a snapshot took effect. */
export interface ControlDesk {
  perform(command: ControlCommand): Promise<ControlAnswer>
  /** Drops local stops that the snapshot in effect has caught up with. */
  reconcile(): Promise<void>
}

/** Applies the stops of an earlier run at once. */
export function createControlDesk(options: ControlDeskOptions): ControlDesk {
  const { cache, stops, reporter, wallClock = Date.now } = options
  cache.setStops(stops.modes())
  return {
    async perform(command) {
      if (command.kind === 'status') return status(options)
      if (command.kind === 'clear') return clear(command.release, options)
      // In effect before anything else: the disk and the control plane come afterwards.
      stops.stop({ ...command, at: wallClock() })
      cache.setStops(stops.modes())
      const isKept = await stops.save()
      reporter.wake()
      const { release, mode } = command
      const isExposed = cache.current()?.releases.has(release) ?? false
      return { ok: true, release, mode, isExposed, isKept }
    },
    async reconcile() {
      const snapshot = cache.received()
      if (snapshot === undefined || !stops.reconcile(snapshot)) return
      cache.setStops(stops.modes())
      await stops.save()
    },
  }
}

async function clear(release: string, { cache, stops }: ControlDeskOptions): Promise<ControlAnswer> {
  if (!stops.clear(release)) return { ok: false, error: `no local stop of release ${release} is in force` }
  cache.setStops(stops.modes())
  return { ok: true, release, isKept: await stops.save() }
}

function status({ cache, stops, clock, gateway, source }: ControlDeskOptions): ControlAnswer {
  const now = clock.now()
  const compiled = cache.current()?.compiled
  return {
    ok: true,
    gateway,
    source,
    snapshotVersion: cache.version(),
    releases: (compiled?.exposures ?? []).map((exposure) => describe(exposure, now)),
    localStops: stops.all(),
  }
}

function describe(exposure: CompiledExposure, now: Instant): object {
  const { release, mode, visitorBasisPoints, urlBasisPoints, leaseEndsAt } = exposure
  return {
    release,
    mode,
    visitorBasisPoints,
    urlBasisPoints,
    isInForce: isInForce(exposure, now),
    admitsNewVisitors: isInForce(exposure, now) && !isAtLeastAsStrict(mode, 'hold'),
    leaseEndsInMs: Number.isFinite(leaseEndsAt) ? Math.max(0, leaseEndsAt - now) : null,
  }
}
