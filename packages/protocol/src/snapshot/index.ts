export { parseSnapshotPayload, signedSnapshot, snapshotSchema, type SignedSnapshot } from './signed-snapshot.ts'
