import type { Instant } from '../model/time.ts'
import { unitsToPass } from '../stats/index.ts'
import { wholeTest, type PassView } from './pass-view.ts'
import { count, duration, percent } from './words.ts'

/** What a pass test still needs, and what the window will bring at the observed rate. */
export interface Outlook {
  readonly view: PassView
  readonly growth: number
  /** Candidate units that a pass takes on average, never below the criterion's minimum. */
  readonly needed: number
  /** Candidate units to be expected by the end of the window; a cautious upper estimate while little has been seen. */
  readonly expected: number
  readonly perMs: number
  /** Time until the pass at this rate; undefined where it cannot be told. */
  readonly etaMs?: number
  readonly isThin: boolean
}

export interface OutlookFacts {
  readonly enteredAt: Instant
  readonly at: Instant
  readonly maxMs: number
  /** Time from a unit's start until its outcome is sure. */
  readonly horizonMs: number
  readonly budget: number
  readonly minUnits: number
}

export function outlookOf(view: PassView, facts: OutlookFacts): Outlook {
  const elapsed = Math.max(1, facts.at - facts.enteredAt)
  const growth = view.growth()
  const needed = Math.max(facts.minUnits, unitsToPass(facts.budget, growth))
  const perMs = view.started / elapsed
  const cautious = (view.started + 2 * Math.sqrt(view.started) + 2) / elapsed
  const end = facts.enteredAt + facts.maxMs
  const isOver = facts.at >= end
  const coming = view.pending + cautious * Math.max(0, end - facts.horizonMs - facts.at)
  const expected = view.candidate + (isOver ? 0 : coming)
  const seenEnough = elapsed >= Math.min(facts.maxMs / 4, facts.horizonMs + facts.maxMs / 8)
  const etaMs = remainingMs(view, { needed, perMs, growth, facts })
  return {
    view,
    growth,
    needed,
    expected,
    perMs,
    ...(etaMs === undefined ? {} : { etaMs }),
    isThin: isOver ? view.candidate < needed : seenEnough && expected < hopeless * needed,
  }
}

/** Before its window is over a test counts as thin only when not even a quarter of the units can come: verdicts should not flicker. */
const hopeless = 0.25

function remainingMs(
  view: PassView,
  { needed, perMs, growth, facts }: { needed: number; perMs: number; growth: number; facts: OutlookFacts },
): number | undefined {
  if (!(perMs > 0) || !(growth > 0)) return undefined
  const nats = Math.max(0, Math.log(1 / facts.budget) - view.log)
  const more = Math.max(nats / growth, Math.min(needed, facts.minUnits) - view.candidate, 0)
  return more / perMs
}

/** The test that stands in the way: a thin one, the one over everything first; else the one that takes longest. */
export function slowest(outlooks: readonly Outlook[]): Outlook | undefined {
  return outlooks.toSorted((a, b) => urgency(b) - urgency(a))[0]
}

function urgency({ isThin, etaMs, view }: Outlook): number {
  if (isThin) return view.test === wholeTest ? 3e15 : 2e15
  return Math.min(etaMs ?? 1e15, 1e15)
}

/** The cheapest way to enough evidence: time, then exposure, then a wider margin. */
export function cheapestCure(
  outlook: Outlook,
  facts: { readonly maxMs: number; readonly horizonMs: number; readonly share: number; readonly margin?: number },
): string {
  const { perMs, needed, expected, view } = outlook
  if (!(perMs > 0))
    return `candidate traffic${view.test === '' ? '' : ` on ${view.test}`}: there has been none in this stage`
  const window = needed / perMs + facts.horizonMs
  const more = needed / Math.max(1, expected)
  if (window <= facts.maxMs * 3) return `a window of about ${duration(window)} at this traffic`
  if (facts.share * more <= 0.5) return `an exposure of about ${percent(facts.share * more)} in this stage`
  const margin = facts.margin === undefined ? undefined : facts.margin * Math.sqrt(more)
  if (margin !== undefined && margin <= 0.5)
    return `a margin of about ${percent(margin)}, or a window of ${duration(window)}`
  const others =
    view.test === '' ? 'a person who accepts the risk' : `no margin for ${view.test} (the stop test still guards it)`
  return `a window of about ${duration(window)}, or ${others}`
}

export function progress(outlook: Outlook, units: string): string {
  const { view, needed, perMs, etaMs } = outlook
  const place = view.test === '' ? '' : ` on ${view.test}`
  const pace = perMs > 0 ? `, ${rate(perMs)}` : ''
  const wait = etaMs === undefined ? '' : `, about ${duration(etaMs)} to go`
  return `${count(view.candidate)} of about ${count(needed)} candidate ${units}${place}${pace}${wait}`
}

function rate(perMs: number): string {
  const perMinute = perMs * 60_000
  return perMinute >= 10 ? `${count(perMinute)} a minute` : `${perMinute.toFixed(1)} a minute`
}
