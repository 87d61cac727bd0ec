import { cohortWidthMs, fewestInformative, settlingMs } from '../gate/cohorts.ts'
import {
  addDrawTerms,
  addOpenTerms,
  completed,
  delayBinOf,
  noDelays,
  openOdds,
  type ArmCounts,
  type DelayCounts,
  type OpenOdds,
} from '../stats/index.ts'
import { armPerMs, lawOfArm, learntUnits, type JourneyQuestion } from './journey-reveals.ts'
import { normalBelow } from './normal.ts'
import { comeBy, type OutcomeDelay } from './outcome-delay.ts'
import { spanFrom, type Reveals } from './walk.ts'

/** Journeys of a path as the bets on silent harm see them. */
export interface CohortQuestion extends JourneyQuestion {
  /** The control's law as the judge knows it. */
  readonly law: readonly number[]
}

interface Cohorts {
  readonly widthMs: number
  readonly settleMs: number
  /** Mean age of a member when the cohort is counted. */
  readonly countedAgeMs: number
  /** Members a cohort has at first, on average. */
  readonly members: number
  /** Probability that a journey's cohort is worth being one. */
  readonly chance: number
  readonly delays: DelayCounts
}

/** How its journeys of both arms look after a time. */
interface Bin {
  readonly ageMs: number
  readonly from: number
  readonly to: number
}

/**
 * A busy path's journeys are bet on by cohorts: one by one while a cohort fills, as still open when its members are counted, and as
 * draws from those at risk from then on (gate SPEC G6). A quiet path's are bet on alone; in between chance decides. `alone` holds
 * completed, failed and abandoned of the control, then of the candidate.
 */
export function cohortReveals(asked: CohortQuestion, alone: readonly Reveals[]): Reveals[] {
  const cohorts = cohortsOf(asked)
  const { chance } = cohorts
  if (chance < 0.01) return alone.slice()
  const quiet = alone.map((each): Reveals => ({ ...each, perMs: each.perMs * (1 - chance) }))
  const bins = binsOf(asked)
  return [
    ...quiet,
    ...fillingReveals(asked, cohorts, { bins, alone }),
    ...openReveals(asked, cohorts),
    ...bins.flatMap((bin) => drawReveals(asked, cohorts, bin)),
  ]
}

function cohortsOf(asked: CohortQuestion): Cohorts {
  const { flow, path, question } = asked
  const perMs = path.perMinute / 60_000
  const widthMs = cohortWidthMs(flow, { ms: 1, starts: perMs })
  const settleMs = settlingMs(flow)
  const countedAgeMs = widthMs / 2 + settleMs
  const members = perMs * widthMs
  const open = members * openShare(asked, countedAgeMs)
  return { widthMs, settleMs, countedAgeMs, members, chance: chanceOf(open, question.share), delays: delaysOf(asked) }
}

/** Weighed by members, a Poisson number of them is at least as large as a cohort must be to inform. */
function chanceOf(open: number, share: number): number {
  const least = Math.ceil(Math.sqrt(fewestInformative / Math.max(1e-9, share * (1 - share))))
  return open > 0 ? normalBelow((open - (least - 1.5)) / Math.sqrt(open)) : 0
}

/** Share of an arm's journeys that have not completed at an age; of both arms together where none is named. */
function openShare(asked: JourneyQuestion, ageMs: number, isCandidate?: boolean): number {
  if (isCandidate === undefined) {
    const { share } = asked.question
    return (1 - share) * openShare(asked, ageMs, false) + share * openShare(asked, ageMs, true)
  }
  const law = lawOfArm(asked, isCandidate)
  return 1 - (law[completed] ?? 0) * comeBy(asked.delay, ageMs)
}

/** What the judge will have learnt of the delays. */
function delaysOf(asked: JourneyQuestion): DelayCounts {
  const completions = learntUnits(asked) * (lawOfArm(asked, false)[completed] ?? 0)
  return delayCounts(asked.delay, asked.flow.horizonMs, completions)
}

const delayPoints = 96

function delayCounts(delay: OutcomeDelay, horizonMs: number, units: number): DelayCounts {
  const counts = noDelays.slice()
  for (let point = 0; point < delayPoints; point++) {
    const from = (point / delayPoints) ** 2
    const to = ((point + 1) / delayPoints) ** 2
    const bin = delayBinOf((from + to) / 2)
    counts[bin] = (counts[bin] ?? 0) + units * (comeBy(delay, to * horizonMs) - comeBy(delay, from * horizonMs))
  }
  return counts
}

/** Ages at which outcomes come, finer where more of them do. */
const binCount = 12

function binsOf({ flow: { horizonMs } }: JourneyQuestion): Bin[] {
  return Array.from({ length: binCount }, (_, index) => {
    const from = horizonMs * (index / binCount) ** 2
    const to = horizonMs * ((index + 1) / binCount) ** 2
    return { from, to, ageMs: (from + to) / 2 }
  })
}

/** Share of the journeys whose cohort still fills at this age: members join evenly while it does. */
function fillingShare({ widthMs, settleMs }: Cohorts, ageMs: number): number {
  return Math.min(1, Math.max(0, (widthMs + settleMs - ageMs) / widthMs))
}

/** Part of an arm's journeys that complete at this age. */
function massOf(asked: JourneyQuestion, { from, to }: Bin, isCandidate: boolean): number {
  return (lawOfArm(asked, isCandidate)[completed] ?? 0) * (comeBy(asked.delay, to) - comeBy(asked.delay, from))
}

const arms = [false, true] as const

const classes = 3

function fillingReveals(
  asked: CohortQuestion,
  cohorts: Cohorts,
  { bins, alone }: { readonly bins: readonly Bin[]; readonly alone: readonly Reveals[] },
): Reveals[] {
  return arms.flatMap((isCandidate) => {
    const perMs = armPerMs(asked, isCandidate) * cohorts.chance
    const steps = alone[(isCandidate ? classes : 0) + completed]?.steps ?? []
    return bins.map((bin): Reveals => {
      const part = massOf(asked, bin, isCandidate) * fillingShare(cohorts, bin.ageMs)
      return { perMs: perMs * part, span: spanFrom(bin.ageMs), steps }
    })
  })
}

function openReveals(asked: CohortQuestion, cohorts: Cohorts): Reveals[] {
  const { countedAgeMs, chance } = cohorts
  const odds = oddsAt(asked, cohorts, countedAgeMs)
  return arms.map((isCandidate): Reveals => {
    const rate = armPerMs(asked, isCandidate) * chance * openShare(asked, countedAgeMs, isCandidate)
    const terms: number[] = []
    addOpenTerms(terms, asked.question.share, oneOf(isCandidate), odds)
    return { perMs: rate, span: spanFrom(countedAgeMs), steps: terms }
  })
}

function drawReveals(asked: CohortQuestion, cohorts: Cohorts, bin: Bin): Reveals[] {
  const { share } = asked.question
  const left = openShare(asked, bin.ageMs)
  const atRisk = Math.max(1, cohorts.members * left)
  // Of n at risk the arms' numbers are known: that takes one part in n of what a draw says.
  const counted = (1 - fillingShare(cohorts, bin.ageMs)) * cohorts.chance * (1 - 1 / atRisk)
  const candidates = (share * openShare(asked, bin.ageMs, true)) / Math.max(1e-9, left)
  const many = { control: (1 - candidates) * largeNumber, candidate: candidates * largeNumber }
  const odds = oddsAt(asked, cohorts, bin.ageMs)
  return arms.flatMap((isCandidate): Reveals[] => {
    const rate = armPerMs(asked, isCandidate) * massOf(asked, bin, isCandidate) * counted
    if (!(rate > 0)) return []
    const terms: number[] = []
    addDrawTerms(terms, many, oneOf(isCandidate), odds)
    return [{ perMs: rate, span: spanFrom(bin.ageMs), steps: terms }]
  })
}

/** So many at risk that one draw leaves their shares as they are. */
const largeNumber = 1e9

function oddsAt({ law, flow }: CohortQuestion, { delays }: Cohorts, ageMs: number): OpenOdds {
  return openOdds(law, delays, ageMs / flow.horizonMs)
}

function oneOf(isCandidate: boolean): ArmCounts {
  return isCandidate ? { control: 0, candidate: 1 } : { control: 1, candidate: 0 }
}
