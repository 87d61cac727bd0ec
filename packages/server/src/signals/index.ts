export { createSignals, type SignalsOptions, type SignalsService } from './signals.ts'
export { signalsMetrics } from './signals-metrics.ts'
export { addSignalsRoutes } from './signals-routes.ts'
