import { Counter, type Registry } from 'prom-client'
import type { Db } from '../db/index.ts'
import { excludedTotals, trafficTotals, type TrafficTotal } from './delta-store.ts'

export interface SignalsMetrics {
  batch(result: { readonly duplicate: boolean; readonly counted: number; readonly dropped: number }): void
  outcomes(result: { readonly accepted: number; readonly duplicates: number; readonly rejected: number }): void
}

export function signalsMetrics(registry: Registry, db: Db): SignalsMetrics {
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> =>
    new Counter({ name, help, labelNames, registers: [registry] })
  const batches = counter('headgate_delta_batches_total', 'Batches of counts from gateways', ['result'])
  const cells = counter('headgate_delta_cells_total', 'Counts in new batches; dropped = of releases not exposed', [
    'result',
  ])
  const outcomes = counter('headgate_outcome_events_total', 'Journey steps reported by the shop', ['result'])
  addTrafficMetrics(registry, db)
  addExcludedMetric(registry, db)
  return {
    batch({ duplicate, counted, dropped }) {
      batches.inc({ result: duplicate ? 'duplicate' : 'counted' })
      cells.inc({ result: 'counted' }, counted)
      cells.inc({ result: 'dropped' }, dropped)
    },
    outcomes({ accepted, duplicates, rejected }) {
      outcomes.inc({ result: 'accepted' }, accepted)
      outcomes.inc({ result: 'duplicate' }, duplicates)
      outcomes.inc({ result: 'rejected' }, rejected)
    },
  }
}

const trafficMetrics: readonly {
  readonly name: string
  readonly help: string
  readonly of: (total: TrafficTotal) => number
}[] = [
  { name: 'headgate_requests_total', help: 'Requests through gateways', of: (total) => total.requests },
  {
    name: 'headgate_request_errors_total',
    help: 'Requests that failed, masked ones included',
    of: (total) => total.errors,
  },
  {
    name: 'headgate_masked_errors_total',
    help: 'Candidate failures that control answered',
    of: (total) => total.masked,
  },
  {
    name: 'headgate_first_byte_seconds_total',
    help: 'Sum of times to first byte',
    of: (total) => total.latencyMicros / 1e6,
  },
]

/** The totals live in the database, so that every server shows the same and a restart starts nothing from zero. */
function addTrafficMetrics(registry: Registry, db: Db): void {
  for (const { name, help, of } of trafficMetrics) {
    const counter: Counter<'route' | 'arm'> = new Counter({
      name,
      help,
      labelNames: ['route', 'arm'],
      registers: [registry],
      async collect() {
        // Without the database the series are absent rather than wrong.
        const totals = await trafficTotals(db).catch(() => [])
        counter.reset()
        for (const total of totals) counter.inc({ route: total.route, arm: total.arm }, of(total))
      },
    })
  }
}

function addExcludedMetric(registry: Registry, db: Db): void {
  const counter: Counter<'identity'> = new Counter({
    name: 'headgate_excluded_requests_total',
    help: 'Requests of registered identities, which are no evidence',
    labelNames: ['identity'],
    registers: [registry],
    async collect() {
      const totals = await excludedTotals(db).catch(() => [])
      counter.reset()
      for (const { identity, requests } of totals) counter.inc({ identity }, requests)
    },
  })
}
