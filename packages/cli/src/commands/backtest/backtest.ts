import { openBacktest, reportOf, stepBacktest, type Backtest, type BacktestReport } from '@headgate/core/gate'
import type { VerdictChange } from '@headgate/core/gate'
import { HeadgateError } from '@headgate/core/model'
import { isCheckpointHeader } from '@headgate/protocol/evidence'
import path from 'node:path'
import { openEvidence, type EvidenceFile } from '../../evidence/evidence-file.ts'
import { openLines, peekLine } from '../../evidence/file-lines.ts'
import { exitCodes, type ExitCode } from '../../exit-code.ts'
import type { Command } from '../../host.ts'
import {
  choiceOption,
  flag,
  fractionListOption,
  fractionOption,
  requiredOption,
  textListOption,
  textOption,
  type Input,
} from '../../input.ts'
import type { Io } from '../../io.ts'
import { backtestLines, comparisonLines, tickLine } from '../../view/backtest-lines.ts'
import { paint } from '../../view/line.ts'
import { backtestExperiments } from './experiments.ts'
import { contendersFor, type Contender } from './contenders.ts'
import { createProgress } from './progress.ts'

/**
 * `headgate backtest --gate FILE --evidence FILE`: what gates would have said to a recording. 0 = none would have stopped it and all pass
 * at its end, 1 = one would have stopped it, 3 = none would have and one does not pass at its end, 2 = unreadable or unfit files.
 */
export const backtest: Command = async (input, { io }) => {
  const name = requiredOption(input, 'evidence', 'name the recording; headgate signal export writes one')
  const lines = await openLines(path.resolve(io.cwd, name), io.signal)
  const { first, batches } = await peekLine(lines)
  const options = optionsOf(input, io)
  const format = choiceOption(input, 'format', formats) ?? (isCheckpointHeader(first) ? 'asos-checkpoints' : 'evidence')
  if (format === 'asos-checkpoints') return await backtestExperiments({ name, batches }, options, io)
  const evidence = await openEvidence(name, { batches })
  const contenders = await contendersFor(evidence.header.recording, options)
  const progress = createProgress(io, lines.progress)
  const runs = await runAll(contenders, evidence, { io, isEvery: flag(input, 'every'), progress })
  progress.end()
  for (const oddity of [...evidence.oddities(), ...foreignCounts(runs)]) io.err(`note: ${oddity}`)
  requireJudged(runs, name)
  report(runs, evidence, io)
  return codeOf(runs.map(({ report: each }) => each))
}

const formats = ['evidence', 'asos-checkpoints'] as const

function optionsOf(input: Input, { cwd }: Io): Parameters<typeof contendersFor>[1] {
  const gates = textListOption(input, 'gate')
  if (gates.length === 0) {
    throw new HeadgateError(
      'INVALID_INPUT',
      '--gate is missing: name a file with a gate or a release; several are compared.',
    )
  }
  return {
    cwd,
    gates,
    stage: textOption(input, 'stage'),
    dir: textOption(input, 'dir'),
    margins: fractionListOption(input, 'margin'),
    falseStopBudget: fractionOption(input, 'falseStop'),
  }
}

interface Run {
  readonly name: string
  readonly report: BacktestReport
  /** The first so many; the report says how many there were. */
  readonly changes: readonly VerdictChange[]
}

/** Changes of more than this are counted, not kept: a gate that flips at each of a million ticks must not fill the memory. */
const keptChanges = 2_000

interface Following {
  readonly io: Io
  readonly isEvery: boolean
  readonly progress: { tick(): void }
}

async function runAll(
  contenders: readonly Contender[],
  { records }: EvidenceFile,
  { io, isEvery, progress }: Following,
): Promise<readonly Run[]> {
  const running = contenders.map(({ name, context, adapt }) => {
    const changes: VerdictChange[] = []
    return { name, adapt, changes, state: openBacktest(context) }
  })
  for await (const record of records) {
    for (const run of running) {
      const step = stepBacktest(run.state, run.adapt(record))
      run.state = step.backtest
      if (step.change !== undefined && run.changes.length < keptChanges) run.changes.push(step.change)
      if (isEvery && step.verdict !== undefined) io.out(tickLine(run.name, step.verdict, io))
    }
    progress.tick()
  }
  return running.map(toRun)
}

function toRun(run: {
  readonly name: string
  readonly changes: readonly VerdictChange[]
  readonly state: Backtest
}): Run {
  return { name: run.name, changes: run.changes, report: reportOf(run.state) }
}

function foreignCounts(runs: readonly Run[]): readonly string[] {
  const most = Math.max(0, ...runs.map(({ report: each }) => each.foreign))
  return most === 0 ? [] : [`${most} counts name a flow, path or route class that is not known here; they are left out`]
}

function requireJudged(runs: readonly Run[], file: string): void {
  if (runs.some(({ report: each }) => each.judged > 0)) return
  const message = `${file}: no gate is judged on any tick. A tick says which with "judged" (the stage's place in the header) and since when its stage is in effect with "mark"; see docs/reference/evidence-format.md.`
  throw new HeadgateError('INVALID_INPUT', message)
}

function report(runs: readonly Run[], { header }: EvidenceFile, io: Io): void {
  const { release } = header.recording
  if (io.json) {
    const gates = runs.map(({ name, report: each, changes }) => ({
      gate: name,
      outcome: outcomeOf(each),
      ...each,
      timeline: changes,
    }))
    io.out(JSON.stringify({ release, gates }))
    return
  }
  const [only, ...others] = runs
  const lines =
    only !== undefined && others.length === 0
      ? backtestLines({ ...only, release }, io.terminal.width())
      : comparisonLines(runs, release)
  for (const line of lines) io.out(paint(line, io.terminal.hasColour))
}

/** What a gate comes to: `stop` stands whatever came after. */
function outcomeOf({ stop, last }: BacktestReport): 'stop' | NonNullable<BacktestReport['last']>['kind'] {
  return stop === undefined ? (last?.kind ?? 'inconclusive') : 'stop'
}

function codeOf(reports: readonly BacktestReport[]): ExitCode {
  const outcomes = reports.map(outcomeOf)
  if (outcomes.includes('stop')) return exitCodes.failed
  return outcomes.every((outcome) => outcome === 'pass') ? exitCodes.done : exitCodes.undecided
}
