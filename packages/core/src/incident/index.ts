export { draftIncident, type HarmFacts, type IncidentDraft, type Interval, type StopFacts } from './incident-draft.ts'
