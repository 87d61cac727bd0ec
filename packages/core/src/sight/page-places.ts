import type { CriterionContext, EvidenceContext } from '../gate/context.ts'
import type { ErrorsCriterion, LatencyCriterion } from '../gate/criterion.ts'
import {
  bucketUpperMicros,
  errorIncrements,
  errorPassLimit,
  latencyBucketOf,
  latencyClassCount,
  latencyClassOf,
  latencyIncrements,
  latencyModel,
  latencyPassIncrements,
  latencyReferenceUnits,
  logErrorPass,
  type ArmCounts,
  type LatencyModel,
} from '../stats/index.ts'
import { histogramWith } from './histogram.ts'
import { comeBy, delayOf } from './outcome-delay.ts'
import { askedLosses, type PassQuestion, type Place, type Question } from './place.ts'
import type { KnownRoute } from './traffic.ts'
import { armsOf, evenly } from './reveal-arms.ts'
import { spanFrom, type Reveals } from './walk.ts'

/** A route class with its traffic. */
export interface WatchedRoute {
  readonly id: string
  readonly known: KnownRoute
  readonly perMs: number
  /** Of the control's times to first byte; empty where nobody asks for them. */
  readonly histogram: Readonly<Record<string, number>>
}

/** Share of visitors with an error where nothing is known, as the judge's prior has it. */
const usualErrorShare = 0.003

/** Each route class by itself; the pass test is one over all of them and stands with the whole. */
export function errorPlaces(
  criterion: ErrorsCriterion,
  context: EvidenceContext,
  { routes, parts }: { readonly routes: readonly WatchedRoute[]; readonly parts: number },
): Place[] {
  const places = routes.map((route): Place => {
    const errorShare = route.known.errorShare ?? usualErrorShare
    return {
      id: route.id,
      perMs: route.perMs,
      stops: [
        {
          logWeights: context.designs.errors.logWeights,
          part: 1 / parts,
          reveals: (question) => errorReveals(route, errorShare, question),
        },
      ],
      kinds: ['loud'],
      sizes: askedLosses,
      isGuarded: true,
      margin: criterion.margin,
    }
  })
  const passAt = (margin: number): PassQuestion => ({
    ...passOfRoutes(routes, criterion.minUnits, (route, question) => errorPass(route, margin, question)),
    alternatives: 1,
  })
  return withPass(places, criterion.margin, passAt)
}

function errorReveals(route: WatchedRoute, errorShare: number, { share, harm }: Question): Reveals[] {
  const none = { control: 0, candidate: 0 }
  return armsOf(share).flatMap(({ one, part, isCandidate }) => {
    const erring = isCandidate ? errorShare + (harm?.size ?? 0) * (1 - errorShare) : errorShare
    return [
      evenly(route.perMs * part * (1 - erring), errorIncrements(share, { ok: one, error: none }, errorShare)),
      evenly(route.perMs * part * erring, errorIncrements(share, { ok: none, error: one }, errorShare)),
    ]
  })
}

function errorPass({ perMs, known }: WatchedRoute, margin: number, question: Question): Reveals[] {
  const errorShare = known.errorShare ?? usualErrorShare
  const measured = perMs * (1 - question.share) * question.learntMs
  const { limit, hoped } = errorPassLimit(margin, errorShare, measured)
  const rate = perMs * question.share
  return [
    evenly(rate * (1 - errorShare), [logErrorPass({ ok: 1, error: 0 }, limit, hoped)]),
    evenly(rate * errorShare, [logErrorPass({ ok: 0, error: 1 }, limit, hoped)]),
  ]
}

/** Slow-downs of all requests; half as slow again is what shoppers notice, four times what they leave for. */
const askedSlowDowns = [0.1, 0.25, 0.5, 1, 3] as const

export function latencyPlaces(
  criterion: LatencyCriterion,
  context: EvidenceContext,
  { routes, parts }: { readonly routes: readonly WatchedRoute[]; readonly parts: number },
): Place[] {
  const models = modelsOf(routes, criterion.tolerance)
  const places = routes.map((route): Place => {
    const model = models.get(route.id)
    return {
      id: route.id,
      perMs: route.perMs,
      stops: [
        {
          logWeights: context.designs.latency.logWeights,
          part: 1 / parts,
          reveals: (question) =>
            model === undefined
              ? []
              : latencyReveals(route, model, question, (counts) => latencyIncrements(model, question.share, counts)),
        },
      ],
      kinds: ['loud'],
      sizes: askedSlowDowns,
      isGuarded: true,
      margin: criterion.tolerance,
    }
  })
  return withPass(places, criterion.tolerance, (tolerance) => latencyPass(routes, criterion.minUnits, tolerance))
}

function latencyPass(routes: readonly WatchedRoute[], minUnits: number, tolerance: number): PassQuestion {
  const models = modelsOf(routes, tolerance)
  return {
    ...passOfRoutes(routes, minUnits, (route, question) => {
      const model = models.get(route.id)
      if (model === undefined) return []
      return latencyReveals(route, model, question, (counts) => latencyPassIncrements(model, question.share, counts))
    }),
    alternatives: 2,
  }
}

function modelsOf(routes: readonly WatchedRoute[], tolerance: number): ReadonlyMap<string, LatencyModel> {
  return new Map(routes.map((route) => [route.id, latencyModel(route.histogram, tolerance)]))
}

function latencyReveals(
  route: WatchedRoute,
  model: LatencyModel,
  { share, harm, beforeMs }: Question,
  stepsOf: (classes: readonly ArmCounts[]) => readonly number[],
): Reveals[] {
  const reference = Math.max(0, latencyReferenceUnits / Math.max(1e-12, route.perMs * (1 - share)) - beforeMs)
  return armsOf(share).flatMap(({ one, part, isCandidate }) => {
    const law = classShares(route.histogram, model, isCandidate ? (1 + (harm?.size ?? 0)) / (1 + model.tolerance) : 1)
    return law.map((classShare, index): Reveals => {
      const rate = route.perMs * part * classShare
      const counts = law.map((_, at) => (at === index ? one : { control: 0, candidate: 0 }))
      return { perMs: rate, span: spanFrom(reference), steps: stepsOf(counts) }
    })
  })
}

/** Share of the requests per class when all are taken for `factor` times as long. */
function classShares(histogram: Readonly<Record<string, number>>, model: LatencyModel, factor: number): number[] {
  const shares = Array.from({ length: latencyClassCount(model) }, () => 0)
  let total = 0
  for (const [bucket, count] of Object.entries(histogram)) {
    // The middle of the bucket: its bounds would all move into the next class at once.
    const micros = (bucketUpperMicros(Number(bucket)) + bucketUpperMicros(Number(bucket) - 1)) / 2
    const own = latencyClassOf(model, latencyBucketOf(micros * factor))
    shares[own] = (shares[own] ?? 0) + count
    total += count
  }
  return shares.map((count) => count / Math.max(1e-12, total))
}

/** Pages that were never measured: log-normal around 200 ms, 1 in 20 slower than 500 ms. */
const usualLatency = { medianMs: 200, p95Ms: 500 } as const

function histogramOf({ latency, medianLatencyMs, p95LatencyMs }: KnownRoute): Readonly<Record<string, number>> {
  if (latency !== undefined && Object.keys(latency).length > 0) return latency
  const median = medianLatencyMs ?? usualLatency.medianMs
  const law = delayOf(median, Math.max(median, p95LatencyMs ?? (median * usualLatency.p95Ms) / usualLatency.medianMs))
  return histogramWith((micros) => comeBy(law, micros / 1_000))
}

/** One test over all classes: the geometric mean of their ratios, as the judge has it. */
function passOfRoutes(
  routes: readonly WatchedRoute[],
  minUnits: number,
  revealsOf: (route: WatchedRoute, question: Question) => readonly Reveals[],
): Omit<PassQuestion, 'alternatives'> {
  return {
    reveals: (question) =>
      routes.flatMap((route) =>
        revealsOf(route, question).map((each) => ({ ...each, steps: each.steps.map((step) => step / routes.length) })),
      ),
    minUnits,
    unitsPerMs: Math.max(0, ...routes.map(({ perMs }) => perMs)),
  }
}

/** The pass test stands with the busiest class. */
function withPass(places: readonly Place[], margin: number, passAt: (margin: number) => PassQuestion): Place[] {
  const busiest = Math.max(...places.map(({ perMs }) => perMs))
  const first = places.findIndex(({ perMs }) => perMs === busiest)
  return places.map((place, index) => (index === first ? { ...place, pass: passAt(margin), passAt } : place))
}

/** Route classes that a criterion watches; those without known traffic apart. */
export function watchedRoutes(
  criterion: ErrorsCriterion | LatencyCriterion,
  context: CriterionContext,
  known: Readonly<Record<string, KnownRoute>>,
): { readonly routes: readonly WatchedRoute[]; readonly unknown: readonly string[] } {
  const ids = criterion.routes.length > 0 ? criterion.routes : context.routes
  const routes = ids.flatMap((id): WatchedRoute[] => {
    const own = Object.hasOwn(known, id) ? known[id] : undefined
    if (own?.perMinute === undefined || !(own.perMinute > 0)) return []
    const histogram = criterion.signal === 'latency' ? histogramOf(own) : {}
    return [{ id, known: own, perMs: own.perMinute / 60_000, histogram }]
  })
  return { routes, unknown: ids.filter((id) => routes.every((route) => route.id !== id)) }
}
