export type { Arm } from './arm.ts'
export type { Exposure, Lease, Snapshot, SnapshotFlow, SnapshotRoute } from './snapshot.ts'
