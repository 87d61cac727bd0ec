import type { OperatingModel } from '../operating-model.ts'
import type { ReleasePlan } from '../release-plan.ts'
import { lintComponents } from './components.ts'
import type { Finding } from './finding.ts'
import { lintFlows } from './flows.ts'
import { lintGates } from './gates.ts'
import { lintIntegrations } from './integrations.ts'
import { lintOwnership } from './ownership.ts'
import { lintReferences } from './references.ts'
import { lintRelease, lintReleasePairs } from './releases.ts'
import { lintRoutes } from './routes.ts'
import { lintStages } from './stages.ts'

/** Every gap of a model and its releases, model first. No finding of severity `error` = exposure may begin. */
export function lintModel(model: OperatingModel, plans: readonly ReleasePlan[]): Finding[] {
  return [
    ...lintReferences(model, plans),
    ...lintOwnership(model, plans),
    ...lintComponents(model, plans),
    ...lintRoutes(model),
    ...lintFlows(model),
    ...lintIntegrations(model),
    ...plans.flatMap((plan) => [...lintRelease(model, plan), ...lintGates(model, plan), ...lintStages(model, plan)]),
    ...lintReleasePairs(model, plans),
  ]
}
