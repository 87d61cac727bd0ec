import { existsSync, readFileSync } from 'node:fs'

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

const columns = [
  'experiment_id',
  'variant_id',
  'metric_id',
  'time_since_start',
  'count_c',
  'count_t',
  'mean_c',
  'mean_t',
  'variance_c',
  'variance_t',
] as const

/** Reads the file of Liu et al. (2021); undefined where there is none. Throws, with file and line, on anything it does not expect. */
export function readExperiments(file: string): readonly Comparison[] | undefined {
  if (!existsSync(file)) return undefined
  const [head, ...lines] = readFileSync(file, 'utf8').trim().split('\n')
  if (head?.trim() !== columns.join(',')) throw new Error(`${file}:1: expected the columns ${columns.join(',')}`)
  const found = new Map<string, { own: Omit<Comparison, 'checkpoints'>; checkpoints: Checkpoint[] }>()
  lines.forEach((line, index) => {
    const [experiment = '', variant = '', metric, ...rest] = line.split(',')
    const [time, unitsC, unitsT, meanC, meanT, varianceC, varianceT] = rest.map(Number)
    const numbers = [Number(metric), time, unitsC, unitsT, meanC, meanT, varianceC, varianceT]
    if (line.split(',').length !== columns.length || !numbers.slice(0, 4).every(Number.isFinite)) {
      throw new Error(`${file}:${index + 2}: expected ${columns.length} columns, numbers from the third on`)
    }
    const key = `${experiment} ${variant} ${metric}`
    const own = found.get(key) ?? { own: { experiment, variant, metric: Number(metric) }, checkpoints: [] }
    found.set(key, own)
    own.checkpoints.push({
      time: time ?? 0,
      control: { units: unitsC ?? 0, mean: meanC ?? 0, variance: varianceC ?? 0 },
      treatment: { units: unitsT ?? 0, mean: meanT ?? 0, variance: varianceT ?? 0 },
    })
  })
  return [...found.values()].map(({ own, checkpoints }) => {
    return { ...own, checkpoints: checkpoints.filter(isUsable).toSorted((a, b) => a.time - b.time) }
  })
}

function isUsable({ control, treatment }: Checkpoint): boolean {
  return [control, treatment].every(
    ({ units, mean, variance }) => units > 1 && Number.isFinite(mean) && Number.isFinite(variance),
  )
}
