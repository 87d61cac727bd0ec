import type { CriterionContext } from '../gate/context.ts'
import type { CountCriterion } from '../gate/criterion.ts'
import { itemLimit } from '../gate/pass-shop.ts'
import type { ItemContext } from '../gate/shop-signals.ts'
import { itemIncrements, itemRatios, logErrorPass } from '../stats/index.ts'
import { delayOf, delayWithin, resolvedSpanMs, type OutcomeDelay } from './outcome-delay.ts'
import type { PassQuestion, Place, Question } from './place.ts'
import { armsOf } from './reveal-arms.ts'
import type { FlowTraffic, KnownItem, PathTraffic } from './traffic.ts'
import type { Reveals, Span } from './walk.ts'

/** Absolute increases of the share of journeys with the item; 1 is an item for every journey. */
const askedIncreases = [0.005, 0.02, 0.05, 0.2, 1] as const

interface WatchedItems {
  readonly own: ItemContext
  readonly criterion: CountCriterion
  readonly traffic: FlowTraffic
  readonly share: number
  readonly delay: OutcomeDelay
}

/** The journeys of a flow that get an item of one kind, over all paths. */
export function countPlaces(
  criterion: CountCriterion,
  own: ItemContext,
  known: { readonly context: CriterionContext; readonly traffic: FlowTraffic; readonly item: KnownItem },
): Place[] {
  const { context, traffic, item } = known
  const watched: WatchedItems = { own, criterion, traffic, share: item.share, delay: itemDelay(own, item) }
  const passAt = (margin: number): PassQuestion => passOf(watched, margin)
  const kept = keptAlternatives(watched)
  return [
    {
      id: '',
      perMs: traffic.perMinute / 60_000,
      stops: [
        {
          logWeights: kept.map((index) => own.stop.logWeights[index] ?? -Infinity),
          part: 1 / context.parts,
          reveals: (question) => stopReveals(watched, kept, question),
        },
      ],
      kinds: ['loud'],
      sizes: askedIncreases,
      pass: passAt(criterion.margin),
      passAt,
      isGuarded: true,
      margin: criterion.margin,
    },
  ]
}

/** Where nothing is known of it, 98 of 100 items come within the time for them. */
function itemDelay({ withinMs }: ItemContext, { medianDelayMs, p95DelayMs }: KnownItem): OutcomeDelay {
  return medianDelayMs === undefined || p95DelayMs === undefined
    ? delayWithin(withinMs)
    : delayOf(medianDelayMs, Math.max(medianDelayMs, p95DelayMs))
}

const busiestPaths = 2

/** What all paths share and the busiest paths' own: those of the others are worn down or reached later. */
function keptAlternatives({ own, traffic }: WatchedItems): readonly number[] {
  const groups = busiestOf(traffic.paths).map(({ id }) => own.paths.indexOf(id))
  return [-1, ...groups].flatMap((group) => itemRatios.map((_, index) => (group + 1) * itemRatios.length + index))
}

function busiestOf(paths: readonly PathTraffic[]): readonly PathTraffic[] {
  return paths.toSorted((a, b) => b.perMinute - a.perMinute).slice(0, busiestPaths)
}

function stopReveals(watched: WatchedItems, kept: readonly number[], { share, harm }: Question): Reveals[] {
  const { own, traffic, delay } = watched
  const span = { key: `items ${delay.medianMs} ${delay.spread}`, by: (ms: number) => resolvedSpanMs(delay, ms) }
  const more = harm?.size ?? 0
  return traffic.paths.flatMap((path) => {
    const group = own.paths.indexOf(path.id)
    return armsOf(share).map(({ one, part, isCandidate }): Reveals => {
      const having = isCandidate ? watched.share + more * (1 - watched.share) : watched.share
      const steps = itemIncrements(share, one)
      const width = steps.length
      return {
        perMs: (path.perMinute / 60_000) * part * having,
        span,
        steps: kept.map((index) => {
          const isOwn = index < width || Math.floor(index / width) - 1 === group
          return isOwn ? (steps[index % width] ?? 0) : 0
        }),
      }
    })
  })
}

/** The candidate's journeys whose time for the item is over, against what the control's have shown. */
function passOf({ own, criterion, traffic, share: known }: WatchedItems, margin: number): PassQuestion {
  const perMs = traffic.perMinute / 60_000
  const unitAgeMs = own.withinMs + own.slotMs / 2
  return {
    alternatives: 1,
    reveals: ({ share, beforeMs }) =>
      phasesOf(perMs * (1 - share), Math.max(0, beforeMs - own.withinMs)).flatMap(({ units, from, until }) => {
        const span: Span = {
          key: `items known ${units}`,
          by: (ms) => Math.max(0, Math.min(ms - unitAgeMs, until) - from),
        }
        return [false, true].map((having): Reveals => {
          const step = meanStep({ having, known, units, margin })
          return { perMs: perMs * share * (having ? known : 1 - known), span, steps: [step] }
        })
      }),
    minUnits: criterion.minUnits,
    unitsPerMs: perMs,
    unitAgeMs,
  }
}

/** While the control's journeys whose time for the item is over number about as many as that. */
interface Phase {
  readonly units: number
  /** Time since the first of the stage are over. */
  readonly from: number
  readonly until: number
}

/** Control journeys without which the judge bets on none, and beyond which more of them change nothing. */
const fewestKnown = 10
const mostKnown = 1e6

function phasesOf(perMs: number, knownMs: number): readonly Phase[] {
  const phases: Phase[] = []
  for (let units = fewestKnown; units < mostKnown; units *= 2) {
    const from = Math.max(0, units / perMs - knownMs)
    const until = units * 2 < mostKnown ? (2 * units) / perMs - knownMs : Infinity
    if (until > 0) phases.push({ units: units * 1.5, from, until })
  }
  return phases
}

/**
 * What a journey adds on average over what the control may have shown until then: while few of its journeys are known, an item that
 * none of them had yet counts against the candidate far more than it will.
 */
function meanStep({ having, known, units, margin }: PassStep): number {
  let sum = 0
  for (const { count, chance } of poisson(known * units)) {
    const { limit, hoped } = itemLimit({ baseline: [Math.max(0, units - count), count] }, { margin })
    sum += chance * logErrorPass({ ok: having ? 0 : 1, error: having ? 1 : 0 }, limit, hoped)
  }
  return sum
}

interface PassStep {
  readonly having: boolean
  readonly known: number
  readonly units: number
  readonly margin: number
}

/** The likely counts of a mean; beyond some dozens the mean stands for all of them. */
function poisson(mean: number): readonly { readonly count: number; readonly chance: number }[] {
  if (mean > 40) return [{ count: mean, chance: 1 }]
  const counts: { count: number; chance: number }[] = []
  let chance = Math.exp(-mean)
  let left = 1
  // Stops: chances of a Poisson law sum to 1.
  for (let count = 0; left > 1e-6 && count < 200; count++) {
    counts.push({ count, chance })
    left -= chance
    chance *= mean / (count + 1)
  }
  return counts
}
