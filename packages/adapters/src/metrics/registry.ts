import type { MetricReader } from '@headgate/core/ports'
import type { Outbound, Secrets } from '../outbound/index.ts'
import { parseOptions, pick } from '../registry.ts'
import { httpJsonOptions, httpJsonSource } from './http-json/http-json.ts'

/** What metric sources may use of the world. */
export interface MetricSourceDeps {
  readonly outbound: Outbound
  readonly secrets: Secrets
  readonly now: () => number
}

type CreateMetricSource = (options: unknown, deps: MetricSourceDeps) => MetricReader<AbortSignal>

const sources: ReadonlyMap<string, CreateMetricSource> = new Map([
  [
    'http-json',
    (options: unknown, deps: MetricSourceDeps) =>
      httpJsonSource(parseOptions(httpJsonOptions, options, 'http-json'), deps),
  ],
])

export const metricSourceKinds: readonly string[] = [...sources.keys()]

/** Build a metric source of the operating model. Throws INVALID_INPUT for an unknown kind or wrong options. */
export function createMetricSource(kind: string, options: unknown, deps: MetricSourceDeps): MetricReader<AbortSignal> {
  return pick(sources, 'metric source', kind)(options, deps)
}
