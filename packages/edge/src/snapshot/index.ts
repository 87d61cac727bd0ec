/*
 * How a gateway puts its state together, in this order:
 *
 *   const files = await openSnapshotFiles(stateFolder, log)
 *   const keys = createKeyRing()
 *   keys.trust(configuredKeys ?? (await files.loadKeys()) ?? {})
 *   const clock = createEdgeClock()
 *   const newestVersion = await files.loadNewestVersion()
 *   const cache = createSnapshotCache({ signatures: keys, clock, shop, newestVersion })
 *   const stops = await openLocalStops(join(stateFolder, 'local-stops.json'), log)
 *   const reporter = createStopReporter({ stops, link, log, gateway, source })
 *   const desk = createControlDesk({ cache, stops, reporter, clock, gateway, source })   // lowers the cache at once
 *   await restoreSnapshot({ cache, files, log }, await files.loadSnapshot())
 *   const socket = await openControlSocket({ path, log, perform: desk.perform })
 *   followSnapshots({ cache, files, keys, link, log, gateway, source, onApplied: () => void desk.reconcile() }, signal)
 *   reporter.run(signal); deltaSender.run(signal)
 *
 * Per request: `const live = cache.current()` (503 while undefined), then routeOf, decide, trackRequest with `clock.now()`;
 * per response: trackResponse, trackVisit, and the counters.
 */
export { createEdgeClock, type EdgeClock } from './edge-clock.ts'
export { followSnapshots, restoreSnapshot, type FollowOptions } from './follow-snapshots.ts'
export {
  createSnapshotCache,
  type KeptSnapshot,
  type LiveSnapshot,
  type SnapshotCache,
  type SnapshotOffer,
  type SnapshotRefusal,
} from './snapshot-cache.ts'
export { openSnapshotFiles, type SnapshotFiles } from './snapshot-files.ts'
export { createKeyRing, type KeyRing, type PublicKeys, type SignatureCheck } from './snapshot-keys.ts'
