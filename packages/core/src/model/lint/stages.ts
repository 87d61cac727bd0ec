import { entryOf } from '../entry.ts'
import type { OperatingModel } from '../operating-model.ts'
import type { ReleasePlan, Stage } from '../release-plan.ts'
import { finding, type Finding } from './finding.ts'

/** A stage has a way back or a rehearsed way forward, and time enough to be judged. */
export function lintStages(model: OperatingModel, plan: ReleasePlan): Finding[] {
  const stages = plan.stages.flatMap((stage, index) => {
    const path = `/releases/${plan.id}/stages/${index}`
    return [
      ...lintWayBack(model, stage, path),
      ...lintWindow(model, plan, stage, path),
      ...lintTakeOver(model, plan, stage, path),
    ]
  })
  return [...stages, ...lintCrawlers(model, plan)]
}

function lintWayBack(model: OperatingModel, stage: Stage, path: string): Finding[] {
  if (stage.reversible) {
    if (stage.fallback === 'control') return []
    const message = `stage "${stage.id}" can go back but has no fallback; write fallback: control, or reversible: false with a rollForward runbook`
    return [finding('stage-without-fallback', `${path}/fallback`, message)]
  }
  if (stage.rollForward === undefined) {
    const message = `stage "${stage.id}" is one-way and has no runbook for going forward; write rollForward: <runbook>`
    return [finding('stage-without-runbook', path, message)]
  }
  const runbook = Object.hasOwn(model.runbooks, stage.rollForward) ? model.runbooks[stage.rollForward] : undefined
  if (runbook === undefined || runbook.rehearsedAt !== undefined) return []
  const message = `runbook "${stage.rollForward}" of the one-way stage "${stage.id}" was never rehearsed; go through it and write rehearsedAt`
  return [finding('runbook-not-rehearsed', `${path}/rollForward`, message)]
}

function lintWindow(model: OperatingModel, plan: ReleasePlan, stage: Stage, path: string): Finding[] {
  const { minMs, maxMs } = stage.window
  if (maxMs < minMs) {
    const message = `the window of stage "${stage.id}" ends before it may be left: max ${maxMs} ms < min ${minMs} ms; raise max`
    return [finding('window-too-short', `${path}/window`, message)]
  }
  return plan.flows.flatMap((id) => {
    const horizonMs = entryOf(model.flows, id)?.horizonMs ?? 0
    if (maxMs >= horizonMs) return []
    const message = `the window of stage "${stage.id}" (${maxMs} ms) is over before a journey of flow "${id}" counts as abandoned (${horizonMs} ms); it will hold undecided: raise window.max or lower the horizon`
    return [finding('window-below-horizon', `${path}/window`, message)]
  })
}

/** A class that another component serves than the ones the candidate replaces stays where it is, whatever the stage says. */
function lintTakeOver(model: OperatingModel, plan: ReleasePlan, stage: Stage, path: string): Finding[] {
  const replaced = plan.components.flatMap((id) => entryOf(model.components, id)?.replaces ?? [])
  if (replaced.length === 0) return []
  return stage.routes.flatMap((id, index) => {
    const route = entryOf(model.routes, id)
    const server = route?.servedBy ?? model.shop.servedBy
    if (route === undefined || replaced.includes(server)) return []
    const message = `stage "${stage.id}" exposes route class "${id}", served by "${server}", which no component of release "${plan.id}" replaces; leave it out or name the right servedBy`
    return [finding('route-not-taken-over', `${path}/routes/${index}`, message)]
  })
}

function lintCrawlers(model: OperatingModel, plan: ReleasePlan): Finding[] {
  const last = plan.stages.at(-1)
  if (last === undefined || last.visitorBasisPoints < 10_000 || last.urlBasisPoints >= 10_000) return []
  const left = Object.entries(model.routes)
    .filter(([id, { crawlable }]) => crawlable && (last.routes.length === 0 || last.routes.includes(id)))
    .map(([id]) => id)
  if (left.length === 0) return []
  const message = `after the last stage crawlers still get control on ${left.join(', ')} (urls ${last.urlBasisPoints / 100} %); write urls: 100%`
  return [finding('crawlers-left-behind', `/releases/${plan.id}/stages/${plan.stages.length - 1}`, message)]
}
