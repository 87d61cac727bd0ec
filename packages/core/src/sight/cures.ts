import { count, duration } from '../gate/words.ts'
import { timeToPass, timeToStop, type StageAhead } from './foresee.ts'
import type { Place } from './place.ts'
import type { Cure, SightStatus } from './report.ts'
import type { Outlook } from './stage-sight.ts'

/** Slices and margins that people write. */
const niceShares = [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5] as const
const niceMargins = [0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6] as const

/** What would make the place see, cheapest first: time, exposure, a margin, another signal. Each is reckoned through. */
export function curesOf(place: Place, outlook: Outlook, status: SightStatus): readonly Cure[] {
  const needsMs = longestOf(totalBreak(place, outlook, outlook.stage), passBy(place, outlook))
  const window = windowCure(place, outlook, needsMs)
  const isNear = needsMs !== undefined && needsMs <= 3 * outlook.stage.maxMs
  const others = [...sliceCure(place, outlook), ...marginCure(place, outlook), ...signalCure(place, outlook, status)]
  const all = isNear ? [...window, ...others] : [...others, ...window]
  return all.length > 0 ? all : [signOffCure(place, outlook)]
}

/** By when 95 of 100 total breaks are stopped. */
function totalBreak(
  place: Place,
  { threshold }: Outlook,
  stage: StageAhead,
  kind = place.kinds[0],
): number | undefined {
  const size = place.sizes.at(-1) ?? 1
  return timeToStop(place, stage, { threshold, harm: { size, kind: kind ?? 'loud' } })?.p95Ms
}

/** By when 95 of 100 healthy candidates pass; 0 where nothing has to pass. */
function passBy({ pass }: Place, { stage, falsePassBudget }: Outlook): number | undefined {
  return pass === undefined ? 0 : timeToPass(pass, stage, falsePassBudget)?.p95Ms
}

function longestOf(first: number | undefined, second: number | undefined): number | undefined {
  return first === undefined || second === undefined ? undefined : Math.max(first, second)
}

/** Where nothing waits for the place it is the shortest time of the stage that must be longer. */
function windowCure({ pass }: Place, { stage }: Outlook, needsMs: number | undefined): Cure[] {
  if (needsMs === undefined || needsMs > longestWindowMs) return []
  const value = roundUp(needsMs)
  return pass === undefined
    ? [
        {
          kind: 'stay',
          value,
          words: `at least ${duration(value)} in this stage (window.min${value > stage.maxMs ? ', and max' : ''})`,
        },
      ]
    : [{ kind: 'window', value, words: `a window of ${duration(value)}` }]
}

const longestWindowMs = 28 * 86_400_000

/** Upwards, as people write it: 47 s -> 50 s, 3 h 12 min -> 3 h 15 min. */
function roundUp(ms: number): number {
  const steps = [5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000, 21_600_000, 86_400_000]
  const step = steps.find((each) => ms <= each * 20) ?? 86_400_000
  return Math.ceil(ms / step) * step
}

function sliceCure(place: Place, outlook: Outlook): Cure[] {
  const { stage, falsePassBudget, watchMs } = outlook
  const share = niceShares.find((wider) => {
    if (wider <= stage.share) return false
    const widened = { ...stage, share: wider }
    if ((totalBreak(place, outlook, widened) ?? Infinity) > watchMs) return false
    if (place.pass === undefined) return true
    return (timeToPass(place.pass, widened, falsePassBudget)?.meanMs ?? Infinity) <= stage.maxMs
  })
  return share === undefined
    ? []
    : [{ kind: 'slice', value: share, words: `${Math.round(share * 100)} % of visitors in this stage` }]
}

/** A wider margin, or the first one: then the stage waits for the place, and harm has time to show. */
function marginCure(place: Place, outlook: Outlook): Cure[] {
  const { passAt, margin = 0, pass } = place
  const { stage, falsePassBudget } = outlook
  if (passAt === undefined || (totalBreak(place, outlook, stage) ?? Infinity) > stage.maxMs) return []
  const fits = (each: number): boolean =>
    (timeToPass(passAt(each), stage, falsePassBudget)?.meanMs ?? Infinity) <= stage.maxMs
  const wider = niceMargins.find((each) => each > margin && fits(each))
  if (wider === undefined) return []
  const words = `a margin of ${Math.round(wider * 100)} %`
  return [
    {
      kind: 'margin',
      value: wider,
      words: pass === undefined ? `${words} for ${place.id}, for which the stage then waits` : words,
    },
  ]
}

/** A failure that is reported shows at once, an order that stays away only with time; and a path may do without a margin. */
function signalCure(place: Place, outlook: Outlook, status: SightStatus): Cure[] {
  const { stage, watchMs } = outlook
  if (place.kinds[0] === 'loud' || !place.kinds.includes('loud')) return []
  if (status === 'blind') {
    const loud = totalBreak(place, outlook, stage, 'loud')
    if (loud === undefined || loud > watchMs) return []
    const words = `failures that are reported (failsOn, or a failed event): a total break then stops within ${duration(loud)}`
    return [{ kind: 'signal', words }]
  }
  if (place.id === '' || place.ordersPerMs === undefined) return []
  const silent = totalBreak(place, outlook, stage)
  if (silent === undefined || silent > watchMs) return []
  const words = `no margin for ${place.id}: the stop test sees a total break within ${duration(silent)}`
  return [{ kind: 'signal', words }]
}

function signOffCure({ perMs }: Place, { stage }: Outlook): Cure {
  const perMinute = perMs * stage.share * 60_000
  const rate = perMinute >= 10 ? count(perMinute) : perMinute.toPrecision(2)
  return {
    kind: 'sign-off',
    words: `somebody who accepts the risk (signedOff): ${rate} candidate units a minute show it in no window of four weeks`,
  }
}
