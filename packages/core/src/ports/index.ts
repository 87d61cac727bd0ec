export type { MetricReader, Reading } from './metric-source.ts'
export type { Notice, Notifier } from './notifier.ts'
