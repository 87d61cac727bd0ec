import type { CriterionContext, EvidenceContext } from '../gate/context.ts'
import type { RevenueCriterion } from '../gate/criterion.ts'
import {
  valueIncrements,
  valueLosses,
  valueModel,
  valuePassIncrements,
  valueReferenceUnits,
  type ValueCount,
  type ValueMargin,
  type ValueModel,
  type ValueTest,
} from '../stats/index.ts'
import { bisect } from './first-passage.ts'
import {
  classesOf,
  lossBorneFrom,
  ordersAfter,
  bucketsOf,
  type OrderValues,
  type Bucket,
  type ValueLoss,
} from './order-values.ts'
import { resolvedSpanMs, type OutcomeDelay } from './outcome-delay.ts'
import { inverseSamples, noiseCost, ratioNoise } from './reference-noise.ts'
import type { PassQuestion, Place, Question } from './place.ts'
import { armsOf } from './reveal-arms.ts'
import type { FlowTraffic } from './traffic.ts'
import type { Reveals, Span } from './walk.ts'

/** Losses of all order value; half of it is what wrong prices at their worst take. */
const askedValueLosses = [0.02, 0.05, 0.1, 0.2, 0.5] as const

interface WatchedOrders {
  readonly criterion: RevenueCriterion
  readonly values: OrderValues
  readonly delay: OutcomeDelay
  /** Completions a millisecond of both arms. */
  readonly ordersPerMs: number
  readonly buckets: readonly Bucket[]
  readonly model: ValueModel
  /** Per alternative and class, see {@link ratioNoise}. */
  readonly noise: Ratios
}

/** Per alternative and class. */
type Ratios = readonly (readonly number[])[]

/** Orders that may lose value: all of them alike, or the larger half. Each is a pass test, and a gate waits for both. */
export function revenuePlaces(
  criterion: RevenueCriterion,
  { designs }: EvidenceContext,
  known: { readonly own: CriterionContext; readonly traffic: FlowTraffic; readonly values: OrderValues },
): Place[] {
  const { own, traffic, values } = known
  let ordersPerMs = 0
  for (const { perMinute, completion } of traffic.paths) ordersPerMs += (perMinute / 60_000) * completion
  const model = valueModel(values.histogram, [criterion.margin])
  const buckets = bucketsOf(values.histogram)
  const noise = stopNoise(model, buckets, medianOf(model, criterion.margin))
  const watched: WatchedOrders = { criterion, values, delay: traffic.delay, ordersPerMs, buckets, model, noise }
  const part = 1 / own.parts
  return [
    placeOf(watched, { id: '', test: 'whole', logWeights: designs.values.logWeights, part }),
    placeOf(watched, { id: 'larger half', test: 'large', logWeights: designs.values.logWeights, part }),
  ]
}

interface Borne {
  readonly id: string
  readonly test: ValueTest
  readonly logWeights: readonly number[]
  readonly part: number
}

function placeOf(watched: WatchedOrders, { id, test, logWeights, part }: Borne): Place {
  const { criterion, values, ordersPerMs } = watched
  const passAt = (margin: number): PassQuestion => passOf(watched, test, margin)
  return {
    id,
    perMs: ordersPerMs,
    stops: [{ logWeights, part, reveals: (question) => stopReveals(watched, test, question) }],
    kinds: ['silent'],
    sizes: askedValueLosses,
    pass: passAt(criterion.margin),
    passAt,
    isGuarded: true,
    ordersPerMs,
    averageOrder: values.averageOrder,
    margin: criterion.margin,
  }
}

function stopReveals(watched: WatchedOrders, test: ValueTest, question: Question): Reveals[] {
  const { model, buckets, criterion } = watched
  const from = test === 'large' ? medianOf(model, criterion.margin) : 0
  const loss = lossBorneFrom(buckets, from, question.harm?.size ?? 0)
  const span = comparedSpan(watched, question)
  const told = armsOf(question.share).flatMap(({ one, part, isCandidate }) =>
    classesOf(model, ordersAfter(buckets, isCandidate ? loss : none)).flatMap((share, index): Reveals[] => {
      const classes = model.law.map((_, at) => (at === index ? one : { control: 0, candidate: 0 }))
      const steps = valueIncrements(model, question.share, classes)
      return share > 0 ? [{ perMs: watched.ordersPerMs * part * share, span, steps }] : []
    }),
  )
  const { law, alternatives: ratios } = model
  return [...told, ...noiseReveals(watched, question, { law, ratios, noise: watched.noise })]
}

const none: ValueLoss = { from: 0, factor: 1 }

/** From which on an order is one of the larger half. */
function medianOf({ margins }: ValueModel, margin: number): number {
  return margins[String(margin)]?.large.from ?? 0
}

function stopNoise(model: ValueModel, buckets: readonly Bucket[], median: number): Ratios {
  return valueLosses.map(({ part, factor }) =>
    part === 'upper half'
      ? ratioNoise(model, buckets, { part: 1, seenAs: (value) => (value >= median ? value * factor : value) })
      : ratioNoise(model, buckets, { part, seenAs: (value) => value * factor }),
  )
}

/** What the noise of the reference takes, as reveals of their own: the less, the more of the control's orders there are. */
function noiseReveals(
  watched: WatchedOrders,
  question: Question,
  { law, ratios, noise }: { readonly law: readonly number[]; readonly ratios: Ratios; readonly noise: Ratios },
): Reveals[] {
  const { delay, ordersPerMs } = watched
  const { share, beforeMs } = question
  const perMs = Math.max(1e-12, ordersPerMs * (1 - share))
  const compared = comparedSpan(watched, question)
  const before = Math.max(valueReferenceUnits, perMs * resolvedSpanMs(delay, beforeMs))
  const span: Span = {
    key: `noise ${compared.key}`,
    by: (ms) => inverseSamples(before, before + perMs * compared.by(ms)) / perMs,
  }
  return law.map((part, index) => ({
    perMs: ordersPerMs * part,
    span,
    steps: ratios.map((own, alternative) => -noiseCost(share, own[index] ?? 1, noise[alternative]?.[index] ?? 0)),
  }))
}

function passOf(watched: WatchedOrders, test: ValueTest, margin: number): PassQuestion {
  const { criterion, buckets, values, ordersPerMs } = watched
  const model = valueModel(values.histogram, [margin])
  const orders = ordersAfter(buckets, none)
  const own = model.margins[String(margin)]?.[test]
  const noise = own === undefined ? [] : passNoise(model, buckets, own)
  return {
    alternatives: 2,
    reveals: (question) => {
      const span = comparedSpan(watched, question)
      const told = armsOf(question.share).flatMap(({ part, isCandidate }) =>
        bySteps(orders, (order) => {
          const one: ValueCount = { ...order, arm: isCandidate ? 'candidate' : 'control', count: 1 }
          return valuePassIncrements(model, { margin, test }, question.share, [one])
        }).map(({ count, steps }): Reveals => ({ perMs: ordersPerMs * part * count, span, steps })),
      )
      const ratios = own?.alternatives ?? []
      return [...told, ...noiseReveals(watched, question, { law: model.law, ratios, noise })]
    },
    minUnits: criterion.minUnits,
    unitsPerMs: ordersPerMs,
  }
}

/** The candidate's orders are seen without the margin's loss: where they have lost nothing, and half of it. */
function passNoise(model: ValueModel, buckets: readonly Bucket[], { from, left }: ValueMargin): Ratios {
  return [1, (1 + left) / 2].map((factor) =>
    ratioNoise(model, buckets, {
      part: 1,
      seenAs: (value) => (value < from ? value : (value * factor) / left),
    }),
  )
}

/** Orders of many buckets say the same: they are counted together. */
function bySteps(
  orders: readonly ValueCount[],
  stepsOf: (order: ValueCount) => readonly number[],
): { readonly count: number; readonly steps: readonly number[] }[] {
  const groups = new Map<string, { count: number; readonly steps: readonly number[] }>()
  for (const order of orders) {
    const steps = stepsOf(order)
    const key = steps.join(' ')
    const group = groups.get(key) ?? { count: 0, steps }
    group.count += order.count
    groups.set(key, group)
  }
  return [...groups.values()]
}

/** Orders come after their delay, and are compared once the control's have made a reference. */
function comparedSpan({ delay, ordersPerMs }: WatchedOrders, { share, beforeMs }: Question): Span {
  const neededMs = valueReferenceUnits / Math.max(1e-12, ordersPerMs * (1 - share))
  const longestMs = neededMs + 10 * delay.medianMs * Math.exp(delay.spread)
  const known = bisect(0, longestMs, (ms) => resolvedSpanMs(delay, ms) >= neededMs)
  const from = Math.max(0, known - beforeMs)
  return {
    key: `orders from ${from}`,
    by: (ms) => Math.max(0, resolvedSpanMs(delay, ms) - resolvedSpanMs(delay, Math.min(ms, from))),
  }
}
