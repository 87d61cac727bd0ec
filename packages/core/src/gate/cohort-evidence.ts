import type { Instant } from '../model/time.ts'
import {
  addDrawTerms,
  addOpenTerms,
  openOdds,
  type ArmCounts,
  type ClassLaw,
  type DelayCounts,
} from '../stats/index.ts'
import { isInformative, settlingMs } from './cohorts.ts'
import type { FlowContext } from './context.ts'
import { sortedRows, type Ledger } from './ledger.ts'
import { tally, type Cohort, type Slot } from './state.ts'

/** What a tick's bets on cohorts rest on; all of it was known before. */
export interface CohortTick {
  readonly flow: FlowContext
  readonly laws: readonly ClassLaw[]
  readonly delays: DelayCounts
  readonly from: Instant
  readonly at: Instant
  /** Until when every start has been heard of. */
  readonly startsKnownUntil: Instant
}

/**
 * Carries a flow's cohorts over a tick and adds what they say to the terms of their paths: draws from those that were counted, and
 * the count of those that are full (SPEC G6, G13).
 */
export function stepCohorts(
  ledger: Ledger,
  cohorts: readonly Cohort[],
  tick: CohortTick,
  terms: readonly number[][],
): readonly Cohort[] {
  const drawn = drawsByCohort(ledger)
  return cohorts.flatMap((cohort, index) => {
    const own = terms[cohort.path] ?? []
    if (cohort.isSpoilt === true) return [cohort]
    if (ledger.spoilt.has(index)) return [spoil(cohort)]
    if (cohort.atRisk !== undefined) return [draw(cohort, drawn.get(index) ?? [], tick, own)]
    if (tick.startsKnownUntil < cohort.until + settlingMs(tick.flow)) return [cohort]
    // Too late to be worth it (frames were missing for long): its journeys are bet on one by one, at the horizon.
    if (tick.at - cohort.until > tick.flow.horizonMs / 4) return []
    return settle(cohort, ledger, tick, own)
  })
}

function spoil({ path, from, until }: Cohort): Cohort {
  return { path, from, until, atRisk: {}, isSpoilt: true }
}

function drawsByCohort(ledger: Ledger): ReadonlyMap<number, [string, readonly number[]][]> {
  const draws = new Map<number, [string, readonly number[]][]>()
  for (const [key, row] of sortedRows(ledger.drawn)) {
    const [index = '', share = ''] = key.split('.')
    const own = draws.get(Number(index)) ?? []
    own.push([share, row])
    draws.set(Number(index), own)
  }
  return draws
}

function draw(
  cohort: Cohort,
  draws: readonly [string, readonly number[]][],
  tick: CohortTick,
  terms: number[],
): Cohort {
  if (draws.length === 0) return cohort
  const atRisk = { ...cohort.atRisk }
  const age = ageOf((tick.from + tick.at) / 2 - (cohort.from + cohort.until) / 2, tick)
  const odds = openOdds(tick.laws[cohort.path] ?? [], tick.delays, age)
  for (const [share, [doneControl = 0, doneCandidate = 0]] of draws) {
    const [control = 0, candidate = 0] = atRisk[share] ?? []
    // More completions than members: their starts were lost. They were at risk all the same; to drop them would favour a stop.
    const members = { control: Math.max(control, doneControl), candidate: Math.max(candidate, doneCandidate) }
    addDrawTerms(terms, members, { control: doneControl, candidate: doneCandidate }, odds)
    atRisk[share] = [members.control - doneControl, members.candidate - doneCandidate]
  }
  return { ...cohort, atRisk }
}

function ageOf(ms: number, { flow }: CohortTick): number {
  return Math.max(0, ms) / flow.horizonMs
}

/** Counts the members that have not completed by arm: from here on they are at risk together. Too few stay on their own. */
function settle(cohort: Cohort, ledger: Ledger, tick: CohortTick, terms: number[]): Cohort[] {
  const open = [...openMembers(cohort, ledger.slots, tick)].sort(([a], [b]) => Number(a) - Number(b))
  const sizes = open.map(([share, row]) => ({ share: Number(share) / 10_000, members: row.control + row.candidate }))
  if (!isInformative(sizes)) return []
  const atRisk: Record<string, readonly number[]> = {}
  for (const [share, { control, candidate, ageMs }] of open) {
    const units = control + candidate
    if (units === 0) continue
    const odds = openOdds(tick.laws[cohort.path] ?? [], tick.delays, ageOf(ageMs / units, tick))
    addOpenTerms(terms, Number(share) / 10_000, { control, candidate }, odds)
    atRisk[share] = [control, candidate]
  }
  return [{ ...cohort, atRisk }]
}

/** Journeys that have not completed, per share, and the sum of their ages. */
function openMembers(
  cohort: Cohort,
  slots: ReadonlyMap<Instant, Slot>,
  { flow, at }: CohortTick,
): ReadonlyMap<string, ArmCounts & { readonly ageMs: number }> {
  const open = new Map<string, { control: number; candidate: number; ageMs: number }>()
  const prefix = `${cohort.path}.`
  for (let start = cohort.from; start < cohort.until; start += flow.slotMs) {
    const age = Math.max(0, at - start - flow.slotMs / 2)
    for (const [key, counts] of Object.entries(slots.get(start)?.cells ?? {})) {
      if (!key.startsWith(prefix)) continue
      const share = key.slice(prefix.length)
      const sums = open.get(share) ?? { control: 0, candidate: 0, ageMs: 0 }
      const control = openOf(counts, 0)
      const candidate = openOf(counts, tally.candidate)
      sums.control += control
      sums.candidate += candidate
      sums.ageMs += (control + candidate) * age
      open.set(share, sums)
    }
  }
  return open
}

function openOf(counts: readonly number[], arm: number): number {
  const [started = 0, completed = 0] = counts.slice(arm, arm + tally.candidate)
  return Math.max(0, started - completed)
}
