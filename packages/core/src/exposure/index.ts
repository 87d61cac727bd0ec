export type { Arm } from './arm.ts'
export { canonicalPath, queryOf, type CanonicalPath } from './canonical-path.ts'
export {
  compileSnapshot,
  leaseEndOf,
  nextLeaseExpiry,
  type CompiledRoute,
  type CompiledSnapshot,
  type RouteExposure,
} from './compile.ts'
export { decide, routeOf } from './decide.ts'
export { unmatchedRoute, type Decision, type DecisionReason, type Draw, type Pin, type Visitor } from './decision.ts'
export { drawArm, isInForce, type CompiledExposure } from './draw.ts'
export type { Exposure, Lease, Snapshot, SnapshotFlow, SnapshotIdentity, SnapshotRoute } from './snapshot.ts'
export { UrlMatcher } from './url-matcher.ts'
export { isAtLeastAsStrict, withdraw } from './withdraw.ts'
export { bucketCount, bucketOf, xxh32 } from './xxh32.ts'
