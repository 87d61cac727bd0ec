import {
  evidenceContext,
  modelOfRecording,
  planOfGate,
  recordsForPlan,
  type Criterion,
  type EvidenceContext,
  type EvidenceRecord,
  type GateBudgets,
  type JudgedModel,
  type Recording,
} from '@headgate/core/gate'
import { HeadgateError, type Gate, type ReleasePlan } from '@headgate/core/model'
import { requireGateFile, requireModel } from '@headgate/protocol/operating-model'
import path from 'node:path'
import { readModelFolder, readSource } from '../../model-folder.ts'

/** One gate that is run over the recording. */
export interface Contender {
  readonly name: string
  readonly context: EvidenceContext
  readonly adapt: (record: EvidenceRecord) => EvidenceRecord
}

export interface ContenderOptions {
  readonly cwd: string
  readonly gates: readonly string[]
  /** Take the gate of this stage, and judge it in every recorded stage. */
  readonly stage?: string | undefined
  /** Folder of headgate.yaml; without one the recording says what there is. */
  readonly dir?: string | undefined
  /** Each makes a contender of its own, with that margin in every criterion that has one. */
  readonly margins: readonly number[]
  readonly falseStopBudget?: number | undefined
}

/** Throws INVALID_INPUT or INVALID_MODEL, naming file and place, where a gate cannot be judged on the recording. */
export async function contendersFor(recording: Recording, options: ContenderOptions): Promise<readonly Contender[]> {
  const model = await modelFor(recording, options)
  const plans = await Promise.all(options.gates.map((file) => planOf(recording, file, options)))
  return plans.flatMap(({ name, plan, adapt }) =>
    variantsOf(name, plan, options).map((variant) => ({
      name: variant.name,
      adapt,
      context: contextOf(recording, variant, model),
    })),
  )
}

async function modelFor(recording: Recording, { cwd, dir }: ContenderOptions): Promise<JudgedModel> {
  return dir === undefined
    ? modelOfRecording(recording)
    : requireModel(await readModelFolder(path.resolve(cwd, dir))).model
}

interface NamedPlan {
  readonly name: string
  readonly plan: ReleasePlan
}

async function planOf(
  recording: Recording,
  file: string,
  { cwd, stage }: ContenderOptions,
): Promise<NamedPlan & Pick<Contender, 'adapt'>> {
  const name = path.basename(file).replace(/\.ya?ml$/, '')
  const parsed = requireGateFile(await readSource(path.resolve(cwd, file), file), name)
  if (parsed.kind === 'release' && stage === undefined) {
    return { name, plan: parsed.plan, adapt: recordsForPlan(recording, parsed.plan) }
  }
  const budgets = parsed.kind === 'release' ? parsed.plan : parsed.budgets
  const gate = parsed.kind === 'release' ? gateOfStage(parsed.plan, stage ?? '', file) : parsed.gate
  return {
    name,
    plan: planOfGate(recording, gate, budgetsOf(budgets)),
    adapt: withoutEntry,
  }
}

function budgetsOf(budgets: GateBudgets): GateBudgets {
  const { falseStopBudget, falsePassBudget, lossBudgetOrders, lossBudgetRevenue } = budgets
  return {
    falseStopBudget,
    falsePassBudget,
    ...(lossBudgetOrders === undefined ? {} : { lossBudgetOrders }),
    ...(lossBudgetRevenue === undefined ? {} : { lossBudgetRevenue }),
  }
}

/** One gate is an exit gate of every stage; before the start there is nothing for it to say. */
function withoutEntry(record: EvidenceRecord): EvidenceRecord {
  if (record.judged !== -1) return record
  const { judged: _, ...rest } = record
  return rest
}

function gateOfStage({ stages }: ReleasePlan, stage: string, file: string): Gate {
  const found = stages.find(({ id }) => id === stage)
  if (found !== undefined) return found.exit
  const known = stages.map(({ id }) => id).join(', ')
  throw new HeadgateError('INVALID_INPUT', `${file} has no stage "${stage}"; it has ${known}.`)
}

function variantsOf(name: string, plan: ReleasePlan, options: ContenderOptions): readonly NamedPlan[] {
  const { margins, falseStopBudget } = options
  const own = falseStopBudget === undefined ? plan : { ...plan, falseStopBudget }
  if (margins.length === 0) return [{ name, plan: own }]
  return margins.map((margin) => ({
    name: `${name} ${Number((margin * 100).toPrecision(12))}%`,
    plan: withCriteria(own, (criterion) => withMargin(criterion, margin)),
  }))
}

/** Margins of single paths are left as they are written: they belong to those paths. */
function withMargin(criterion: Criterion, margin: number): Criterion {
  return 'margin' in criterion ? { ...criterion, margin } : criterion
}

function withCriteria(plan: ReleasePlan, change: (criterion: Criterion) => Criterion): ReleasePlan {
  const changed = (gate: Gate): Gate => ({ ...gate, criteria: gate.criteria.map(change) })
  return {
    ...plan,
    stages: plan.stages.map((stage) => ({
      ...stage,
      exit: changed(stage.exit),
      ...(stage.entry === undefined ? {} : { entry: changed(stage.entry) }),
    })),
  }
}

function contextOf(recording: Recording, { name, plan }: NamedPlan, model: JudgedModel): EvidenceContext {
  try {
    return evidenceContext(plan, model)
  } catch (cause) {
    if (!(cause instanceof HeadgateError)) throw cause
    const has = `the recording has the flows ${namesOf(recording.flows)} and the route classes ${recording.routes.join(', ')}`
    throw new HeadgateError(cause.code, `gate ${name}: ${cause.message}; ${has}`, { cause })
  }
}

function namesOf(record: Readonly<Record<string, unknown>>): string {
  return Object.keys(record).join(', ')
}
