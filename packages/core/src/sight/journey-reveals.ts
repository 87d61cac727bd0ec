import type { FlowContext } from '../gate/context.ts'
import { classLaw, journeyClasses, type RevealedUnits } from '../stats/index.ts'
import { resolvedSpanMs, scaleDelay, type OutcomeDelay } from './outcome-delay.ts'
import type { Question } from './place.ts'
import type { PathTraffic } from './traffic.ts'
import { spanFrom, type Reveals, type Span } from './walk.ts'

/** What is asked of the journeys of one path. */
export interface JourneyQuestion {
  readonly flow: FlowContext
  readonly delay: OutcomeDelay
  readonly path: PathTraffic
  readonly question: Question
  readonly isHarmed: boolean
}

/** People see a failure in half the time that an order takes. */
const failureFactor = 0.5

export function failureDelay(delay: OutcomeDelay): OutcomeDelay {
  return scaleDelay(delay, failureFactor)
}

/** Journeys a millisecond of one arm. */
export function armPerMs({ path, question }: JourneyQuestion, isCandidate: boolean): number {
  return (path.perMinute / 60_000) * (isCandidate ? question.share : 1 - question.share)
}

/** Shares of one arm's journeys that complete, fail and are abandoned. */
export function lawOfArm({ path, question, isHarmed }: JourneyQuestion, isCandidate: boolean): readonly number[] {
  const { completion, failing } = path
  const { harm } = question
  const lost = isCandidate && isHarmed ? completion * Math.min(1, harm?.size ?? 0) : 0
  const isLoud = harm?.kind === 'loud'
  return [completion - lost, failing + (isLoud ? lost : 0), 1 - completion - failing + (isLoud ? 0 : lost)]
}

/** What the judge will know of the control's law: its prior and the journeys that have matured by then. */
export function betLaw(asked: JourneyQuestion, prior: readonly number[]): readonly number[] {
  const units = learntUnits(asked)
  return classLaw(
    lawOfArm(asked, false).map((part) => part * units),
    prior,
  )
}

/** Control journeys whose horizon is over by then. */
export function learntUnits(asked: JourneyQuestion): number {
  return armPerMs(asked, false) * Math.max(0, asked.question.learntMs - asked.flow.horizonMs)
}

/** Journeys that are bet on one by one, by arm and class, with what one of them adds. */
export function aloneReveals(asked: JourneyQuestion, stepsOf: (units: RevealedUnits) => readonly number[]): Reveals[] {
  const { share } = asked.question
  return [false, true].flatMap((isCandidate) => {
    const law = lawOfArm(asked, isCandidate)
    const perMs = armPerMs(asked, isCandidate)
    return journeyClasses.map((_, outcome): Reveals => {
      const rate = perMs * (law[outcome] ?? 0)
      return { perMs: rate, span: resolutionOf(asked, outcome), steps: stepsOf(oneUnit(share, outcome, isCandidate)) }
    })
  })
}

/** Time for which journeys of a class have been resolved: at the outcome, or when a slot's horizon is over. */
function resolutionOf({ flow, delay }: JourneyQuestion, outcome: number): Span {
  if (journeyClasses[outcome] === 'abandoned') return spanFrom(flow.horizonMs + flow.slotMs / 2)
  return delaySpan(journeyClasses[outcome] === 'failed' ? failureDelay(delay) : delay)
}

function delaySpan(delay: OutcomeDelay): Span {
  return { key: `delay ${delay.medianMs} ${delay.spread}`, by: (ms) => resolvedSpanMs(delay, ms) }
}

/** One journey of one class. */
export function oneUnit(share: number, outcome: number, isCandidate: boolean): RevealedUnits {
  const one = journeyClasses.map((_, index) => (index === outcome ? 1 : 0))
  const none = journeyClasses.map(() => 0)
  return { share, control: isCandidate ? none : one, candidate: isCandidate ? one : none }
}
