import type { Money } from '../model/operating-model.ts'
import { curesOf } from './cures.ts'
import type { Duration } from './first-passage.ts'
import { smallestHarm, timeToPass, timeToStop, unitsForPass, type StageAhead } from './foresee.ts'
import type { AskedHarm, Place } from './place.ts'
import type { HarmSight, Loss, PassSight, PlaceSight, SightStatus } from './report.ts'

/** What a place is looked at under. */
export interface Outlook {
  readonly stage: StageAhead
  /** Evidence at which the criterion stops. */
  readonly threshold: number
  readonly falsePassBudget: number
  /**
   * How long the stage lasts while nothing but this place is harmed: its longest time where a pass waits for the place, else until the
   * others have passed.
   */
  readonly watchMs: number
  readonly isBrief: boolean
  readonly averageOrder?: Money
}

/** Everything the report says of a place. */
export function sightOf(place: Place, outlook: Outlook): PlaceSight {
  const { stage, watchMs, isBrief } = outlook
  const pass = passSight(place, outlook)
  const sizes = isBrief ? place.sizes.slice(-1) : place.sizes
  const kinds = isBrief ? place.kinds.slice(0, 1) : place.kinds
  const harms = sizes.flatMap((size) => kinds.map((kind) => harmSight(place, { size, kind }, outlook)))
  const smallest = isBrief ? undefined : smallestOf(place, harms, outlook)
  const status = statusOf(place, harms, pass)
  const needsCure = status !== 'sees' && (place.isGuarded || !isBrief)
  return {
    place: place.id,
    status,
    isGuarded: place.isGuarded,
    watchMs,
    candidatePerMinute: place.perMs * stage.share * 60_000,
    ...(smallest === undefined ? {} : { smallestHarm: smallest }),
    ...(place.margin === undefined ? {} : { margin: place.margin }),
    harms,
    ...(pass === undefined ? {} : { pass }),
    cures: needsCure ? curesOf(place, outlook, status) : [],
  }
}

/** The smallest harm that is seen, shown in the way that is hardest to see; undefined where not even the largest asked one is. */
function smallestOf(place: Place, harms: readonly HarmSight[], outlook: Outlook): number | undefined {
  const own = harms.filter(({ kind }) => kind === place.kinds[0])
  const first = own.findIndex(({ isSeen }) => isSeen)
  if (first < 0) return undefined
  const { size } = own[first] ?? { size: 1 }
  const unseen = own[first - 1]?.size ?? smallestAsked
  return smallestHarm(place, outlook.stage, {
    threshold: outlook.threshold,
    withinMs: outlook.watchMs,
    unseen,
    seen: size,
  })
}

/** Harm below a thousandth is not looked for. */
const smallestAsked = 0.001

/** Blind where the largest asked harm, shown in the way that is hardest to see, goes unseen. */
function statusOf({ kinds }: Place, harms: readonly HarmSight[], pass: PassSight | undefined): SightStatus {
  const total = harms.findLast(({ kind }) => kind === kinds[0])
  if (total?.isSeen !== true) return 'blind'
  return pass === undefined || pass.isInWindow ? 'sees' : 'underpowered'
}

function harmSight(place: Place, harm: AskedHarm, outlook: Outlook): HarmSight {
  const { stage, threshold, watchMs } = outlook
  const stop = timeToStop(place, stage, { threshold, harm })
  if (stop === undefined) return { ...harm, isSeen: false }
  const lost = lossUntil(place, harm, { stop, outlook })
  return {
    ...harm,
    stop,
    isSeen: stop.p95Ms <= watchMs,
    ...(lost === undefined ? {} : { lost }),
    exposedUnits: place.perMs * stage.share * stop.meanMs,
  }
}

function lossUntil(
  { ordersPerMs, averageOrder }: Place,
  { size }: AskedHarm,
  { stop, outlook }: { readonly stop: Duration; readonly outlook: Outlook },
): Loss | undefined {
  if (ordersPerMs === undefined) return undefined
  const perMs = ordersPerMs * outlook.stage.share * size
  const orders = { mean: perMs * stop.meanMs, p95: perMs * stop.p95Ms }
  const order = averageOrder ?? outlook.averageOrder
  if (order === undefined) return { orders }
  const { amount, currency } = order
  return { orders, money: { mean: orders.mean * amount, p95: orders.p95 * amount, currency } }
}

/** How a healthy candidate fares at the place's pass test; undefined where it has none. */
export function passSight(
  { pass }: Place,
  { stage, falsePassBudget }: Pick<Outlook, 'stage' | 'falsePassBudget'>,
): PassSight | undefined {
  if (pass === undefined) return undefined
  const time = timeToPass(pass, stage, falsePassBudget)
  return {
    units: unitsForPass(pass, stage, falsePassBudget),
    ...(time === undefined ? {} : { time }),
    isInWindow: time !== undefined && time.meanMs <= stage.maxMs,
  }
}
