import type { ExchangeWatch } from '../proxy/exchange.ts'
import type { FailureKind, UpstreamFailure } from '../proxy/attempt.ts'
import type { Refusal, RefusalCause } from '../proxy/refusal.ts'
import type { Course, Destination, Ending } from '../proxy/steering.ts'
import type { EdgeLog } from '../link/index.ts'

/** What the gateway met since it started, beside the traffic that the control plane is told of. */
export interface MeterReading {
  readonly refusals: ReadonlyMap<RefusalCause, number>
  readonly failures: ReadonlyMap<
    string,
    { readonly route: string; readonly arm: string; readonly kind: FailureKind; readonly count: number }
  >
  readonly endings: ReadonlyMap<Ending, number>
  readonly internalErrors: number
}

export interface Meter extends ExchangeWatch {
  read(): MeterReading
}

/** An upstream that is down fails a thousand times a second; the log says so once in this time, with the count. */
const quietMs = 1_000

export function createMeter(log: EdgeLog, now: () => number): Meter {
  const refusals = new Map<RefusalCause, number>()
  const failures = new Map<string, { route: string; arm: string; kind: FailureKind; count: number }>()
  const endings = new Map<Ending, number>()
  const quiet = new Map<string, { until: number; skipped: number }>()
  let internalErrors = 0

  const mayLog = (key: string): number | undefined => {
    const at = now()
    const known = quiet.get(key)
    if (known !== undefined && at < known.until) {
      known.skipped += 1
      return undefined
    }
    quiet.set(key, { until: at + quietMs, skipped: 0 })
    return known?.skipped ?? 0
  }

  return {
    failed(course: Course, { arm, upstream }: Destination, { kind, detail }: UpstreamFailure) {
      const key = `${course.route}|${arm}|${kind}`
      const known = failures.get(key)
      if (known === undefined) failures.set(key, { route: course.route, arm, kind, count: 1 })
      else known.count += 1
      const unsaid = mayLog(key)
      if (unsaid === undefined) return
      log.warn({ route: course.route, arm, upstream, kind, detail, alsoSince: unsaid }, 'an upstream failed a request')
    },
    refused({ cause }: Refusal) {
      refusals.set(cause, (refusals.get(cause) ?? 0) + 1)
    },
    ended(_: Course, ending: Ending) {
      endings.set(ending, (endings.get(ending) ?? 0) + 1)
    },
    internalError(error: unknown) {
      internalErrors += 1
      const said = error instanceof Error ? (error.stack ?? error.message) : String(error)
      if (mayLog('internal') !== undefined) log.error({ error: said }, 'an error of the gateway itself')
    },
    read: () => ({ refusals, failures, endings, internalErrors }),
  }
}
