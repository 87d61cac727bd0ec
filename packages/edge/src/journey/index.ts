export { createJourneyCodec, journeyCookieName, type JourneyCodec } from './codec.ts'
export type { CountedCell } from './counted-cell.ts'
export { compileFlows, type CompiledFlow } from './flows.ts'
export { createOnce, type Once } from './once.ts'
export {
  trackRequest,
  trackResponse,
  type JourneyChange,
  type JourneyRequest,
  type JourneyResponse,
  type TrackedRequest,
} from './track.ts'
export {
  formatSeen,
  parseSeen,
  trackVisit,
  type Seen,
  type Visit,
  type VisitChange,
  type VisitResponse,
} from './visits.ts'
