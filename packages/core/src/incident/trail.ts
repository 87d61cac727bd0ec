import { foldRecord, type EvidenceRecord } from '../gate/backtest/record.ts'
import { evidenceContext, type EvidenceContext } from '../gate/context.ts'
import type { Criterion } from '../gate/criterion.ts'
import type { HarmSign } from '../gate/harm-sign.ts'
import { openEvidence } from '../gate/observe.ts'
import { signOf } from '../gate/sign.ts'
import type { EvidenceState } from '../gate/state.ts'
import { stopEvidence, subjectsOf, type StopEvidence } from '../gate/subjects.ts'
import type { OperatingModel } from '../model/operating-model.ts'
import type { ReleasePlan } from '../model/release-plan.ts'
import type { Instant } from '../model/time.ts'
import { leadingAlternative } from '../stats/index.ts'
import { criterionOf, watchesOf, type Watch } from './candidates.ts'
import { inheritLessons, isTouched } from './inherit.ts'
import type { Lesson } from './lesson.ts'
import { createTallies, type Tallies } from './tallies.ts'

/** A release whose frames are looked at again, under the plan and the model that it followed. */
export interface RecordedRelease {
  readonly plan: ReleasePlan
  readonly model: OperatingModel
}

/** When a candidate's evidence reached the level that it would have had in this plan. */
export interface Firing extends HarmSign {
  readonly at: Instant
  /** Index of the stage that was in effect. */
  readonly stage: number
  /** ln of its evidence when that stage came into effect. */
  readonly logAtEntry: number
}

/** A criterion that could have watched, and what came of it. */
export interface TriedCriterion {
  readonly watch: Watch
  /** Its part of the release's false-stop budget beside the plan's own criteria, and the odds at which it stops. */
  readonly falseStopShare: number
  readonly threshold: number
  readonly firing?: Firing
}

export interface StageSpan {
  readonly stage: number
  readonly id: string
  readonly from: Instant
}

/** One pass over a release's frames with every candidate at once. */
export interface Trail {
  add(record: EvidenceRecord): void
  readonly tallies: Tallies
  tried(): readonly TriedCriterion[]
  /** Stages that came into effect, in order. */
  stages(): readonly StageSpan[]
}

interface Candidate {
  readonly watch: Watch
  readonly criterion: Criterion
  /** The plan with this candidate and no other: levels depend on how many share the budget. */
  readonly alone: EvidenceContext
}

/**
 * E-processes do not depend on who reads them, so one fold over the frames serves all candidates; only the level at which each would stop
 * is its own. A rehearsal proves for those that may be proposed that a fold with each alone says the same.
 */
export function createTrail({ plan, model }: RecordedRelease): Trail {
  const candidates = watchesOf(model, plan).map((watch, index) => candidateOf({ plan, model }, watch, index))
  const all = inheritLessons(
    plan,
    candidates.map(({ criterion }) => asLesson(criterion)),
  )
  // All candidates' routes and tolerances are followed; the plan's own criteria are the only ones whose pass tests cost time.
  const context: EvidenceContext = { ...evidenceContext(all, model), plan }
  const tallies = createTallies()
  const firings = new Map<Candidate, Firing>()
  const atEntry = new Map<Candidate, number>()
  const stages: StageSpan[] = []
  let state = openEvidence(context)
  return {
    tallies,
    add(record) {
      const before = state
      state = foldRecord(context, state, record)
      if (state.stage !== undefined && state.stage.index !== before.stage?.index) {
        const { index, at } = state.stage
        stages.push({ stage: index, id: plan.stages[index]?.id ?? '', from: at })
        for (const candidate of candidates) atEntry.set(candidate, evidenceOf(candidate, before)?.log ?? 0)
      }
      tallies.add(record.frame)
      for (const candidate of candidates) {
        const firing = firings.has(candidate) ? undefined : firingOf(plan, candidate, state)
        if (firing !== undefined) firings.set(candidate, { ...firing, logAtEntry: atEntry.get(candidate) ?? 0 })
      }
    },
    tried: () => candidates.map((candidate) => triedOf(candidate, firings.get(candidate))),
    stages: () => stages,
  }
}

/** A criterion as the lesson of an incident that nobody had. */
export function asLesson(criterion: Criterion): Lesson {
  return { incident: '', domain: '', criterion, accepted: { by: '', at: 0, reason: '' } }
}

function candidateOf({ plan, model }: RecordedRelease, watch: Watch, index: number): Candidate {
  const criterion = criterionOf(watch, 0.1, `lesson-tried-${index}`)
  return { watch, criterion, alone: evidenceContext(inheritLessons(plan, [asLesson(criterion)]), model) }
}

function triedOf({ watch, criterion, alone }: Candidate, firing: Firing | undefined): TriedCriterion {
  const { falseStopShare = 0, threshold = Infinity } = alone.criteria[criterion.id] ?? {}
  return { watch, falseStopShare, threshold, ...(firing === undefined ? {} : { firing }) }
}

function evidenceOf({ alone, criterion }: Candidate, state: EvidenceState): StopEvidence | undefined {
  return stopEvidence(subjectsOf(alone, state, criterion))
}

function firingOf(
  plan: ReleasePlan,
  candidate: Candidate,
  state: EvidenceState,
): Omit<Firing, 'logAtEntry'> | undefined {
  const { criterion, alone } = candidate
  const stage = state.stage?.index ?? -1
  const exposed = plan.stages[stage]
  const threshold = alone.criteria[criterion.id]?.threshold
  if (exposed === undefined || threshold === undefined || !isTouched(plan, exposed, criterion)) return undefined
  const evidence = evidenceOf(candidate, state)
  if (evidence === undefined || !(evidence.log >= Math.log(threshold))) return undefined
  const sign = signOf(alone, criterion, evidence.subject, leadingAlternative(evidence.subject.bets))
  return { ...sign, at: state.at ?? 0, stage }
}
