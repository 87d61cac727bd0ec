import { bucketUpperMicros } from '@headgate/core/stats'
import type { DeltaSenderState, TrafficTotals } from '../counters/index.ts'
import type { MeterReading } from './meter.ts'

/** Everything that the metrics page shows, read at one instant. */
export interface MetricsReading {
  readonly snapshotVersion: number
  /** Seconds since the snapshot in effect was received; undefined while there is none. */
  readonly snapshotAgeSeconds: number | undefined
  readonly isReady: boolean
  readonly activeRequests: number
  readonly connections: number
  readonly upstreams: readonly { readonly upstream: string; readonly active: number }[]
  readonly traffic: readonly TrafficTotals[]
  /** Requests by registered identity. */
  readonly excluded: ReadonlyMap<string, number>
  readonly meter: MeterReading
  readonly deltas: DeltaSenderState | undefined
  readonly cpuSeconds: number
  readonly residentBytes: number
}

type Labels = Readonly<Record<string, string>>

/** Prometheus text format 0.0.4. Latency comes in fixed steps; the fine buckets behind them go to the control plane. */
export function formatMetrics(reading: MetricsReading): string {
  const page = new Page()
  const { traffic, meter, deltas } = reading
  page.gauge('headgate_gateway_ready', 'Whether the gateway serves.', reading.isReady ? 1 : 0)
  page.gauge('headgate_gateway_snapshot_version', 'Snapshot in effect.', reading.snapshotVersion)
  if (reading.snapshotAgeSeconds !== undefined) {
    page.gauge('headgate_gateway_snapshot_age_seconds', 'Since it was received.', reading.snapshotAgeSeconds)
  }
  page.gauge('headgate_gateway_active_requests', 'Requests and tunnels under way.', reading.activeRequests)
  page.gauge('headgate_gateway_connections', 'Open connections of clients.', reading.connections)
  page.family('headgate_gateway_upstream_requests', 'gauge', 'Requests under way per upstream.')
  for (const { upstream, active } of reading.upstreams)
    page.line('headgate_gateway_upstream_requests', { upstream }, active)
  addTraffic(page, traffic)
  page.family('headgate_gateway_excluded_total', 'counter', 'Requests of registered identities, which are no evidence.')
  for (const [identity, count] of reading.excluded) page.line('headgate_gateway_excluded_total', { identity }, count)
  page.family('headgate_gateway_upstream_failures_total', 'counter', 'Failures of upstreams, masked ones included.')
  for (const { count, ...labels } of meter.failures.values())
    page.line('headgate_gateway_upstream_failures_total', labels, count)
  page.family('headgate_gateway_refused_total', 'counter', 'Requests answered by the gateway itself.')
  for (const [cause, count] of meter.refusals) page.line('headgate_gateway_refused_total', { cause }, count)
  page.family('headgate_gateway_exchanges_total', 'counter', 'Exchanges by how they ended.')
  for (const [ending, count] of meter.endings) page.line('headgate_gateway_exchanges_total', { ending }, count)
  page.counter('headgate_gateway_internal_errors_total', 'Errors of the gateway itself.', meter.internalErrors)
  if (deltas !== undefined) {
    page.counter('headgate_gateway_delta_batches_total', 'Batches of counts closed.', deltas.sentBatches)
    page.counter('headgate_gateway_delta_resends_total', 'Batches sent again.', deltas.resends)
    page.counter('headgate_gateway_evidence_lost_total', 'Units of evidence that will never arrive.', deltas.lost)
  }
  page.counter('process_cpu_seconds_total', 'CPU time of the process.', reading.cpuSeconds)
  page.gauge('process_resident_memory_bytes', 'Resident memory of the process.', reading.residentBytes)
  return page.text()
}

function addTraffic(page: Page, traffic: readonly TrafficTotals[]): void {
  const counters = [
    ['headgate_gateway_requests_total', 'Requests per route class and arm.', 'requests'],
    ['headgate_gateway_errors_total', 'Requests that failed at their arm, masked ones included.', 'errors'],
    ['headgate_gateway_masked_total', 'Candidate failures that control answered instead.', 'masked'],
  ] as const
  for (const [name, help, field] of counters) {
    page.family(name, 'counter', help)
    for (const totals of traffic) page.line(name, { route: totals.routeId, arm: totals.arm }, totals[field])
  }
  const histogram = 'headgate_gateway_first_byte_seconds'
  page.family(histogram, 'histogram', 'Time to first byte as the shopper felt it.')
  for (const totals of traffic) addHistogram(page, histogram, totals)
}

const stepsMicros = [
  1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
  30_000_000,
]

function addHistogram(page: Page, name: string, totals: TrafficTotals): void {
  const labels = { route: totals.routeId, arm: totals.arm }
  let bucket = 0
  let below = 0
  for (const step of stepsMicros) {
    while (bucket < totals.latencyBuckets.length && bucketUpperMicros(bucket) <= step) {
      below += totals.latencyBuckets[bucket] ?? 0
      bucket += 1
    }
    page.line(`${name}_bucket`, { ...labels, le: String(step / 1_000_000) }, below)
  }
  page.line(`${name}_bucket`, { ...labels, le: '+Inf' }, totals.requests)
  page.line(`${name}_sum`, labels, totals.latencyMicros / 1_000_000)
  page.line(`${name}_count`, labels, totals.requests)
}

class Page {
  readonly #lines: string[] = []

  gauge(name: string, help: string, value: number): void {
    this.family(name, 'gauge', help)
    this.line(name, {}, value)
  }

  counter(name: string, help: string, value: number): void {
    this.family(name, 'counter', help)
    this.line(name, {}, value)
  }

  family(name: string, type: 'gauge' | 'counter' | 'histogram', help: string): void {
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
  }

  line(name: string, labels: Labels, value: number): void {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`)
    this.#lines.push(`${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`)
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`
  }
}

const escape = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
