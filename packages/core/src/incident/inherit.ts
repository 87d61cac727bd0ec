import type { Criterion } from '../gate/criterion.ts'
import { entryOf } from '../model/entry.ts'
import type { OperatingModel } from '../model/operating-model.ts'
import type { Gate, ReleasePlan, Stage } from '../model/release-plan.ts'
import { isInForce, type Lesson } from './lesson.ts'

/**
 * The plan as it is judged: the exit gate of each stage has every lesson in force whose flow or route class the stage exposes to
 * visitors (SPEC I4). A criterion of the file with a lesson's id gives way to it, and no weight in the file leaves a lesson a smaller part
 * of the false-stop budget than an equal one (SPEC I5).
 */
export function inheritLessons(plan: ReleasePlan, lessons: readonly Lesson[]): ReleasePlan {
  const inForce = lessons.filter(isInForce).toSorted((a, b) => (a.criterion.id < b.criterion.id ? -1 : 1))
  if (!plan.stages.some((stage) => inForce.some(({ criterion }) => isTouched(plan, stage, criterion)))) return plan
  const weight = heaviest(plan)
  const taught = inForce.map(({ criterion, incident }): Criterion => {
    const own = Math.max(criterion.weight ?? 1, weight)
    return { ...criterion, incident, ...(own === 1 ? {} : { weight: own }) }
  })
  const ids = new Set(taught.map(({ id }) => id))
  return {
    ...plan,
    stages: plan.stages.map((stage) => ({
      ...stage,
      ...(stage.entry === undefined ? {} : { entry: without(stage.entry, ids) }),
      exit: withAll(
        without(stage.exit, ids),
        taught.filter((criterion) => isTouched(plan, stage, criterion)),
      ),
    })),
  }
}

/** Whether visitors of a stage meet what the criterion watches: without any of them it could never pass. */
export function isTouched(plan: ReleasePlan, stage: Stage, criterion: Criterion): boolean {
  if (stage.visitorBasisPoints <= 0) return false
  switch (criterion.signal) {
    case 'completion':
    case 'revenue':
    case 'count':
      return plan.flows.includes(criterion.flow)
    case 'errors':
    case 'latency':
      return stage.routes.length === 0 || criterion.routes.some((route) => stage.routes.includes(route))
    case 'split':
    case 'metric':
      return false
  }
}

/** What the model no longer has of that which a lesson watches; undefined where all is there. */
export function missingSubject(model: OperatingModel, { criterion }: Lesson): string | undefined {
  switch (criterion.signal) {
    case 'completion': {
      const flow = entryOf(model.flows, criterion.flow)
      if (flow === undefined) return `flow ${criterion.flow}`
      const path = criterion.onlyPaths?.find((id) => entryOf(flow.paths, id) === undefined)
      return path === undefined ? undefined : `path ${path} of flow ${criterion.flow}`
    }
    case 'revenue': {
      const { flow, currency } = criterion
      if (entryOf(model.flows, flow) === undefined) return `flow ${flow}`
      return currency === undefined || model.shop.currencies.includes(currency) ? undefined : `currency ${currency}`
    }
    case 'count': {
      const { flow, event } = criterion
      const kind = entryOf(entryOf(model.flows, flow)?.items ?? {}, event)
      return kind === undefined ? `item ${event} of flow ${flow}` : undefined
    }
    case 'errors':
    case 'latency': {
      const route = criterion.routes.find((id) => entryOf(model.routes, id) === undefined)
      return route === undefined ? undefined : `route class ${route}`
    }
    case 'split':
    case 'metric':
      return undefined
  }
}

function heaviest({ stages }: ReleasePlan): number {
  const gates = stages.flatMap(({ entry, exit }) => [...(entry?.criteria ?? []), ...exit.criteria])
  return Math.max(1, ...gates.map(({ weight }) => weight ?? 1))
}

function without(gate: Gate, ids: ReadonlySet<string>): Gate {
  return { ...gate, criteria: gate.criteria.filter(({ id }) => !ids.has(id)) }
}

function withAll(gate: Gate, criteria: readonly Criterion[]): Gate {
  return { ...gate, criteria: [...gate.criteria, ...criteria] }
}
