export { runLab, scenarioNames, scenarioSummaries, type LabEnd, type LabOptions } from './run-lab.ts'
export type { LabIo, LabViews } from './lab-io.ts'
