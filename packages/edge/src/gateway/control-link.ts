import { DeltaSender } from '../counters/index.ts'
import { followSnapshots, type LiveSnapshot } from '../snapshot/index.ts'
import type { GatewayState, GatewaySurroundings, Uplink } from './gateway-state.ts'

/** What runs between a gateway and its control plane, beside the requests. */
export interface ControlLink {
  readonly sender: DeltaSender
  /** Stops following and sends what was counted, until the signal aborts. */
  close(signal: AbortSignal): Promise<void>
}

/** Who the gateway is towards the control plane. */
interface Identity {
  readonly gateway: string
  readonly source: string
}

/** Starts the three loops: snapshots down, counts up, local stops up. None of them ends before `close`. */
export function openControlLink(
  who: Identity,
  { link, reporter }: Uplink,
  { state, surroundings }: { readonly state: GatewayState; readonly surroundings: GatewaySurroundings },
  onApplied: (live: LiveSnapshot) => void,
): ControlLink {
  const { cache, files, keys, evidence, traffic, exclusions } = state
  const { log, sleep, random, wallClock = Date.now, deltaIntervalMs } = surroundings
  const ending = new AbortController()
  const common = {
    ...who,
    link,
    log,
    ...(sleep === undefined ? {} : { sleep }),
    ...(random === undefined ? {} : { random }),
  }
  const sender = new DeltaSender({
    ...common,
    evidence,
    traffic,
    exclusions,
    snapshotVersion: () => cache.version(),
    now: wallClock,
    ...(deltaIntervalMs === undefined ? {} : { intervalMs: deltaIntervalMs }),
  })
  const follow = { ...common, cache, files, keys, wallClock, onApplied }
  const loops = [followSnapshots(follow, ending.signal), sender.run(ending.signal), reporter.run(ending.signal)]
  const broke = (error: unknown): void => log.error({ error: String(error) }, 'a loop to the control plane broke')
  const ended = Promise.all(loops.map((loop) => loop.catch(broke)))
  return {
    sender,
    async close(signal) {
      ending.abort()
      await ended
      const isAllSent = await sender.flush(signal)
      if (!isAllSent) log.warn({}, 'closing with counts that the control plane has not accepted')
    },
  }
}
