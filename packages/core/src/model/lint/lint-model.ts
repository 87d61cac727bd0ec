import type { OperatingModel } from '../operating-model.ts'
import type { ReleasePlan } from '../release-plan.ts'
import type { Instant } from '../time.ts'
import { lintComponents } from './components.ts'
import type { Finding } from './finding.ts'
import { lintFlows } from './flows.ts'
import { lintGates } from './gates.ts'
import { lintIdentities } from './identities.ts'
import { lintIntegrations } from './integrations.ts'
import { lintOwnership } from './ownership.ts'
import { lintReferences } from './references.ts'
import { lintRelease, lintReleasePairs } from './releases.ts'
import { lintRoutes } from './routes.ts'
import { lintSight } from './sight.ts'
import { lintStages } from './stages.ts'

/**
 * Every gap of a model and its releases, model first. No finding of severity `error` = exposure may begin. Sign-offs that end
 * before `at` no longer count; without it none has ended.
 */
export function lintModel(model: OperatingModel, plans: readonly ReleasePlan[], at: Instant = 0): Finding[] {
  const references = lintReferences(model, plans)
  return [
    ...references,
    ...lintOwnership(model, plans),
    ...lintComponents(model, plans),
    ...lintRoutes(model),
    ...lintFlows(model),
    ...lintIdentities(model),
    ...lintIntegrations(model),
    ...plans.flatMap((plan) => [...lintRelease(model, plan), ...lintGates(model, plan), ...lintStages(model, plan)]),
    ...lintReleasePairs(model, plans),
    // What a name that nothing has would do to traffic cannot be told.
    ...(references.length > 0 ? [] : plans.flatMap((plan) => lintSight(model, plan, at))),
  ]
}
