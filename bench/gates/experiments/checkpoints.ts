import { existsSync, readFileSync } from 'node:fs'
import { createCheckpointReader } from '@headgate/protocol/evidence'

/** One row of the cumulative checkpoints of a metric. */
export interface Checkpoint {
  readonly time: number
  readonly control: Sample
  readonly treatment: Sample
}

interface Sample {
  readonly units: number
  readonly mean: number
  readonly variance: number
}

/** One comparison of an experiment's variant with its control, on one metric. */
export interface Comparison {
  readonly experiment: string
  readonly variant: string
  /** 1 is binary, 2 to 4 are counts and amounts. */
  readonly metric: number
  readonly checkpoints: readonly Checkpoint[]
}

/** Reads the file of Liu et al. (2021) as `headgate backtest` does; undefined where there is none. Throws INVALID_INPUT with file and line. */
export function readExperiments(file: string): readonly Comparison[] | undefined {
  if (!existsSync(file)) return undefined
  const reader = createCheckpointReader(file)
  const found = new Map<string, { own: Omit<Comparison, 'checkpoints'>; checkpoints: Checkpoint[] }>()
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const row = reader.take(line)
    if (row === undefined) continue
    const { experiment, variant, metric, days, control, candidate } = row
    const key = `${experiment} ${variant} ${metric}`
    const own = found.get(key) ?? { own: { experiment, variant, metric: Number(metric) }, checkpoints: [] }
    found.set(key, own)
    own.checkpoints.push({ time: days, control, treatment: candidate })
  }
  return [...found.values()].map(({ own, checkpoints }) => {
    return { ...own, checkpoints: checkpoints.filter(isUsable).toSorted((a, b) => a.time - b.time) }
  })
}

function isUsable({ control, treatment }: Checkpoint): boolean {
  return [control, treatment].every(
    ({ units, mean, variance }) => units > 1 && Number.isFinite(mean) && Number.isFinite(variance),
  )
}
