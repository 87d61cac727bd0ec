import type { CheckoutMethod } from '../rules/methods.ts'

/** How a journey that reached checkout ended, as the shopper saw it. */
export type JourneyEnd =
  /** A page said thank you. Whether an order exists is another matter. */
  | 'thanked'
  /** Left of their own will. */
  | 'gave-up'
  /** The bank said no. */
  | 'refused'
  /** Price changed, article sold out, cart gone. */
  | 'turned-away'
  /** Error pages or no answer. */
  | 'failed'

export interface PathCounters extends Record<JourneyEnd, number> {
  started: number
}

export interface ShopperCounters {
  readonly startedAt: string
  readonly seconds: number
  /** Arrivals, among them `returned` who had been here before. */
  readonly visitors: number
  readonly returned: number
  readonly inFlight: number
  /** Arrivals turned away because too many were in flight: the machine cannot carry the rate. */
  readonly shed: number
  readonly pages: number
  readonly errorPages: number
  readonly journeys: PathCounters
  readonly paths: Readonly<Record<CheckoutMethod, PathCounters>>
  /** Time to see a page, milliseconds, by kind of page. */
  readonly pageMs: Readonly<Record<string, { readonly count: number; readonly p50: number; readonly p95: number }>>
}

export interface Tally {
  arrived(isBack: boolean): void
  left(): void
  shed(): void
  page(kind: string, status: number, ms: number): void
  started(method: CheckoutMethod): void
  ended(method: CheckoutMethod, end: JourneyEnd): void
  readonly inFlight: number
  read(): ShopperCounters
}

const noJourneys = (): PathCounters => ({
  started: 0,
  thanked: 0,
  'gave-up': 0,
  refused: 0,
  'turned-away': 0,
  failed: 0,
})

export function createTally(now: () => number = Date.now): Tally {
  const startedAt = now()
  const sums = { visitors: 0, returned: 0, inFlight: 0, shed: 0, pages: 0, errorPages: 0 }
  const paths: Record<CheckoutMethod, PathCounters> = {
    card: noJourneys(),
    guest: noJourneys(),
    coupon: noJourneys(),
    wallet: noJourneys(),
    split: noJourneys(),
    collect: noJourneys(),
  }
  const times = new Map<string, number[]>()
  return {
    arrived(isBack) {
      sums.visitors += 1
      sums.inFlight += 1
      if (isBack) sums.returned += 1
    },
    left: () => (sums.inFlight -= 1),
    shed: () => (sums.shed += 1),
    page(kind, status, ms) {
      sums.pages += 1
      if (status === 0 || status >= 500) sums.errorPages += 1
      countTime(times, kind, ms)
    },
    started: (method) => (paths[method].started += 1),
    ended: (method, end) => (paths[method][end] += 1),
    get inFlight() {
      return sums.inFlight
    },
    read: () => ({
      startedAt: new Date(startedAt).toISOString(),
      seconds: (now() - startedAt) / 1_000,
      ...sums,
      journeys: addUp(Object.values(paths)),
      paths: structuredClone(paths),
      pageMs: Object.fromEntries([...times].map(([kind, buckets]) => [kind, summary(buckets)])),
    }),
  }
}

function addUp(all: readonly PathCounters[]): PathCounters {
  const sum = noJourneys()
  for (const path of all) {
    for (const key of ['started', 'thanked', 'gave-up', 'refused', 'turned-away', 'failed'] as const)
      sum[key] += path[key]
  }
  return sum
}

/** Times are counted in buckets a tenth wide; percentiles are then right to 10 %, in a few hundred bytes. */
const bucketRatio = 1.1

function countTime(times: Map<string, number[]>, kind: string, ms: number): void {
  const buckets = times.get(kind) ?? []
  times.set(kind, buckets)
  const bucket = Math.max(0, Math.ceil(Math.log(Math.max(ms, 1)) / Math.log(bucketRatio)))
  buckets[bucket] = (buckets[bucket] ?? 0) + 1
}

function summary(buckets: readonly number[]): { count: number; p50: number; p95: number } {
  const count = buckets.reduce((sum, value) => sum + value, 0)
  return { count, p50: quantile(buckets, count * 0.5), p95: quantile(buckets, count * 0.95) }
}

function quantile(buckets: readonly number[], rank: number): number {
  let seen = 0
  const at = buckets.findIndex((value) => (seen += value ?? 0) >= rank)
  return Math.round(bucketRatio ** Math.max(at, 0) * 10) / 10
}
