import { xxh32 } from '@headgate/core/exposure'
import type { CompletionCriterion, Criterion, SignOff } from '@headgate/core/gate'
import { type Gate, HeadgateError, type ReleasePlan, type Stage } from '@headgate/core/model'
import type { CriterionFile, GateFile, ReleaseFile, StageFile } from './release-schema.ts'
import { milliseconds, parseFraction, parseInstant, parseShare } from './scalars.ts'

const defaultBudget = 0.01
const defaultMinUnits = 100

/** The domain form of a file that {@link releaseFileSchema} and {@link checkRelease} accepted, with every default filled in. */
export function toReleasePlan(file: ReleaseFile): ReleasePlan {
  return {
    id: file.release,
    components: file.components,
    owner: file.owner ?? '',
    flows: file.flows ?? [],
    // Made from the id: two releases must not admit the same visitors first, and the same file must give the same cohorts.
    salt: file.salt ?? xxh32(file.release, 0),
    ...toBudgets(file.budgets),
    stages: file.stages.map((stage) => toStage(stage, file)),
    freezes: (file.freezes ?? []).map(({ from, until, reason }) => ({
      from: parseInstant(from) ?? 0,
      until: parseInstant(until) ?? 0,
      reason,
    })),
    tickMs: milliseconds(file.tick, 5_000),
    lease: { durationMs: milliseconds(file.lease?.duration, 15_000), onExpiry: file.lease?.onExpiry ?? 'control' },
  }
}

export function toBudgets(
  budgets: ReleaseFile['budgets'],
): Pick<ReleasePlan, 'falseStopBudget' | 'falsePassBudget' | 'lossBudgetOrders' | 'lossBudgetRevenue'> {
  const { falseStop = defaultBudget, falsePass = defaultBudget, lostOrders, lostRevenue } = budgets ?? {}
  return {
    falseStopBudget: toFraction(falseStop),
    falsePassBudget: toFraction(falsePass),
    ...(lostOrders === undefined ? {} : { lossBudgetOrders: lostOrders }),
    ...(lostRevenue === undefined ? {} : { lossBudgetRevenue: lostRevenue }),
  }
}

function toStage(stage: StageFile, file: ReleaseFile): Stage {
  const { id, visitors, urls, routes, window, entry, exit, fallback, reversible, rollForward } = stage
  return {
    id,
    visitorBasisPoints: parseShare(visitors) ?? 0,
    urlBasisPoints: parseShare(urls ?? 0) ?? 0,
    routes: routes ?? [],
    window: { minMs: milliseconds(window.min, 0), maxMs: milliseconds(window.max, 0) },
    ...(entry === undefined ? {} : { entry: toGate(entry, `${id}-entry`, file) }),
    exit: toGate(exit, `${id}-exit`, file),
    fallback: fallback ?? 'control',
    reversible: reversible ?? true,
    ...(rollForward === undefined ? {} : { rollForward }),
  }
}

/** A gate written in place is called after its stage and side. */
export function toGate(use: string | GateFile, inlineId: string, file: Pick<ReleaseFile, 'gates' | 'owner'>): Gate {
  const gate = typeof use === 'string' ? file.gates?.[use] : use
  if (gate === undefined)
    throw new HeadgateError('INTERNAL', `stage side "${inlineId}" names a gate that checkRelease should have refused`)
  return {
    id: typeof use === 'string' ? use : inlineId,
    owner: gate.owner ?? file.owner ?? '',
    criteria: gate.criteria.map(toCriterion),
    onFail: gate.onFail ?? 'evict',
    respondWithinMs: milliseconds(gate.respondWithin, 0),
  }
}

/** The id that a criterion without one gets; evidence of equal ids continues from stage to stage. */
export function criterionId(criterion: CriterionFile): string {
  if (criterion.id !== undefined) return criterion.id
  switch (criterion.signal) {
    case 'completion':
      return ['completion', criterion.flow, ...(criterion.only ?? [])].join('-')
    case 'revenue':
      return `revenue-${criterion.flow}`
    case 'count':
      return `${criterion.event}-${criterion.flow}`
    case 'errors':
    case 'latency':
    case 'split':
    case 'metric':
      return criterion.signal
  }
}

function toCriterion(file: CriterionFile): Criterion {
  const base = {
    id: criterionId(file),
    ...(file.owner === undefined ? {} : { owner: file.owner }),
    ...(file.weight === undefined ? {} : { weight: file.weight }),
    ...(file.shadow === undefined ? {} : { shadow: file.shadow }),
    ...(file.signedOff === undefined ? {} : { signedOff: toSignOff(file.signedOff) }),
  }
  if (file.signal === 'split') return { ...base, signal: 'split' }
  if (file.signal === 'metric') return toMetric(file, base)
  const { minUnits = defaultMinUnits } = file
  if (file.signal === 'errors') {
    return { ...base, signal: 'errors', routes: file.routes, margin: toFraction(file.margin), minUnits }
  }
  if (file.signal === 'latency') {
    return { ...base, signal: 'latency', routes: file.routes, tolerance: toRatio(file.tolerance), minUnits }
  }
  if (file.signal === 'revenue') {
    const currency = file.currency === undefined ? {} : { currency: file.currency }
    return { ...base, signal: 'revenue', flow: file.flow, ...currency, margin: toFraction(file.margin), minUnits }
  }
  if (file.signal === 'count') {
    const { flow, event } = file
    return { ...base, signal: 'count', flow, event, margin: toFraction(file.margin), minUnits }
  }
  return { ...base, ...toCompletion(file), minUnits }
}

function toCompletion(
  file: Extract<CriterionFile, { signal: 'completion' }>,
): Omit<CompletionCriterion, 'id' | 'minUnits'> {
  const pathMargins = Object.entries(file.paths ?? {}).map(([path, margin]) => [path, toFraction(margin)] as const)
  return {
    signal: 'completion',
    flow: file.flow,
    ...(file.only === undefined ? {} : { onlyPaths: file.only }),
    margin: toFraction(file.margin),
    pathMargins: Object.fromEntries(pathMargins),
  }
}

function toSignOff({ by, reason, until }: NonNullable<CriterionFile['signedOff']>): SignOff {
  const instant = until === undefined ? undefined : parseInstant(until)
  return { by, reason, ...(instant === undefined ? {} : { until: instant }) }
}

function toMetric(file: Extract<CriterionFile, { signal: 'metric' }>, base: { readonly id: string }): Criterion {
  const { source, query, max, min, freshness, consecutive = 3 } = file
  return {
    ...base,
    signal: 'metric',
    source,
    query,
    ...(max === undefined ? {} : { max }),
    ...(min === undefined ? {} : { min }),
    freshnessMs: milliseconds(freshness, 120_000),
    consecutive,
  }
}

function toFraction(written: string | number): number {
  return parseFraction(written) ?? 0
}

/** `20%` or 0.2 -> 0.2; may exceed 1. */
function toRatio(written: string | number): number {
  return typeof written === 'number' ? written : Number((Number.parseFloat(written) / 100).toPrecision(12))
}
