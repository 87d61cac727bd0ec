import { HeadgateError } from '../../model/errors.ts'
import type { FlowItem, Money, OperatingModel } from '../../model/operating-model.ts'
import type { Gate, ReleasePlan, Stage } from '../../model/release-plan.ts'
import type { JudgedModel } from '../context.ts'
import type { EvidenceRecord } from './record.ts'

/** What a recording says of the release that it was made of: as much as a gate needs to be judged on it. */
export interface Recording {
  readonly release: string
  readonly tickMs: number
  /** Of revenue criteria that name none, where there is but one. */
  readonly currencies?: readonly string[]
  readonly stages: readonly RecordedStage[]
  /** Flows of the model, in its order; `watched` are those that the release's gates may use. */
  readonly flows: Readonly<Record<string, RecordedFlow>>
  readonly watched: readonly string[]
  /** Route classes of the model, in its order. */
  readonly routes: readonly string[]
}

export interface RecordedStage {
  readonly id: string
  readonly visitorBasisPoints: number
  readonly window: { readonly minMs: number; readonly maxMs: number }
}

export interface RecordedPath {
  readonly completion?: number
  readonly share?: number
}

export interface RecordedFlow {
  readonly horizonMs: number
  /** Who tells of completions: the shop by events, or the gateways themselves. */
  readonly outcomesFrom: 'outcomes' | 'gateways'
  /** In the model's order; with the completion rate and the share of journeys that the model expects, if it does. */
  readonly paths: Readonly<Record<string, RecordedPath>>
  /** What an order is worth, for a loss budget in money. */
  readonly averageOrder?: Money
  readonly items?: Readonly<Record<string, FlowItem>>
}

/** What a release's own plan and model say of a recording of it. */
export function recordingOf(plan: ReleasePlan, model: Pick<OperatingModel, 'flows' | 'routes' | 'shop'>): Recording {
  return {
    release: plan.id,
    tickMs: plan.tickMs,
    currencies: model.shop.currencies,
    stages: plan.stages.map(({ id, visitorBasisPoints, window }) => ({ id, visitorBasisPoints, window })),
    flows: Object.fromEntries(
      Object.entries(model.flows).map(([id, flow]) => {
        const completing = flow.steps.find((step) => step.id === flow.completesAt)
        const paths = Object.entries(flow.paths).map(
          ([path, { completion, share }]) =>
            [
              path,
              { ...(completion === undefined ? {} : { completion }), ...(share === undefined ? {} : { share }) },
            ] as const,
        )
        const outcomesFrom = completing?.event === undefined ? ('gateways' as const) : ('outcomes' as const)
        const worth = flow.averageOrder === undefined ? {} : { averageOrder: flow.averageOrder }
        const items = flow.items === undefined ? {} : { items: flow.items }
        return [id, { horizonMs: flow.horizonMs, outcomesFrom, paths: Object.fromEntries(paths), ...worth, ...items }]
      }),
    ),
    watched: plan.flows,
    routes: Object.keys(model.routes),
  }
}

/** The model as far as the recording knows it: for whoever has the evidence and not the files of the shop. */
export function modelOfRecording({ flows, routes, currencies = [] }: Recording): JudgedModel {
  return {
    shop: { currencies },
    routes: Object.fromEntries(routes.map((id) => [id, {}])),
    flows: Object.fromEntries(
      Object.entries(flows).map(([id, { outcomesFrom, ...flow }]) => {
        const done = outcomesFrom === 'outcomes' ? { id: 'done', event: 'done' } : { id: 'done' }
        return [id, { ...flow, steps: [done], completesAt: 'done' }]
      }),
    ),
  }
}

export type GateBudgets = Pick<
  ReleasePlan,
  'falseStopBudget' | 'falsePassBudget' | 'lossBudgetOrders' | 'lossBudgetRevenue'
>

/** A plan of the recorded stages in which one gate stands at the exit of each. */
export function planOfGate(recording: Recording, gate: Gate, budgets: GateBudgets): ReleasePlan {
  return {
    id: recording.release,
    components: [],
    owner: gate.owner,
    flows: recording.watched,
    salt: 0,
    ...budgets,
    stages: recording.stages.map((stage) => stageWith(stage, gate)),
    freezes: [],
    tickMs: recording.tickMs,
    lease: { durationMs: 0, onExpiry: 'control' },
  }
}

function stageWith(stage: RecordedStage, exit: Gate): Stage {
  return { ...stage, urlBasisPoints: 0, routes: [], exit, fallback: 'control', reversible: true }
}

/**
 * Gives the records of a recording to a plan whose stages have the same ids, in whatever order they stand. Throws INVALID_INPUT when
 * the plan lacks a stage that was recorded.
 */
export function recordsForPlan(recording: Recording, plan: ReleasePlan): (record: EvidenceRecord) => EvidenceRecord {
  const places = recording.stages.map(({ id }) => {
    const place = plan.stages.findIndex((stage) => stage.id === id)
    if (place >= 0) return place
    const message = `the recording has a stage ${id}, the plan has ${plan.stages.map((stage) => stage.id).join(', ')}; name one stage, and its gate is judged in all of the recording`
    throw new HeadgateError('INVALID_INPUT', message)
  })
  const placeOf = (stage: number): number => (stage < 0 ? stage : (places[stage] ?? stage))
  return ({ frame, mark, judged }) => ({
    frame,
    ...(mark === undefined ? {} : { mark: { ...mark, stage: placeOf(mark.stage) } }),
    ...(judged === undefined ? {} : { judged: placeOf(judged) }),
  })
}
