import { readExperiments, type Comparison } from './checkpoints.ts'
import { readers, zOfCheckpoint } from './readers.ts'

/** What became of the comparisons that a reader stopped, and of those that it did not. */
export interface ReaderOutcome {
  readonly title: string
  readonly metrics: string
  readonly comparisons: number
  readonly stops: number
  /** By the final effect: significantly worse (p < 0.05, two-sided), worse, not worse. */
  readonly stoppedHarmful: number
  readonly stoppedWorse: number
  readonly stoppedFine: number
  /** Significantly worse in the end, and never stopped. */
  readonly missedHarmful: number
}

/** Undefined, loudly, without the file. */
export function experimentOutcomes(file: string): readonly ReaderOutcome[] | undefined {
  const comparisons = readExperiments(file)
  if (comparisons === undefined) {
    console.error(`no experiments at ${file}: that part of the report is SKIPPED; name the file with --experiments`)
    return undefined
  }
  const usable = comparisons.filter(({ checkpoints }) => checkpoints.length > 0)
  const binary = usable.filter(({ metric }) => metric === 1)
  const others = usable.filter(({ metric }) => metric !== 1)
  return readers.flatMap((reader) => [
    outcomeOf(reader.title, '1 (binary)', binary, reader.stopOf),
    ...(reader.isForBinaryOnly ? [] : [outcomeOf(reader.title, '2 to 4', others, reader.stopOf)]),
  ])
}

function outcomeOf(
  title: string,
  metrics: string,
  comparisons: readonly Comparison[],
  stopOf: (comparison: Comparison) => number | undefined,
): ReaderOutcome {
  const judged = comparisons.map((each) => ({ hasStopped: stopOf(each) !== undefined, z: finalZ(each) }))
  const stopped = judged.filter(({ hasStopped }) => hasStopped)
  const harmful = stopped.filter(({ z }) => z < significant)
  const worse = stopped.filter(({ z }) => z >= significant && z < 0)
  return {
    title,
    metrics,
    comparisons: comparisons.length,
    stops: stopped.length,
    stoppedHarmful: harmful.length,
    stoppedWorse: worse.length,
    stoppedFine: stopped.length - harmful.length - worse.length,
    missedHarmful: judged.filter(({ hasStopped, z }) => !hasStopped && z < significant).length,
  }
}

const significant = -1.96

function finalZ({ checkpoints }: Comparison): number {
  const last = checkpoints.at(-1)
  return last === undefined ? 0 : zOfCheckpoint(last)
}
