export { type Duration } from './first-passage.ts'
export {
  type CriterionSight,
  type Cure,
  type HarmSight,
  type PassSight,
  type PlaceSight,
  type SightReport,
  type SightStatus,
  type StageSight,
} from './report.ts'
export { trafficCounter, type TrafficCounter } from './recorded-traffic.ts'
export { everything, worstHarm } from './words.ts'
export { isInTheWay, sightReport } from './sight-report.ts'
export {
  declaredTraffic,
  overlayTraffic,
  type KnownFlow,
  type KnownPath,
  type KnownRoute,
  type Traffic,
} from './traffic.ts'
