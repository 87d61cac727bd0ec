import { entryOf } from '../entry.ts'
import type { Criterion } from '../../gate/criterion.ts'
import type { OperatingModel } from '../operating-model.ts'
import type { ReleasePlan } from '../release-plan.ts'
import { finding, type Finding } from './finding.ts'
import { gateUsesOf, type GateUse } from './gate-uses.ts'

/** A gate has an owner and a response, watches what earns the money, and can get evidence for what it asks. */
export function lintGates(model: OperatingModel, plan: ReleasePlan): Finding[] {
  return gateUsesOf(plan).flatMap((use) => [
    ...(use.isFirstUse ? lintGate(use) : []),
    ...(use.side === 'exit' ? lintWatch(model, plan, use) : []),
    ...lintEvidence(model, plan, use),
  ])
}

function lintGate({ path, gate }: GateUse): Finding[] {
  const found: Finding[] = []
  if (gate.owner === '') {
    const message = `gate "${gate.id}" has no owner; name the team that answers for its verdicts`
    found.push(finding('gate-without-owner', path, message))
  }
  if (gate.respondWithinMs <= 0) {
    const message = `gate "${gate.id}" does not say by when its owner must act on a hold; write respondWithin`
    found.push(finding('gate-without-response', path, message))
  }
  return found
}

function lintWatch(model: OperatingModel, plan: ReleasePlan, { path, gate, stage }: GateUse): Finding[] {
  // At 100 % there is no concurrent control left that a journey criterion could be judged against.
  if (stage.visitorBasisPoints >= 10_000) return []
  const critical = plan.flows.filter((id) =>
    Object.values(entryOf(model.flows, id)?.paths ?? {}).some((each) => each.critical),
  )
  return critical
    .filter((flow) => !gate.criteria.some((criterion) => isWatching(criterion, flow)))
    .map((flow) => {
      const message = `nothing at the exit of stage "${stage.id}" watches the critical flow "${flow}"; add { signal: completion, flow: ${flow}, margin: 3% } to gate "${gate.id}"`
      return finding('unwatched-critical-flow', path, message)
    })
}

function isWatching(criterion: Criterion, flow: string): boolean {
  return criterion.signal === 'completion' && criterion.flow === flow && criterion.shadow !== true
}

function lintEvidence(model: OperatingModel, plan: ReleasePlan, use: GateUse): Finding[] {
  // An entry gate is judged on the evidence of the stage before; the first stage has none before it.
  const judged = use.side === 'exit' ? use.stage : plan.stages[use.stageIndex - 1]
  return use.gate.criteria.flatMap((criterion, index) => {
    const path = `${use.path}/criteria/${index}`
    if (judged === undefined && criterion.signal !== 'metric') {
      const message = `criterion "${criterion.id}" guards the entry of the first stage, before any visitor was exposed; only metric criteria can be judged there`
      return [finding('criterion-without-evidence', path, message)]
    }
    return [
      ...lintFlowEvidence(plan, criterion, path),
      ...lintRevenueEvidence(model, criterion, path),
      ...lintRouteEvidence(model, criterion, path, judged?.routes ?? []),
    ]
  })
}

function lintFlowEvidence(plan: ReleasePlan, criterion: Criterion, path: string): Finding[] {
  if (!('flow' in criterion) || plan.flows.includes(criterion.flow)) return []
  const message = `criterion "${criterion.id}" watches flow "${criterion.flow}", whose journeys are not counted; add it to the release's flows`
  return [finding('criterion-without-evidence', path, message)]
}

/** Only an outcome event says what was ordered, and values are compared in one currency. */
function lintRevenueEvidence(model: OperatingModel, criterion: Criterion, path: string): Finding[] {
  if (criterion.signal !== 'revenue') return []
  const found: Finding[] = []
  const flow = entryOf(model.flows, criterion.flow)
  const completing = flow?.steps.find(({ id }) => id === flow.completesAt)
  if (completing !== undefined && completing.event === undefined) {
    const message = `criterion "${criterion.id}" compares order values, but flow "${criterion.flow}" completes at a page, which tells none; let the shop report "${completing.id}" as an event with a value`
    found.push(finding('criterion-without-evidence', path, message))
  }
  const { currencies } = model.shop
  if (criterion.currency === undefined && currencies.length !== 1) {
    const known = currencies.length === 0 ? 'shop.currencies is empty' : `the shop has ${currencies.join(', ')}`
    const message = `criterion "${criterion.id}" names no currency, and ${known}; write currency`
    found.push(finding('criterion-without-evidence', path, message))
  }
  return found
}

function lintRouteEvidence(
  model: OperatingModel,
  criterion: Criterion,
  path: string,
  exposed: readonly string[],
): Finding[] {
  if (criterion.signal !== 'errors' && criterion.signal !== 'latency') return []
  const unseen = criterion.routes.filter(
    (route) => Object.hasOwn(model.routes, route) && exposed.length > 0 && !exposed.includes(route),
  )
  return unseen.map((route) => {
    const message = `criterion "${criterion.id}" watches route class "${route}", which the stage does not expose; expose it or leave it out`
    return finding('criterion-without-evidence', path, message)
  })
}
