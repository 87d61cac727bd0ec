export { addModelRoutes, requireVersion, type ModelRoutes } from './model-routes.ts'
export { createModelStore, lockModel, readVersion, type ModelStore } from './model-store.ts'
export {
  errorsOf,
  hashOfPlan,
  modelTexts,
  planOf,
  readModelFiles,
  relearnt,
  writtenPlanOf,
  type ModelTexts,
  type ModelVersion,
} from './model-version.ts'
