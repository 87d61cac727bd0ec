import { join } from 'node:path'
import type { Instant } from '@headgate/core/model'
import {
  createControlDesk,
  createStopReporter,
  openLocalStops,
  type ControlDesk,
  type LocalStops,
  type StopReporter,
} from '../control/index.ts'
import {
  createEvidenceCounts,
  createExclusions,
  createTraffic,
  type EvidenceCounts,
  type Exclusions,
  type Traffic,
} from '../counters/index.ts'
import { createLink, type EdgeLog, type Link, type Sleep } from '../link/index.ts'
import {
  createEdgeClock,
  createKeyRing,
  createSnapshotCache,
  openSnapshotFiles,
  type EdgeClock,
  type KeyRing,
  type SnapshotCache,
  type SnapshotFiles,
} from '../snapshot/index.ts'
import type { GatewayConfig, SnapshotSource } from './gateway-config.ts'

/** What a gateway takes from outside; all but the log has the real thing as its default. */
export interface GatewaySurroundings {
  readonly log: EdgeLog
  readonly wallClock?: () => Instant
  /** Milliseconds that never run backwards. */
  readonly steadyClock?: () => number
  readonly fetch?: typeof fetch
  readonly sleep?: Sleep
  /** Uniform in [0, 1); spreads retries. */
  readonly random?: () => number
  readonly deltaIntervalMs?: number
}

/** What a gateway knows and counts, without any request. */
export interface GatewayState {
  readonly clock: EdgeClock
  readonly keys: KeyRing
  readonly files: SnapshotFiles
  readonly cache: SnapshotCache
  readonly stops: LocalStops
  readonly desk: ControlDesk
  readonly evidence: EvidenceCounts
  readonly traffic: Traffic
  readonly exclusions: Exclusions
  /** Absent when snapshots come from a file. */
  readonly uplink: Uplink | undefined
}

export interface Uplink {
  readonly link: Link
  readonly reporter: StopReporter
}

/** Opens the data folder and prepares decisions; no snapshot is in effect yet. */
export async function openState(
  config: GatewayConfig,
  surroundings: GatewaySurroundings,
  source: string,
): Promise<GatewayState> {
  const { gateway, dataFolder, shop } = config
  const { log, wallClock = Date.now, steadyClock } = surroundings
  const files = await openSnapshotFiles(dataFolder, log)
  const clock = createEdgeClock(wallClock, steadyClock)
  const keys = createKeyRing()
  const isFollowing = config.source.kind === 'control-plane'
  // A file decides for itself: versions of an earlier control plane do not bind it.
  const newestVersion = isFollowing ? await files.loadNewestVersion() : 0
  if (config.source.kind === 'control-plane') keys.trust(config.source.keys ?? (await files.loadKeys()) ?? {})
  const cache = createSnapshotCache({ signatures: keys, clock, shop, newestVersion })
  const stops = await openLocalStops(join(dataFolder, 'local-stops.json'), log)
  const uplink = openUplink(config.source, { gateway, source, stops }, surroundings)
  const reporter = uplink?.reporter ?? { wake: () => undefined }
  const desk = createControlDesk({ cache, stops, reporter, clock, gateway, source, wallClock })
  const evidence = isFollowing ? createEvidenceCounts() : uncounted
  const counts = { evidence, traffic: createTraffic(), exclusions: createExclusions() }
  return { clock, keys, files, cache, stops, desk, ...counts, uplink }
}

function openUplink(
  from: SnapshotSource,
  who: { readonly gateway: string; readonly source: string; readonly stops: LocalStops },
  { log, fetch: send, sleep }: GatewaySurroundings,
): Uplink | undefined {
  if (from.kind === 'file') return undefined
  const link = createLink({ baseUrl: from.url, token: from.token, ...(send === undefined ? {} : { fetch: send }) })
  return { link, reporter: createStopReporter({ ...who, link, log, ...(sleep === undefined ? {} : { sleep }) }) }
}

/** Evidence that nobody will ever ask for is not kept. */
const uncounted: EvidenceCounts = { count: () => undefined, drain: () => [], size: () => 0, lost: () => 0 }
