export { DeltaSender, type DeltaSenderOptions, type DeltaSenderState } from './delta-sender.ts'
export { createEvidenceCounts, type EvidenceCounts } from './evidence.ts'
export { createExclusions, type Exclusions } from './exclusions.ts'
export { createTraffic, type RequestCount, type Traffic, type TrafficTotals } from './traffic.ts'
