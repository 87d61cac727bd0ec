export { criterionOfKey, describeCriterion } from './candidates.ts'
export { draftIncident, type HarmFacts, type IncidentDraft, type Interval, type StopFacts } from './incident-draft.ts'
export { inheritLessons, missingSubject } from './inherit.ts'
export { isInForce, lessonId, type Act, type Lesson } from './lesson.ts'
export {
  propose,
  rehearsedGood,
  type GoodRelease,
  type GoodStages,
  type IncidentQuestion,
  type Proposal,
  type ProposedCriterion,
} from './propose.ts'
export { createRehearsal, type Rehearsal } from './rehearsal.ts'
export { createTrail, type RecordedRelease, type Trail } from './trail.ts'
