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
