import type { Checkpoint } from '@headgate/core/gate'
import { HeadgateError } from '@headgate/core/model'

/** The header of the file, as published with "Datasets for Online Controlled Experiments" (Liu et al. 2021, CC BY 4.0). */
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
]

export function isCheckpointHeader(line: string): boolean {
  return line.trim() === columns.join(',')
}

export interface CheckpointReader {
  /** Undefined for the header and for empty lines. Throws INVALID_INPUT with file, line and column. */
  take(line: string): Checkpoint | undefined
}

export function createCheckpointReader(file: string): CheckpointReader {
  let line = 0
  return {
    take(text) {
      line += 1
      if (text.trim() === '' || isCheckpointHeader(text)) return undefined
      const refuse = (column: string, message: string): HeadgateError => {
        const problems = [{ path: `/${column}`, message, file, line, column: 1 }]
        return new HeadgateError('INVALID_INPUT', `${file}, line ${line}, ${column}: ${message}`, { problems })
      }
      if (line === 1) throw refuse('header', `expected ${columns.join(',')}`)
      return readRow(text.trim().split(','), refuse)
    },
  }
}

type Refuse = (column: string, message: string) => HeadgateError

function readRow(cells: readonly string[], refuse: Refuse): Checkpoint {
  if (cells.length !== columns.length) throw refuse('row', `expected ${columns.length} columns, found ${cells.length}`)
  const text = (column: string): string => {
    const cell = cells[columns.indexOf(column)] ?? ''
    if (cell === '' || cell.length > 100) throw refuse(column, 'expected an id of 1 to 100 characters')
    return cell
  }
  const number = (column: string, isNeeded = true): number => {
    const cell = cells[columns.indexOf(column)] ?? ''
    // A variance that is not known is left empty in the file; whoever needs it sees that it is no number.
    if (cell === '' && !isNeeded) return Number.NaN
    const value = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(cell) ? Number(cell) : Number.NaN
    if (!Number.isFinite(value)) throw refuse(column, `expected a number, found ${JSON.stringify(cell.slice(0, 40))}`)
    return value
  }
  const arm = (suffix: 'c' | 't'): Checkpoint['control'] => {
    const units = number(`count_${suffix}`)
    if (!Number.isSafeInteger(units) || units < 0) throw refuse(`count_${suffix}`, 'expected a whole number, 0 or more')
    return { units, mean: number(`mean_${suffix}`), variance: number(`variance_${suffix}`, false) }
  }
  const days = number('time_since_start')
  if (days < 0 || days > 100_000) throw refuse('time_since_start', 'expected days, 0 or more')
  return {
    experiment: text('experiment_id'),
    variant: text('variant_id'),
    metric: text('metric_id'),
    days,
    control: arm('c'),
    candidate: arm('t'),
  }
}
