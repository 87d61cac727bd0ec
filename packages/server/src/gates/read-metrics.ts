import { stageCriteria, type MetricCriterion, type MetricReading } from '@headgate/core/gate'
import { entryOf, type OperatingModel, type ReleasePlan } from '@headgate/core/model'
import type { Reading } from '@headgate/core/ports'
import type { ReadMetric } from './deps.ts'

const longestWaitMs = 5_000

export interface MetricQuestion {
  readonly model: OperatingModel
  readonly plan: ReleasePlan
  readonly stageIndex: number
  readonly now: () => number
}

/** One reading per metric criterion of the stage, side by side; whatever goes wrong is a reading that is missing. */
export async function readMetrics(
  question: MetricQuestion,
  read: ReadMetric,
  signal: AbortSignal,
): Promise<readonly MetricReading[]> {
  const criteria = stageCriteria(question.plan, question.stageIndex).filter((each) => each.signal === 'metric')
  if (criteria.length === 0) return []
  const timeout = AbortSignal.timeout(Math.min(longestWaitMs, Math.max(1_000, question.plan.tickMs)))
  const until = AbortSignal.any([signal, timeout])
  return Promise.all(criteria.map((criterion) => readOne(question, criterion, { read, signal: until })))
}

async function readOne(
  { model, now }: MetricQuestion,
  criterion: MetricCriterion,
  { read, signal }: { readonly read: ReadMetric; readonly signal: AbortSignal },
): Promise<MetricReading> {
  const source = entryOf(model.metricSources, criterion.source)
  if (source === undefined) return missing(criterion, `there is no metric source ${criterion.source}`, now())
  try {
    return toReading(criterion, await read(source, criterion.query, signal), now())
  } catch (error) {
    return missing(criterion, error instanceof Error ? error.message : String(error), now())
  }
}

function toReading(criterion: MetricCriterion, reading: Reading, at: number): MetricReading {
  if (reading.kind === 'missing') return missing(criterion, reading.reason, at)
  if (!Number.isFinite(reading.value)) return missing(criterion, `the source answered ${reading.value}`, at)
  return { kind: 'value', criterion: criterion.id, value: reading.value, at: reading.at }
}

/** Reasons come from elsewhere: bounded, and fit for any text column. */
function missing(criterion: MetricCriterion, reason: string, at: number): MetricReading {
  const text = reason.toWellFormed().replaceAll('\0', ' ').slice(0, 500)
  return { kind: 'missing', criterion: criterion.id, reason: text, at }
}
