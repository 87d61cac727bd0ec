import type { LocalStopReport } from '@headgate/protocol/api'
import {
  createBackoff,
  describeAnswer,
  isRefusal,
  isTaken,
  sleep,
  type EdgeLog,
  type Link,
  type Sleep,
} from '../link/index.ts'
import type { GivenStop, LocalStops } from './local-stops.ts'

export interface ReportOptions {
  readonly stops: LocalStops
  readonly link: Link
  readonly log: EdgeLog
  readonly gateway: string
  readonly source: string
  readonly sleep?: Sleep
}

/** Tells the control plane of local stops: call `wake` when there is a new one. */
export interface StopReporter {
  wake(): void
  /** Reports until the signal aborts; while nothing is to be told it waits for `wake`. */
  run(signal: AbortSignal): Promise<void>
}

export function createStopReporter(options: ReportOptions): StopReporter {
  const { stops, sleep: pause = sleep } = options
  let woken = Promise.withResolvers<void>()
  return {
    wake: () => woken.resolve(),
    async run(signal) {
      const backoff = createBackoff({ firstMs: 200, maxMs: 5_000 })
      signal.addEventListener('abort', () => woken.resolve(), { once: true })
      while (!signal.aborted) {
        woken = Promise.withResolvers()
        if (signal.aborted) return
        const isAllTold = await tellAll(options, signal)
        if (isAllTold) {
          backoff.reset()
          if (stops.all().every(({ isReported }) => isReported)) await woken.promise
        } else await pause(backoff.next(), signal)
      }
    },
  }
}

/** The control plane does not know the release, or it cannot be stopped any more: it then exposes nothing either. */
const refusedForGood = [404, 409]

/** Each unreported stop once; false when one of them has to be tried again. */
async function tellAll(options: ReportOptions, signal: AbortSignal): Promise<boolean> {
  let isAllTold = true
  for (const stop of options.stops.all()) {
    if (!stop.isReported && !(await tell(stop, options, signal))) isAllTold = false
  }
  return isAllTold
}

async function tell(stop: GivenStop, options: ReportOptions, signal: AbortSignal): Promise<boolean> {
  const { stops, link, log, gateway, source } = options
  const { release, mode, reason, by, at } = stop
  const body: LocalStopReport = { gateway, source, release, mode, reason, by, at }
  const answer = await link.request({ method: 'POST', path: '/api/v1/gateway/local-stops', body }, signal)
  if (signal.aborted) return false
  const isRefused = isRefusal(answer, refusedForGood)
  if (!isTaken(answer) && !isRefused) {
    log.warn({ release, answer: describeAnswer(answer) }, 'a local stop is not reported yet; trying again')
    return false
  }
  if (isRefused)
    log.error({ release, answer: describeAnswer(answer) }, 'the control plane refused the report of a stop')
  stops.markReported(release, at)
  await stops.save()
  return true
}
