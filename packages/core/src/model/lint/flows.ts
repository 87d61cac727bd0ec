import type { Flow, OperatingModel } from '../operating-model.ts'
import { finding, type Finding } from './finding.ts'

/** A journey can be followed: every step is seen by somebody, and the marks stand in their order. */
export function lintFlows(model: OperatingModel): Finding[] {
  return Object.entries(model.flows).flatMap(([id, flow]) => [
    ...lintSteps(id, flow),
    ...lintOrder(id, flow),
    ...lintCompletion(id, flow),
  ])
}

function lintSteps(id: string, { steps }: Flow): Finding[] {
  return steps.flatMap((step, index) => {
    if (step.match.length > 0 || (step.event !== undefined && step.event !== '')) return []
    const message = `nobody reports step "${step.id}" of flow "${id}"; give it match (the gateway sees it) or event (the shop says it)`
    return [finding('unreachable-step', `/flows/${id}/steps/${index}`, message)]
  })
}

/** A page can show thanks for an order that was never made: the costliest failure, and no response tells of it. */
function lintCompletion(id: string, { steps, completesAt }: Flow): Finding[] {
  const isPage = steps.some((step) => step.id === completesAt && step.match.length > 0)
  if (!isPage) return []
  const message = `flow "${id}" completes when the page of step "${completesAt}" is shown, so an order that is thanked for but never made goes unseen; let the system that makes the order report an event`
  return [finding('completion-by-page', `/flows/${id}/completesAt`, message)]
}

function lintOrder(id: string, flow: Flow): Finding[] {
  const at = (step: string): number => flow.steps.findIndex((each) => each.id === step)
  const pinned = at(flow.pinnedFrom)
  const starts = at(flow.startsAt)
  const completes = at(flow.completesAt)
  const found: Finding[] = []
  if (starts >= 0 && completes >= 0 && starts >= completes) {
    const message = `flow "${id}" completes at "${flow.completesAt}", which does not come after its start "${flow.startsAt}"; a unit of evidence needs both`
    found.push(finding('flow-out-of-order', `/flows/${id}/completesAt`, message))
  }
  if (pinned >= 0 && starts >= 0 && pinned > starts) {
    const message = `flow "${id}" is pinned from "${flow.pinnedFrom}", after its start "${flow.startsAt}": a journey could change arms under way; pin at the start or before`
    found.push(finding('flow-out-of-order', `/flows/${id}/pinnedFrom`, message))
  }
  return found
}
