export { createMetricSource, metricSourceKinds, type MetricSourceDeps } from './registry.ts'
