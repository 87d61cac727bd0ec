import {
  amountTimeline,
  finalEffect,
  isBinary,
  journeysOfCheckpoints,
  openBacktest,
  reportOf,
  stepBacktest,
  type Checkpoint,
  type FinalEffect,
} from '@headgate/core/gate'
import { HeadgateError } from '@headgate/core/model'
import { createCheckpointReader } from '@headgate/protocol/evidence'
import type { FileLines } from '../../evidence/file-lines.ts'
import { exitCodes, type ExitCode } from '../../exit-code.ts'
import type { Io } from '../../io.ts'
import { experimentLines } from '../../view/experiment-lines.ts'
import { contendersFor, type ContenderOptions } from './contenders.ts'

/** What a gate, or approximate evidence where no gate can judge, says of one metric of one variant. */
export interface ExperimentRow {
  readonly gate: string
  readonly variant: string
  readonly metric: string
  readonly checkpoints: number
  /** Exact: the gate itself, on journeys. Approximate: asymptotic evidence from means and variances. */
  readonly judged: 'exact' | 'approximate'
  /** Checkpoints that could not be judged. */
  readonly leftOut: number
  readonly stop?: { readonly days: number; readonly evidence: number }
  readonly threshold: number
  /** What the gate says at the end; absent for approximate evidence, which stops or does not. */
  readonly ends?: string
  readonly effect?: FinalEffect
}

const dayMs = 86_400_000

/** Gates over the cumulative checkpoints of experiments, one variant after another. */
export async function backtestExperiments(
  { name, batches }: Pick<FileLines, 'batches'> & { readonly name: string },
  options: ContenderOptions,
  io: Io,
): Promise<ExitCode> {
  const rows: ExperimentRow[] = []
  for await (const metrics of variantsOf(name, batches)) {
    for (const checkpoints of metrics) rows.push(...(await judgeMetric(checkpoints, options)))
  }
  if (rows.length === 0) throw new HeadgateError('INVALID_INPUT', `${name} holds no checkpoint.`)
  if (io.json) io.out(JSON.stringify({ experiments: rows }))
  else for (const line of experimentLines(rows)) io.out(line)
  if (rows.some(({ stop }) => stop !== undefined)) return exitCodes.failed
  return rows.every(({ ends }) => ends === undefined || ends === 'pass') ? exitCodes.done : exitCodes.undecided
}

/** The checkpoints of one variant by metric. Variants stand one after another, so that one at a time is held. */
async function* variantsOf(
  name: string,
  batches: FileLines['batches'],
): AsyncGenerator<readonly (readonly Checkpoint[])[]> {
  const reader = createCheckpointReader(name)
  const seen = new Set<string>()
  let current: Checkpoint[] = []
  for await (const lines of batches) {
    for (const line of lines) {
      const checkpoint = reader.take(line)
      if (checkpoint === undefined) continue
      const key = keyOf(checkpoint)
      if (current[0] !== undefined && keyOf(current[0]) !== key) {
        yield byMetric(current)
        current = []
      }
      if (current.length === 0 && seen.has(key)) {
        throw new HeadgateError(
          'INVALID_INPUT',
          `${name}: the rows of ${key} do not stand together; sort by experiment and variant`,
        )
      }
      seen.add(key)
      current.push(checkpoint)
    }
  }
  if (current.length > 0) yield byMetric(current)
}

function keyOf({ experiment, variant }: Checkpoint): string {
  return `${experiment}/${variant}`
}

function byMetric(checkpoints: readonly Checkpoint[]): readonly (readonly Checkpoint[])[] {
  return [...Map.groupBy(checkpoints, ({ metric }) => metric).values()]
}

async function judgeMetric(
  checkpoints: readonly Checkpoint[],
  options: ContenderOptions,
): Promise<readonly ExperimentRow[]> {
  const { recording, records, leftOut } = journeysOfCheckpoints(checkpoints)
  const contenders = await contendersFor(recording, options)
  return contenders.map(({ name, context, adapt }): ExperimentRow => {
    const effect = finalEffect(checkpoints)
    const [first] = checkpoints
    const common = {
      gate: name,
      variant: first === undefined ? '' : keyOf(first),
      metric: first?.metric ?? '',
      checkpoints: checkpoints.length,
      ...(effect === undefined ? {} : { effect }),
    }
    if (!isBinary(checkpoints))
      return { ...common, judged: 'approximate', ...approximate(checkpoints, context.plan.falseStopBudget) }
    let state = openBacktest(context)
    for (const record of records) state = stepBacktest(state, adapt(record)).backtest
    const { stop, last } = reportOf(state)
    const level = context.criteria[stop?.verdict.criterion ?? Object.keys(context.criteria)[0] ?? '']?.threshold ?? 0
    const at = stop === undefined ? {} : { stop: { days: stop.at / dayMs, evidence: stop.verdict.stop?.evidence ?? 0 } }
    return { ...common, judged: 'exact', leftOut, ...at, threshold: level, ends: last?.kind ?? 'inconclusive' }
  })
}

/** Three amounts beside the binary metric, as in the published file: each gets a third of the gate's false-stop budget. */
const amounts = 3

function approximate(
  checkpoints: readonly Checkpoint[],
  falseStopBudget: number,
): Pick<ExperimentRow, 'leftOut' | 'stop' | 'threshold'> {
  const { stop, threshold, unusable } = amountTimeline(checkpoints, amounts / falseStopBudget)
  return { leftOut: unusable, threshold, ...(stop === undefined ? {} : { stop }) }
}
